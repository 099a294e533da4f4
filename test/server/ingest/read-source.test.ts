/** What a source offers: a folder, a file, a page, a sitemap; and what is said when it cannot be read. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KnowledgeDocument } from '../../../core/knowledge.ts';
import { documentId, prefixOf } from '../../../server/ingest/document-id.ts';
import { createParser } from '../../../server/ingest/parser.ts';
import { readSource, type SourceOptions } from '../../../server/ingest/read-source.ts';
import { parseSitemap } from '../../../server/ingest/sitemap.ts';
import type { Listing } from '../../../server/ingest/source.ts';
import { LOOPBACK, type Site, startSite } from './support.ts';

const parser = createParser();
let folder: string;
let site: Site;
/** What the site answers with now; a path that is not here is gone. */
let pages: Readonly<
  Record<string, { readonly type: string; readonly body: string | Uint8Array; readonly to?: string }>
>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ingest-'));
  site = await startSite((request, response) => {
    const page = pages[request.url ?? ''];
    if (!page) response.writeHead(404, { 'content-type': 'text/html' }).end('gone');
    else if (page.to) response.writeHead(301, { location: page.to }).end();
    else response.writeHead(200, { 'content-type': page.type }).end(page.body);
  });
});
afterAll(async () => {
  await site.close();
  await parser.close();
  await rm(folder, { recursive: true });
});

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return path;
}

function read(location: string, more: Partial<SourceOptions> = {}): Promise<Listing> {
  return readSource(location, {
    name: null,
    defaults: { audience: 'public', language: null },
    allowPrivate: true,
    parser,
    lookup: () => Promise.resolve([LOOPBACK]),
    ...more,
  });
}

/** The documents by their ids; a failure is its message. */
async function documentsOf({ items }: Listing): Promise<Readonly<Record<string, KnowledgeDocument | string>>> {
  const read = async (item: Listing['items'][number]): Promise<KnowledgeDocument | string> =>
    (await item.load()).read();
  const entries = items.map(async (item) => {
    return [
      item.id,
      await read(item).catch((error: unknown) => (error instanceof Error ? error.message : 'x')),
    ] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const html = (title: string): string =>
  `<html lang="en"><body><h1>${title}</h1><p>All about ${title}.</p></body></html>`;
const sitemap = (locations: readonly string[], root = 'urlset'): string =>
  `<?xml version="1.0"?><${root}>${locations.map((at) => `<url><loc>\n${at.replaceAll('&', '&amp;')}</loc></url>`).join('')}</${root}>`;

describe('a folder', () => {
  it('offers every file that is read, below itself, with ids that stay', async () => {
    await put('help/hours.md', 'Open at nine.');
    await put('help/Für Gäste/Über uns.md', 'Wir sind eine Schule und das ist der Text.');
    await put('help/page.html', html('Dogs'));
    await put('help/faq.csv', 'question,answer\nParking?,Yes.\nCats?,\n');
    await put('help/broken.json', '{\n"a": 1,\n}');
    await put('help/photo.png', 'x');
    await put('help/.hidden.md', 'x');
    await put('help/node_modules/a/readme.md', 'x');
    await put('secret.md', 'Outside.');
    await symlink(join(folder, 'secret.md'), join(folder, 'help/link.md'));
    const listing = await read(join(folder, 'help'));
    const documents = await documentsOf(listing);
    expect(Object.keys(documents)).toEqual(
      [
        'help/fur-gaste/uber-uns-4ad5dc',
        'help/faq-csv/parking-8ffc34',
        'help/faq-csv/cats-ec1f2c',
        'help/hours',
        'help/page-html',
      ].map((id) => expect.stringMatching(id.replace(/-[0-9a-f]{6}$/, '-[0-9a-f]{6}')) as unknown),
    );
    expect(documents['help/hours']).toMatchObject({
      id: 'help/hours',
      title: 'hours',
      audience: 'public',
      language: 'en',
    });
    expect(Object.values(documents)).toContainEqual(expect.objectContaining({ title: 'Über uns', language: 'de' }));
    expect(Object.values(documents)).toContain('answer: is missing; correct the row or take it out');
    expect(listing).toMatchObject({
      source: join(folder, 'help'),
      isWhole: true,
      notes: ['1 files of other kinds were left out: .png'],
      failed: [
        {
          id: 'help/broken-json',
          document: 'help/broken.json',
          message: expect.stringMatching(/^help\/broken\.json:3: is not JSON/) as unknown,
        },
      ],
    });
  });

  it('gives its documents what they do not say themselves', async () => {
    await put('said/a.md', '---\naudience: members\nlanguage: de-AT\n---\nText.');
    await put('said/b.md', 'Text.');
    const listing = await read(join(folder, 'said'), {
      name: 'rules',
      defaults: { audience: 'operators', language: 'es' },
    });
    expect(listing.source).toBe('rules');
    expect(await documentsOf(listing)).toMatchObject({
      'rules/a': { audience: 'members', language: 'de' },
      'rules/b': { audience: 'operators', language: 'es' },
    });
  });

  it('stamps what a document is made of, and what it is given', async () => {
    const path = await put('stamp/a.md', 'Text.');
    const stamp = async (more: Partial<SourceOptions> = {}) => (await (await read(path, more)).items[0]?.load())?.stamp;
    const first = await stamp();
    expect(await stamp()).toBe(first);
    expect(await stamp({ defaults: { audience: 'members', language: null } })).not.toBe(first);
    expect(await stamp({ defaults: { audience: 'public', language: 'de' } })).not.toBe(first);
    await put('stamp/a.md', 'Text!');
    expect(await stamp()).not.toBe(first);
  });

  it('that is not there, or holds nothing that is read, is refused', async () => {
    await put('empty/a.docx', 'x');
    await expect(read(join(folder, 'nowhere'))).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining('cannot be read (ENOENT)') as unknown,
    });
    await expect(read(join(folder, 'empty'))).rejects.toMatchObject({
      message: expect.stringContaining('holds no file that is read') as unknown,
    });
    await expect(read(folder, { name: 'Not A Name' })).rejects.toThrow('write e.g. not-a-name');
  });

  it('may be one file', async () => {
    const listing = await read(await put('one/Refunds.md', 'Money comes back.'));
    expect(await documentsOf(listing)).toMatchObject({ 'refunds/refunds': { title: 'Refunds' } });
  });
});

describe('a page', () => {
  it('is read by what it says it is, and never says who may hear it', async () => {
    pages = {
      '/a': { type: 'text/html', body: html('Dogs') },
      '/b.md': {
        type: 'text/plain',
        body: '---\ntitle: Cats\naudience: members\nurl: https://evil.example/\n---\nAll about cats.',
      },
      '/c.txt': { type: 'text/plain', body: 'All about birds.' },
    };
    const one = async (path: string) =>
      Object.values(await documentsOf(await read(site.at('school.example', path))))[0];
    expect(await one('/a')).toMatchObject({
      id: 'school-example/a',
      title: 'Dogs',
      url: site.at('school.example', '/a'),
      language: 'en',
    });
    expect(await one('/b.md')).toMatchObject({
      title: 'Cats',
      audience: 'public',
      url: site.at('school.example', '/b.md'),
    });
    expect(await one('/c.txt')).toMatchObject({ title: 'c', body: 'All about birds.' });
  });

  it('keeps its stamp while its words stay', async () => {
    const stamp = async (body: string) => {
      pages = { '/a': { type: 'text/html', body } };
      return (await (await read(site.at('school.example', '/a'))).items[0]?.load())?.stamp;
    };
    const first = await stamp(html('Dogs'));
    expect(await stamp(html('Dogs').replace('<body>', '<body><script>var token = 7</script>'))).toBe(first);
    expect(await stamp(html('Cats'))).not.toBe(first);
  });

  it('that does not answer is a failure, and nothing is removed for it', async () => {
    pages = {};
    const listing = await read(site.at('school.example', '/gone'));
    expect(listing).toMatchObject({
      items: [],
      isWhole: false,
      failed: [{ code: 'not_found', id: 'school-example/gone' }],
    });
    const shut = await read(site.at('school.example', '/a'), { allowPrivate: false });
    expect(shut).toMatchObject({ items: [], isWhole: false, failed: [{ code: 'not_permitted' }] });
  });

  it('is refused at once when its address may not be fetched', async () => {
    await expect(read('file:///etc/passwd')).rejects.toMatchObject({ code: 'not_permitted' });
    await expect(read('http://name:word@school.example/')).rejects.toMatchObject({ code: 'not_permitted' });
  });
});

describe('a sitemap', () => {
  it('offers the pages of its own site, each once', async () => {
    const at = (path: string) => site.at('school.example', path);
    pages = {
      '/sitemap.xml': {
        type: 'application/xml',
        body: sitemap([
          at('/'),
          at('/a?b=1&c=2'),
          at('/a?b=1&c=2#top'),
          site.at('www.school.example', '/w'),
          at('/gone'),
          at('/away'),
          'https://other.example/',
          'not an address',
        ]),
      },
      '/': { type: 'text/html', body: html('Home') },
      '/a?b=1&c=2': { type: 'text/html', body: html('Dogs') },
      '/away': { type: '', body: '', to: site.at('other.example', '/secret') },
    };
    const listing = await read(at('/sitemap.xml'));
    const documents = await documentsOf(listing);
    expect(
      Object.entries(documents).map(([id, one]) => [
        id.replace(/-[0-9a-f]{6}$/, ''),
        typeof one === 'string' ? one : one.title,
      ]),
    ).toEqual([
      ['school-example/index', 'Home'],
      ['school-example/a-b-1-c-2', 'Dogs'],
      ['school-example/w', expect.stringContaining('not public')],
      ['school-example/gone', expect.stringContaining('answered 404')],
      ['school-example/away', expect.stringContaining('redirects to other.example')],
    ]);
    expect(listing).toMatchObject({
      isWhole: true,
      failed: [],
      notes: ['2 pages on other sites than school.example were left out'],
    });
    expect(site.asked).not.toContain('/secret');
  });

  it('of sitemaps, packed ones too, offers what they offer; when one fails nothing is removed', async () => {
    const at = (path: string) => site.at('school.example', path);
    pages = {
      '/index.xml': {
        type: 'text/xml',
        body: sitemap([at('/1.xml'), at('/2.xml.gz'), 'https://other.example/3.xml'], 'sitemapindex'),
      },
      '/1.xml': { type: 'text/xml', body: sitemap([at('/a')]) },
      '/2.xml.gz': { type: 'application/gzip', body: gzipSync(sitemap([at('/b')])) },
    };
    const whole = await read(at('/index.xml'));
    expect(whole.items.map(({ id }) => id)).toEqual(['school-example/a', 'school-example/b']);
    expect(whole.isWhole).toBe(true);
    pages = { ...pages, '/2.xml.gz': { type: 'application/gzip', body: gzipSync(Buffer.alloc(30_000_000, ' ')) } };
    const half = await read(at('/index.xml'));
    expect(half).toMatchObject({ isWhole: false, failed: [{ code: 'too_large', id: 'school-example' }] });
    expect(half.items).toHaveLength(1);
  });

  it('may be a file, and other XML is refused', async () => {
    const path = await put('map/sitemap.xml', sitemap([site.at('school.example', '/a')]));
    expect((await read(path)).items.map(({ id }) => id)).toEqual(['school-example/a']);
    expect(await read(await put('map/other.xml', '<rss></rss>'))).toMatchObject({
      isWhole: false,
      failed: [{ code: 'malformed' }],
    });
    pages = { '/feed': { type: 'application/xml', body: '<rss></rss>' } };
    expect(await read(site.at('school.example', '/feed'))).toMatchObject({ failed: [{ code: 'wrong_type' }] });
  });

  it('is read from left to right, entities of its own not expanded', () => {
    const bomb =
      '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url><loc>https://a.example/&b;</loc></url></urlset>';
    expect(parseSitemap(bomb)).toEqual({ kind: 'pages', locations: ['https://a.example/&b;'] });
    const image =
      '<s:urlset><url><loc><![CDATA[https://a.example/]]></loc><image:loc>https://a.example/x.png</image:loc></url></s:urlset>';
    expect(parseSitemap(image)?.locations).toEqual(['https://a.example/']);
    expect(parseSitemap('<html></html>')).toBeNull();
    expect(parseSitemap(`<urlset>${'<loc>'.repeat(200_000)}`)?.locations).toEqual([]);
  });
});

describe('an id', () => {
  it('is the place in small letters, with a hash where letters were lost', () => {
    expect(documentId('help', 'a/b c.md')).toBe('help/a/b-c');
    expect(documentId('help', '日本.md')).toMatch(/^help\/[0-9a-f]{6}$/);
    expect(documentId('help', '日本.md')).not.toBe(documentId('help', '日.md'));
    expect(documentId('help', 'a+b')).not.toBe(documentId('help', 'a b'));
    expect(documentId('help', `${'x'.repeat(300)}.md`).length).toBeLessThanOrEqual(120);
    expect(documentId('a'.repeat(90), 'x'.repeat(300))).toMatch(/^[a-z0-9][a-z0-9/_-]{0,119}$/);
    expect(prefixOf('../Meine Hilfe!')).toBe('meine-hilfe');
    expect(prefixOf('日本')).toBe('source');
  });
});
