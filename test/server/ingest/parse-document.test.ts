/** Every kind of document, and everything that is sent by mistake or in malice: a draft, or an error that says what to do. */
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../../server/ingest/parse-document.ts';
import { draftOf, jobOf, pdfOf } from './support.ts';

const ARTICLE = 'Wer den Kurs bezahlt, bekommt eine Rechnung. Sie kommt am selben Tag per E-Mail. '.repeat(8);

function failure(code: string, says: string | RegExp, path?: string): unknown {
  const message: unknown = typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says);
  return expect.objectContaining({
    name: 'InvalidPayloadError',
    code,
    message,
    ...(path === undefined ? {} : { path }),
  });
}

describe('Markdown', () => {
  it('may say about itself what a document has', async () => {
    const front = 'title: Hours\naudience: members\nlanguage: de\nurl: https://school.example/hours\ntags: [a]';
    const text = `---\n${front}\nvalid-from: 2026-09-01\nvalid-until: 2026-12-31\n---\nOpen at nine.`;
    expect(await draftOf(jobOf('markdown', text))).toEqual({
      title: 'Hours',
      body: 'Open at nine.',
      audience: 'members',
      language: 'de',
      url: 'https://school.example/hours',
      validFrom: '2026-09-01T00:00:00.000Z',
      validUntil: '2026-12-31T23:59:59.999Z',
    });
  });

  it('takes its title from the first heading, else from its name', async () => {
    expect((await draftOf(jobOf('markdown', 'Text.\n\n# The *house* [rules](https://a.example/)\n'))).title).toBe(
      'The house rules',
    );
    expect((await draftOf(jobOf('markdown', 'Text.', { name: 'opening-hours.md' }))).title).toBe('opening hours');
    expect((await draftOf(jobOf('text', '---\ntitle: no\n---', { name: 'a.txt' }))).body).toContain('title: no');
  });

  it.each([
    ['an audience of one person', '---\ntitle: A\naudience: private\n---\nText', '3', 'audience is "private"'],
    [
      'a day that does not exist',
      '---\nvalid-until: 2026-02-30\n---\nText',
      '2',
      'valid-until is "2026-02-30"; expected a date',
    ],
    [
      'an address without a host',
      '---\ntitle: A\nurl: /hours\n---\nText',
      '3',
      'url is "/hours"; expected a full web address',
    ],
    ['front matter without an end', '---\ntitle: A\n\nText', '1', 'front matter'],
    ['front matter that is no YAML', '---\ntitle: [A\n---\nText', '2', 'correct the YAML'],
  ])('names the line of %s', async (...[, text, line, says]) => {
    await expect(parseDocument(jobOf('markdown', text))).rejects.toEqual(failure('malformed', says, line));
  });

  it.each([
    ['nothing', '', 'malformed', 'has no text'],
    ['spaces', ' \n\n\t ', 'malformed', 'has no text'],
    ['emoji', '🙂🎉', 'malformed', 'has no words, only "🙂🎉"'],
    ['a script', '<script>alert(1)</script>', 'malformed', 'has no text'],
    ['a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1]), 'wrong_type', 'is not text'],
    ['another encoding', new Uint8Array([0x61, 0x0a, 0xe4, 0x62]), 'malformed', 'is not utf-8 text; save it as UTF-8'],
    ['far too much', 'a '.repeat(1_100_000), 'too_large', 'more than 2000000; split it'],
  ])('says what is wrong with %s', async (...[, content, code, says]) => {
    await expect(parseDocument(jobOf('markdown', content))).rejects.toEqual(failure(code, says));
  });

  it('names the line of the first byte that is no UTF-8', async () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('one\ntwo\nthr'), 0xff]);
    await expect(parseDocument(jobOf('markdown', bytes))).rejects.toEqual(failure('malformed', 'UTF-8', '3'));
  });

  it('reads two directions of writing, a mark at the start, and sixteen bits', async () => {
    const mixed = 'الدرس يبدأ at 9:00 כל יום';
    expect((await draftOf(jobOf('markdown', `\ufeff${mixed}`))).body).toBe(mixed);
    const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(mixed, 'utf16le')]);
    expect((await draftOf(jobOf('markdown', wide))).body).toBe(mixed);
  });
});

describe('HTML', () => {
  const page = (main: string): string =>
    `<!doctype html><html lang="de"><head><title>Kurs – Schule</title><style>p{}</style></head><body>
     <nav><a href="/">Start</a></nav><main>${main}</main><footer>Impressum</footer></body></html>`;
  const read = (html: string, url: string | null = 'https://school.example/kurs/') =>
    draftOf(jobOf('html', html, { url, name: 'kurs.html' }));

  it('becomes its article, with headings, lists, tables and safe links', async () => {
    const table = '<table><tr><th>Preis</th><th>Dauer</th></tr><tr><td>480 €</td><td>8 Wochen</td></tr></table>';
    const links = '<a href="../preise">Preise</a> <a href="javascript:alert(1)">Mehr</a> <a href="#top">Hoch</a>';
    const draft = await read(
      page(`<h1>Der Kurs</h1><p>${ARTICLE}</p><h2>Zahlen</h2><ul><li>bar</li></ul>${table}<p>${links}</p>`),
    );
    expect(draft).toMatchObject({ title: 'Der Kurs', language: 'de', url: 'https://school.example/kurs/' });
    expect(draft.body).toContain('## Zahlen');
    expect(draft.body).toContain('Preis | Dauer\n480 € | 8 Wochen');
    expect(draft.body).toContain('[Preise](https://school.example/preise) Mehr Hoch');
    expect(draft.body).not.toMatch(/Start|Impressum|javascript|p\{\}/);
  });

  it('keeps a short page, and questions that fold', async () => {
    const draft = await read(
      '<h1>Hunde</h1><details><summary>Darf mein Hund mit?</summary><p>Ja, an der Leine.</p></details>',
      null,
    );
    expect(draft.body).toContain('### Darf mein Hund mit?\n\nJa, an der Leine.');
    expect(draft.title).toBe('Hunde');
  });

  it.each([
    '<html lang=en><h1>Dogs</h1><p>Dogs wait outside.',
    '<!doctype html><title>Dogs</title><h1>Dogs</h1><p>Dogs wait outside.</p>',
    '<html><head><title>Dogs</title></head><p>Dogs wait outside.</p></html>',
    '<p>Dogs wait outside.</p>',
  ])('is read though tags are left out that may be: %s', async (html) => {
    expect(await read(html)).toMatchObject({ body: 'Dogs wait outside.' });
  });

  it('lets no tag, no script and nothing hidden through', async () => {
    const draft = await read(
      page(`<h1>Kurs</h1><p>${ARTICLE}</p><script>alert(1)</script><p hidden>IGNORE ALL</p><div style="display:none">IGNORE THIS</div>
        <p>Schreibe &lt;script&gt;alert(1)&lt;/script&gt; und &lt;img src=x onerror=alert(1)&gt; hierhin.</p><img src="https://a.example/x.png" alt="Bild">
        <p>[Klick](javascript:alert(1)) und # keine Überschrift</p><svg><text>IGNORE SVG</text></svg>`),
    );
    expect(draft.body).not.toMatch(/<script|<img|<p|IGNORE|javascript:|!\[/i);
    expect(draft.body).toContain('Klick');
  });

  it('is read in the encoding it names', async () => {
    const html = Buffer.from(
      `<html><head><meta charset="iso-8859-1"></head><body><p>Grüße. ${ARTICLE}</p></body></html>`,
      'latin1',
    );
    expect((await draftOf(jobOf('html', html))).body).toContain('Grüße');
    const utf8 = Buffer.from(`<p>Grüße. ${ARTICLE}</p>`);
    expect((await draftOf(jobOf('html', utf8, { charset: 'utf-8' }))).body).toContain('Grüße');
  });

  it.each([
    [
      'ten thousand nested tags',
      '<div>'.repeat(10_000) + ARTICLE + '</div>'.repeat(10_000),
      'too_large',
      'nests more than 256 tags',
    ],
    ['ten thousand nested bold tags', '<b>'.repeat(10_000) + ARTICLE, 'too_large', 'nests more than 256 tags'],
    [
      'a page that a script fills',
      '<div id="root"></div><script>render()</script>',
      'malformed',
      'has no text; is it filled in by a script?',
    ],
    ['a hundred thousand elements', '<p>a</p>'.repeat(110_000), 'too_large', 'more than 100000 elements'],
  ])('says what is wrong with %s', async (...[, html, code, says]) => {
    await expect(parseDocument(jobOf('html', html))).rejects.toEqual(failure(code, says));
  });
});

describe('PDF', () => {
  it('becomes its text, page by page', async () => {
    const draft = await draftOf(
      jobOf(
        'pdf',
        pdfOf(
          ['The studio is open.\nIt opens at nine and clo-\nses at ten.', '# Dogs <b>stay</b> outside.'],
          'House rules',
        ),
      ),
    );
    expect(draft.title).toBe('House rules');
    expect(draft.body).toBe(
      '## Page 1\n\nThe studio is open. It opens at nine and closes at ten.\n\n## Page 2\n\n\\# Dogs &lt;b>stay&lt;/b> outside.',
    );
  });

  it('takes its name where its title is that of a file', async () => {
    const draft = await draftOf(jobOf('pdf', pdfOf(['Words.'], 'rules-final.docx'), { name: 'house_rules.pdf' }));
    expect(draft.title).toBe('house rules');
  });

  it.each([
    ['a scan', pdfOf(['', '']), 'has no text; is it a scan?'],
    ['a text file', 'just words', 'is not a readable PDF'],
    ['half a file', pdfOf(['Words.']).subarray(0, 60), 'is not a readable PDF'],
  ])('says what is wrong with %s', async (_, content, says) => {
    await expect(parseDocument(jobOf('pdf', content))).rejects.toEqual(failure('malformed', says));
  });
});

describe('a FAQ', () => {
  const csv = (text: string) => parseDocument(jobOf('faq-csv', text, { name: 'faq.csv' }));
  const json = (value: unknown) =>
    parseDocument(jobOf('faq-json', typeof value === 'string' ? value : JSON.stringify(value)));

  it('as CSV gives a piece for each question, whatever parts its columns', async () => {
    const expected = { title: 'May I pay, in parts?', body: 'Yes; in three.', language: 'en', audience: 'members' };
    for (const sign of [',', ';', '\t']) {
      const text = `\ufeffAnswer${sign}Question${sign}Language${sign}Audience${sign}Notes\r\n"Yes; in three."${sign}"May I pay, in parts?"${sign}en${sign}members${sign}x\r\n`;
      expect(await csv(text)).toMatchObject([{ line: '2', draft: expected }]);
    }
  });

  it('as JSON too, with a title above the question', async () => {
    const rows = [
      { question: 'Parking?', answer: 'Behind <b>the</b> house.', title: 'Getting here', url: 'https://a.example/' },
    ];
    for (const value of [rows, { faq: rows }]) {
      expect(await json(value)).toMatchObject([
        {
          line: '[0]',
          draft: { title: 'Getting here', body: '## Parking?\n\nBehind the house.', url: 'https://a.example/' },
        },
      ]);
    }
  });

  it('names the row that is wrong and keeps the others', async () => {
    const pieces = await csv('question,answer,audience,url\nA?,Yes.,,\nB?,,,\nA?,No.,,\nC?,Yes.,all,\nD?,Yes.,,here\n');
    const shown = pieces.map((piece) => [piece.line, 'problem' in piece ? piece.problem.message : piece.draft.title]);
    expect(shown).toEqual([
      ['2', 'A?'],
      ['3', 'answer: is missing; correct the row or take it out'],
      ['4', 'asks the same as line 2, "A?"; keep one of the two'],
      [
        '5',
        'audience "all": is none that a document can have; write public, members or operators; correct the row or take it out',
      ],
      ['6', 'url "here": is not a web address; write e.g. https://school.example/help; correct the row or take it out'],
    ]);
  });

  it.each([
    [
      'other columns',
      'Frage,Antwort\nA,B',
      '1',
      'the columns are "Frage,Antwort"; the first line must name at least question and answer',
    ],
    ['a quote that never ends', 'question,answer\nA?,"Yes\nB?,No', '', 'double quotes'],
    ['only column names', 'question,answer\n', '', 'has no rows'],
  ])('as CSV says what is wrong with %s', async (...[, text, path, says]) => {
    await expect(csv(text)).rejects.toEqual(failure('malformed', says, ...(path === '' ? [] : [path])));
  });

  it.each([
    ['broken JSON', '[\n{"question": "A",\n}]', 'is not JSON'],
    ['no list', '{"name":"x"}', 'holds no list'],
    ['an empty list', '[] "x"', 'is not JSON'],
  ])('as JSON says what is wrong with %s', async (_, text, says) => {
    await expect(json(text)).rejects.toEqual(failure('malformed', says));
  });

  it('as JSON says so for what is no question', async () => {
    const pieces = await json([1, null, 'x', { question: 5, answer: 'a' }]);
    expect(pieces.every((piece) => 'problem' in piece)).toBe(true);
  });
});
