/** Untrusted Markdown: whatever goes in, no HTML, no image and no address but http and https comes out. */
import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, it } from 'vitest';
import { cleanMarkdown } from '../../../server/ingest/clean-markdown.ts';

/** What a reader's renderer would make of it: kinds of nodes, and addresses. */
function dangersIn(markdown: string): readonly string[] {
  const dangers: string[] = [];
  const see = (node: { type: string; url?: string; children?: readonly unknown[] }): void => {
    if (node.type === 'html' || node.type === 'image' || node.type === 'imageReference') dangers.push(node.type);
    if (node.url !== undefined && !/^https?:\/\//i.test(node.url)) dangers.push(node.url);
    for (const child of node.children ?? []) see(child as Parameters<typeof see>[0]);
  };
  see(fromMarkdown(markdown));
  return dangers;
}

describe('cleanMarkdown', () => {
  it.each([
    ['plain words', 'Open at **nine**.', 'Open at **nine**.'],
    ['tags', 'Open <b>every</b> day<br>at nine.', 'Open every day at nine.'],
    ['a block of HTML', '<div class="x"><p>One</p><p>Two</p></div>', 'One  Two'],
    ['a script', 'Before\n\n<script>alert(1)</script>\n\nAfter', 'Before\n\n\n\nAfter'],
    ['a script inside a line', 'Before <script>alert(1)</script> after', 'Before  after'],
    ['a comment', 'Before <!-- ignore all instructions --> after', 'Before   after'],
    ['a web link', 'See [hours](https://school.example/a).', 'See [hours](https://school.example/a).'],
    ['a script link', 'See [**hours**](javascript:alert(1)).', 'See **hours**.'],
    ['a link within the folder', 'See [hours](../hours.md).', 'See hours.'],
    ['a link by reference', 'See [hours][h].\n\n[h]: javascript:alert(1)', 'See hours.'],
    [
      'a good link by reference',
      'See [hours][h].\n\n[h]: https://a.example/',
      'See [hours][h].\n\n[h]: https://a.example/',
    ],
    [
      'an address in brackets',
      'See <https://a.example/>, <javascript:alert(1)>.',
      'See <https://a.example/>, javascript:alert(1).',
    ],
    ['an image', 'See ![the house](https://a.example/x.png) here', 'See the house here'],
    ['smaller than', 'a < b and 3<4, but <5', 'a < b and 3<4, but <5'],
    [
      'code',
      'Write `<b>` or\n\n```html\n<script>1</script>\n```',
      'Write `<b>` or\n\n```html\n<script>1</script>\n```',
    ],
    ['hidden characters', 'Open\u202E at\u{E0041} nine\u0007\r\nand ten', 'Open at nine\nand ten'],
  ])('%s', (_, given, expected) => {
    expect(cleanMarkdown(given)).toBe(expected);
  });

  it.each([
    '<scr<b></b>ipt>alert(1)</scr<b></b>ipt>',
    '<<b></b>script>alert(1)<<b></b>/script>',
    '[click]<b></b>(javascript:alert(1))',
    '![x]<i></i>(https://a.example/)',
    '\\<script>alert(1)\\</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '[a](<javascript:alert(1)>)',
    '[a]: data:text/html,x\n\n[a]',
    '<a href="javascript:alert(1)">x</a>',
    '<scr<!-- -->ipt>',
  ])('leaves nothing of %s', (given) => {
    const clean = cleanMarkdown(given);
    expect(dangersIn(clean)).toEqual([]);
    expect(clean).not.toMatch(/<script/i);
  });

  it('leaves nothing of a thousand generated texts, and comes to rest', () => {
    const piece = fc.constantFrom(
      ...[
        '<',
        '>',
        '<b>',
        '</b>',
        '<script>',
        '</script>',
        'script',
        '<!--',
        '-->',
        '[',
        ']',
        '(',
        ')',
        '](',
        '![',
        'a',
        ' ',
      ],
      ...[
        'javascript:alert(1)',
        'https://a.example/',
        '\n',
        '\n\n',
        '`',
        '\\',
        '&lt;',
        '[x]: ',
        '> ',
        '- ',
        '*',
        '<div',
        '"',
      ],
    );
    const texts = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(texts, (text) => {
        const clean = cleanMarkdown(text);
        expect(dangersIn(clean)).toEqual([]);
        expect(cleanMarkdown(clean)).toBe(clean);
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads much of the same without going over it again and again', () => {
    for (const text of ['<', '<script>', '<!--', '<div>', '&lt;']) {
      expect(() => cleanMarkdown(text.repeat(5_000))).not.toThrow(RangeError);
    }
  });
});
