/** The Markdown reader: what models write becomes nodes; what attackers write stays words. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMarkdown } from '../../console/prose/markdown.ts';
import type { ProseNode } from '../../console/prose/nodes.ts';
import { drawNodes } from '../../console/prose/prose.tsx';
import { safeUrl } from '../../console/prose/safe-url.ts';
import { elementsOf, wordsOf } from './drawn.ts';

/** A short way to write a tree down: `p(text strong(text))`. */
function sketch(node: ProseNode): string {
  if ('children' in node) return `${node.type}(${node.children.map(sketch).join(' ')})`;
  return 'value' in node ? JSON.stringify(node.value) : node.type;
}

const sketchOf = (source: string) => parseMarkdown(source).map(sketch).join(' | ');

describe('parseMarkdown', () => {
  it.each([
    ['plain **strong** and *soft* words', 'paragraph("plain " strong("strong") " and " emphasis("soft") " words")'],
    ['***both*** of them', 'paragraph(emphasis(strong("both")) " of them")'],
    ['**a *b* c**', 'paragraph(strong("a " emphasis("b") " c"))'],
    ['snake_case_word and 2 * 3 * 4', 'paragraph("snake_case_word and 2 * 3 * 4")'],
    ['~~gone~~ but ~kept~', 'paragraph(delete("gone") " but ~kept~")'],
    ['`code *as is*` and `open', 'paragraph("code *as is*" " and `open")'],
    ['one\ntwo', 'paragraph("one" break "two")'],
    ['one\n\ntwo', 'paragraph("one") | paragraph("two")'],
    ['\\*not soft\\*', 'paragraph("*not soft*")'],
    ['# Head #', 'heading("Head")'],
    ['a\n\n---\n\nb', 'paragraph("a") | thematicBreak | paragraph("b")'],
    ['> said\n> twice', 'blockquote(paragraph("said" break "twice"))'],
    ['```js\nlet a = 1;\n```\nafter', '"let a = 1;" | paragraph("after")'],
  ])('reads %j', (source, expected) => {
    expect(sketchOf(source)).toBe(expected);
  });

  it.each([
    ['- a\n- b', 'list(listItem(paragraph("a")) listItem(paragraph("b")))'],
    ['text\n- a', 'paragraph("text") | list(listItem(paragraph("a")))'],
    ['- a\n  - b\n- c', 'list(listItem(paragraph("a") list(listItem(paragraph("b")))) listItem(paragraph("c")))'],
    ['1. a\n\n2. b\n\nend', 'list(listItem(paragraph("a")) listItem(paragraph("b"))) | paragraph("end")'],
    ['It was in\n2026. Then it ended.', 'paragraph("It was in" break "2026. Then it ended.")'],
    ['- a\n* b', 'list(listItem(paragraph("a"))) | list(listItem(paragraph("b")))'],
  ])('reads the list %j', (source, expected) => {
    expect(sketchOf(source)).toBe(expected);
  });

  it('keeps where an ordered list starts', () => {
    expect(parseMarkdown('3. three\n4. four')[0]).toMatchObject({ type: 'list', ordered: true, start: 3 });
  });

  it('reads a table with formatted cells', () => {
    expect(sketchOf('| a | b |\n|---|:-:|\n| 1 | **2** |')).toBe(
      'table(tableRow(tableCell("a") tableCell("b")) tableRow(tableCell("1") tableCell(strong("2"))))',
    );
  });

  it('reads a text that is still being written', () => {
    expect(sketchOf('Here is **the')).toBe('paragraph("Here is **the")');
    expect(sketchOf('```\nlet a')).toBe('"let a"');
    expect(sketchOf('see [the page](https://tide')).toBe('paragraph("see [the page](" link("https://tide"))');
  });

  it('never loses a word of a plain text', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
        expect(wordsOf(drawNodes(parseMarkdown(words.join(' '))))).toBe(words.join(' '));
      }),
    );
  });

  it('reads anything without throwing', () => {
    const piece = fc.constantFrom(
      '*',
      '_',
      '`',
      '[',
      ']',
      '(',
      ')',
      '!',
      '<',
      '>',
      '|',
      '-',
      '1. ',
      '\n',
      '  ',
      '\\',
      'a',
      '#',
      '~',
      'https://a.example',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        drawNodes(parseMarkdown(pieces.join('')));
      }),
    );
  });

  it.each(['*a', '_a*', '[', '![', '[a](', '`a``b', '> ', '- ', '<https://', 'https://', '|-', '  \n', '**', ']('])(
    'ends on a long run of %j',
    (unit) => {
      expect(parseMarkdown(unit.repeat(20_000))).toBeDefined();
    },
  );
});

const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<a href="javascript:alert(1)">x</a>',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](java\tscript:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x]( javascript:alert(1) )',
  '[x](<javascript:alert(1)>)',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '[x](vbscript:msgbox(1))',
  '[x](file:///etc/passwd)',
  '[x](//evil.example)',
  '[x](/console/)',
  '[x](blob:https://a.example/1)',
  '[x](\u0001javascript:alert(1))',
  '[x](https://bank.example@evil.example)',
  '![x](javascript:alert(1))',
  '<javascript:alert(1)>',
  '[x](https://a.example "onmouseover=alert(1)")',
  '[x](https://a.example/"onmouseover="alert(1))',
  '`<img src=x onerror=alert(1)>`',
  '```html\n<script>alert(1)</script>\n```',
  '| <img src=x onerror=alert(1)> |\n|---|\n| <script>alert(1)</script> |',
  '[![x](javascript:alert(1))](javascript:alert(2))',
  '# <script>alert(1)</script>',
  '- <img src=x onerror=alert(1)>',
];

const ALLOWED = new Set(
  'p strong em del code br a hr pre blockquote ul ol li div table thead tbody tr th td span'.split(' '),
);

describe('drawNodes against attacks', () => {
  it.each(ATTACKS)('draws %j as harmless elements', (attack) => {
    for (const { type, props } of elementsOf(drawNodes(parseMarkdown(attack)))) {
      expect(ALLOWED).toContain(type);
      expect(Object.keys(props).filter((name) => /^on|html/i.test(name))).toEqual([]);
      if (type !== 'a') continue;
      expect(String(props['href'])).toMatch(/^https?:\/\//);
      expect(String(props['rel'])).toContain('noopener');
    }
  });

  it('shows HTML as the words it is made of', () => {
    expect(wordsOf(drawNodes(parseMarkdown('<b>hi</b>')))).toBe('<b>hi</b>');
    expect(wordsOf(drawNodes([{ type: 'html', value: '<b>hi</b>' }]))).toBe('<b>hi</b>');
  });

  it('checks the links of a tree it did not read itself', () => {
    const tree: ProseNode[] = [
      {
        type: 'paragraph',
        children: [{ type: 'link', url: 'javascript:alert(1)', children: [{ type: 'text', value: 'x' }] }],
      },
      { type: 'paragraph', children: [{ type: 'image', url: 'data:text/html,x', alt: 'picture' }] },
    ];
    expect(elementsOf(drawNodes(tree)).map(({ type }) => type)).not.toContain('a');
    expect(wordsOf(drawNodes(tree))).toBe('xpicture');
  });
});

describe('safeUrl', () => {
  it('lets http and https pass, in their normal form', () => {
    expect(safeUrl(' https://tidewell.example/a b ')).toBe('https://tidewell.example/a%20b');
    expect(safeUrl('http://tidewell.example')).toBe('http://tidewell.example/');
  });

  it.each([
    'javascript:alert(1)',
    'mailto:a@b.example',
    '/here',
    '',
    'https://',
    'https://a@b.example',
    'ftp://a.example',
  ])('refuses %j', (raw) => {
    expect(safeUrl(raw)).toBeNull();
  });
});
