/** What may leave in words: links, images, markup, secrets, personal data, length. */
import { describe, expect, it } from 'vitest';
import { Block } from '../../core/block.ts';
import { type CheckRules, checkBlocks } from '../../core/check-text.ts';
import { rootOf } from '../channels/support.ts';

const rules: CheckRules = { allowedHosts: ['school.example', 'learn.org.example'], isPublic: false };
const inPublic: CheckRules = { ...rules, isPublic: true };

function check(text: string, by: CheckRules = rules) {
  const { blocks, objections, isFatal } = checkBlocks([{ kind: 'text', text }], by);
  const [block] = blocks;
  return { text: block?.kind === 'text' ? block.text : '', objections, isFatal };
}

describe('a foreign link', () => {
  it.each([
    ['inline', 'See [our page](https://evil.example/login) now.', 'See our page now.'],
    ['inline with a title', 'See [our page](https://evil.example "Welcome") now.', 'See our page now.'],
    ['inline in angle brackets', 'See [our page](<https://evil.example/a b>) now.', 'See our page now.'],
    ['inline over a line break', 'See [our\npage](\nhttps://evil.example) now.', 'See our\npage now.'],
    ['inline without a scheme', 'See [our page](//evil.example) now.', 'See our page now.'],
    ['inline to a place of this page', 'See [our page](/go?to=evil) now.', 'See our page now.'],
    ['around brackets', 'See [[our page]](https://evil.example) now.', 'See [[our page]]() now.'],
    ['around an image', 'See [![pic](https://x.example/a.png)](https://evil.example) now.', 'See pic now.'],
    ['reference', 'See [our page][1].\n\n[1]: https://evil.example "T"', 'See [our page][1].'],
    ['reference in angle brackets', 'See [our page][a b].\n\n[a b]: <//evil.example>', 'See [our page][a b].'],
    ['bare', 'See https://evil.example/login?x=1 now.', 'See now.'],
    ['bare in emphasis', 'See _https://evil.example/login_ now.', 'See __ now.'],
    ['bare behind a letter', 'See xhttps://evil.example now.', 'See now.'],
    ['bare in capitals', 'See HTTPS://EVIL.EXAMPLE now.', 'See now.'],
    ['autolink', 'See <https://evil.example> now.', 'See <> now.'],
    ['HTML', 'See <a href="https://evil.example">our page</a> now.', 'See our page now.'],
    ['HTML over lines', 'See <a\nhref="https://evil.example">our page</a> now.', 'See our page now.'],
    ['only a host with www', 'See www.evil.example now.', 'See now.'],
    ['only a host', 'See evil.com now.', 'See now.'],
    ['only a host with a path', 'See t.me/scam now.', 'See now.'],
    ['an app', 'See tg://resolve?domain=evil now.', 'See now.'],
    ['javascript', 'See [our page](javascript:alert(1)) now.', 'See our page now.'],
    ['javascript, bare', 'See JavaScript:alert(1) now.', 'See now.'],
    ['data', 'See [our page](data:text/html;base64,PGI+) now.', 'See our page now.'],
    ['mail', 'See [our page](mailto:somebody@evil.example) now.', 'See our page now.'],
    ['with our name in front of it', 'See https://school.example@evil.example/ now.', 'See now.'],
    ['with our name and a password', 'See https://school.example:x@evil.example/ now.', 'See now.'],
    [
      'with our name behind a backslash',
      'See [our page](https://school.example\\@evil.example/) now.',
      'See our page now.',
    ],
    ['with a host ending like ours', 'See https://evilschool.example now.', 'See now.'],
    ['with a host beginning like ours', 'See https://school.example.evil.example now.', 'See now.'],
    [
      'with an entity in its host',
      'See [our page](https://evil.example&sol;.school.example/) now.',
      'See our page now.',
    ],
    ['with an encoded host', 'See https://evil%2Eexample now.', 'See now.'],
    ['with a letter that looks like ours', 'See https://sсhool.example now.', 'See now.'],
    ['with an invisible character in its host', 'See https://evil\u200b.example now.', 'See now.'],
    ['as a number', 'See http://2130706433/ now.', 'See now.'],
    ['put together by what is taken out', 'See [our page]<b>(//evil.example)</b> now.', 'See our page now.'],
    [
      'put together by the markup that is taken out',
      'See <<b>a href="//evil.example">our page</a> now.',
      'See our page now.',
    ],
    ['cut by an image', 'See ht![](https://x.example)tps://evil.example now.', 'See now.'],
  ])('%s is taken out', (_kind, text, left) => {
    const checked = check(text);
    expect(checked.text).toBe(left);
    expect(checked.objections).not.toEqual([]);
    expect(checked.text).not.toMatch(/evil\.|evil&|scam|resolve/i);
  });
});

describe('our own words', () => {
  it.each([
    'See [our page](https://school.example/help?a=1&b=2#c "Help").',
    'See https://school.example, or https://school.example/help.',
    'See <https://school.example/help>.',
    'See [our page][1].\n\n[1]: https://school.example/help "Help"',
    'See https://shop.school.example:8443/x and learn.org.example/a.b/c.',
    'http://school.example',
    'Write to school.example/help?to=evil.com/x',
    'It takes 3.5/5 hours and/or e.g. Fri.–Sat. at 9.30. Your data: a name. 1 < 2 and 3 > 2.',
    'A **bold** word, `code`, a list:\n\n- one\n- two\n\n| a | b |\n| - | - |',
    'Ask ann@home.example in private.',
  ])('stay the very same block: %s', (text) => {
    const block: Block = { kind: 'text', text };
    const checked = checkBlocks([block], rules);
    expect(checked).toEqual({ blocks: [block], objections: [], isFatal: false });
    expect(checked.blocks[0]).toBe(block);
  });
});

it('images are never sent, their description is', () => {
  expect(check('Look: ![a lung](https://school.example/lung.png)')).toEqual({
    text: 'Look: a lung',
    objections: ['image'],
    isFatal: false,
  });
  expect(check('Look: ![a lung][1]').objections).toEqual(['image']);
});

describe('a secret', () => {
  it.each([
    ['an API key', 'sk-proj-abcdefghijklmnop'],
    ['a Telegram token', '7000000001:AAExampleExampleExampleExampleEx'],
    ['a webhook secret', 'whsec_dGhlLXNlY3JldC1vZi10aGU='],
    ['a page token', `EAA${'a1B2'.repeat(10)}`],
    ['a signed token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbg'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----'],
    ['our own marks around data', '<<<data 3f2a'],
  ])('is fatal: %s', (_what, secret) => {
    const { isFatal, objections } = check(`The word is ${secret} indeed.`);
    expect(isFatal).toBe(true);
    expect(objections).toContain('secret');
  });

  it.each(['sk-short', 'Room 12: A1', 'the task-force', 'eyJ.', 'EAA meeting'])('is not seen in: %s', (text) => {
    expect(check(text)).toEqual({ text, objections: [], isFatal: false });
  });

  it('is seen in every place that holds words', () => {
    const key = 'sk-proj-abcdefghijklmnop';
    const option = { label: key, token: 'a' };
    const blocks: Block[] = [
      { kind: 'text', text: key },
      { kind: 'choices', prompt: key, options: [{ label: 'a', token: 'a' }] },
      { kind: 'choices', options: [option] },
      { kind: 'link', label: key, url: 'https://school.example' },
      { kind: 'card', title: key, body: '', options: [] },
      { kind: 'card', title: 'a', body: key, options: [] },
      { kind: 'card', title: 'a', body: '', options: [option] },
      { kind: 'card', title: 'a', body: '', options: [], link: { label: key, url: 'https://school.example' } },
      { kind: 'media', media: 'image', url: 'https://school.example/a.png', alt: key },
      { kind: 'form', form: 'f', fields: [{ name: 'a', label: key, type: 'text' }] },
      { kind: 'table', header: [key], rows: [] },
      { kind: 'table', header: ['a'], rows: [[key]] },
      { kind: 'citation', passage: 'p', label: key },
    ];
    expect(blocks.filter((block) => !checkBlocks([block], rules).isFatal)).toEqual([]);
  });
});

describe('an e-mail address', () => {
  it.each([
    ['ann.lee+x@home.example', '…'],
    ['Write to ANN@HOME.EXAMPLE.', 'Write to ….'],
    ['jürgen@büro.example', '…'],
    ['a@b.example,c@d.example', '…,…'],
  ])('is masked where others read along: %s', (text, masked) => {
    expect(check(text, inPublic)).toEqual({ text: masked, objections: ['personal_in_public'], isFatal: false });
  });

  it('stays in private', () => {
    expect(check('Write to ann@home.example.').objections).toEqual([]);
  });
});

describe('length', () => {
  it('is cut at the end of a sentence', () => {
    const { text, objections } = check('Breathe in and out. '.repeat(500));
    expect(objections).toEqual(['too_long']);
    expect(text.length).toBeLessThanOrEqual(6_001);
    expect(text).toMatch(/out\.…$/);
  });

  it('is cut somewhere when there is no sentence', () => {
    expect(check('x'.repeat(7_000)).text).toBe(`${'x'.repeat(6_000)}…`);
  });

  it.each([
    'a',
    'a@',
    '[',
    '![',
    '[a](',
    '[a]: ',
    '<a',
    'a.',
    'www.',
    'eyJ-',
    'sk-',
    'https:',
    '-----BEGIN ',
    '\n',
    '&#',
  ])('costs little where it is hostile: %j', (piece) => {
    // A pattern that looks at everything again from every place would not come back from this.
    const { text } = check(piece.repeat(300_000 / piece.length), inPublic);
    expect(text.length).toBeLessThanOrEqual(6_001);
  });
});

describe('blocks with addresses', () => {
  const url = 'https://evil.example/x';

  it.each<[string, Block]>([
    ['link', { kind: 'link', label: 'Go', url }],
    ['media', { kind: 'media', media: 'image', url, alt: 'a lung' }],
  ])('%s is left out', (_kind, block) => {
    expect(checkBlocks([block], rules)).toEqual({ blocks: [], objections: ['foreign_link'], isFatal: false });
  });

  it('card loses its link', () => {
    const card: Block = { kind: 'card', title: 'A', body: 'B', options: [], link: { label: 'Go', url } };
    expect(checkBlocks([card], rules)).toEqual({
      blocks: [{ kind: 'card', title: 'A', body: 'B', options: [] }],
      objections: ['foreign_link'],
      isFatal: false,
    });
  });

  it('citation loses its address and keeps its name', () => {
    const citation: Block = { kind: 'citation', passage: 'p', label: 'Our help', url };
    expect(checkBlocks([citation], rules).blocks).toEqual([{ kind: 'citation', passage: 'p', label: 'Our help' }]);
  });

  it('a tree of formatted words loses its form when it leads elsewhere than the words show', () => {
    const text = 'See our page.';
    const foreign: Block = { kind: 'text', text, root: rootOf(`See [our page](${url}).`) };
    const image: Block = { kind: 'text', text, root: rootOf('See ![our page](https://school.example/a.png).') };
    const own: Block = { kind: 'text', text, root: rootOf('See [our page](https://school.example).') };
    expect(checkBlocks([foreign], rules)).toMatchObject({
      blocks: [{ kind: 'text', text }],
      objections: ['foreign_link'],
    });
    expect(checkBlocks([image], rules).blocks).toEqual([{ kind: 'text', text }]);
    expect(checkBlocks([own], rules).blocks).toEqual([own]);
  });

  it('stay as they are when they are ours', () => {
    const blocks: Block[] = [
      { kind: 'link', label: 'Go', url: 'https://school.example/go' },
      { kind: 'choices', prompt: 'Which?', options: [{ label: 'A', token: 'a' }] },
      { kind: 'card', title: 'A', body: '', options: [], link: { label: 'Go', url: 'https://shop.school.example' } },
      { kind: 'media', media: 'audio', url: 'https://school.example/a.mp3', alt: 'a breath' },
      { kind: 'citation', passage: 'p', label: 'Help', url: 'https://school.example/help' },
      { kind: 'form', form: 'f', fields: [{ name: 'a', label: 'Your name', type: 'text' }] },
      { kind: 'table', header: ['a'], rows: [['1']] },
    ];
    expect(checkBlocks(blocks, inPublic)).toEqual({ blocks, objections: [], isFatal: false });
  });

  it('keep a name when all of it had to go', () => {
    const choices: Block = { kind: 'choices', options: [{ label: 'https://evil.example', token: 'a' }] };
    const { blocks } = checkBlocks([choices], rules);
    expect(blocks.map((block) => Block.safeParse(block).success)).toEqual([true]);
  });
});
