/** mdast → marked text → HTML and entities: what is kept, escaped, made harmless. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marksToEntities } from '../../../channels/render/entities.ts';
import { markedToHtml } from '../../../channels/render/html.ts';
import { paragraphs } from '../../../channels/render/marked-text.ts';
import { mdastToMarked } from '../../../channels/render/mdast.ts';
import { split } from '../../../channels/render/split.ts';
import { tableToMarked } from '../../../channels/render/table.ts';
import { rootOf } from '../support.ts';

const markedOf = (markdown: string) => mdastToMarked(rootOf(markdown), { monospace: true });
const htmlOf = (markdown: string) => markedToHtml(markedOf(markdown));
const entitiesOf = (markdown: string) => {
  const marked = markedOf(markdown);
  return marksToEntities(marked).entities.map(({ type, offset, length }) => [
    type,
    marked.text.slice(offset, offset + length),
  ]);
};

describe('mdast as text', () => {
  it('writes lists, nested lists and check boxes as lines', () => {
    expect(markedOf('3. three\n4. four\n   - [ ] open\n   - [x] done\n     more').text).toBe(
      '3. three\n4. four\n  ☐ open\n  ☑ done\nmore',
    );
  });

  it('keeps raw HTML as the characters it is made of', () => {
    expect(markedOf('<script>alert(1)</script>').text).toBe('<script>alert(1)</script>');
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'ftp://x.example', '//x.example', 'relative'])(
    'shows the label of %s without its address',
    (url) => {
      const { text, marks } = markedOf(`[label](<${url}>)`);
      expect([text, marks.filter((one) => one.kind === 'link')]).toEqual(['label', []]);
    },
  );

  it('removes overrides of the writing direction and control characters', () => {
    expect(paragraphs('a\u202eb\u0007c\r\nd\ud800').text).toBe('ab c\nd\ufffd');
  });
});

describe('tables', () => {
  const rows = [
    ['1', 'breathe in'],
    ['2', 'ä'],
  ];
  it('are fixed width while they are narrow', () => {
    expect(tableToMarked({ header: ['week', 'what'], rows }, true).text).toBe('week  what\n1     breathe in\n2     ä');
  });
  it('become lines when wide, or where no fixed width is', () => {
    expect(tableToMarked({ header: ['week', 'what'], rows }, false).text).toBe(
      'week: 1, what: breathe in\nweek: 2, what: ä',
    );
    const wide = tableToMarked({ header: ['a', 'b'], rows: [['x'.repeat(30), 'y'.repeat(30)]] }, true);
    expect(wide.text).toBe(`a: ${'x'.repeat(30)}, b: ${'y'.repeat(30)}`);
  });
});

describe('HTML', () => {
  it('uses the elements BuddyBoss keeps', () => {
    expect(
      htmlOf(
        '# Title\n\na **b** *c* [d](https://d.example/?a=1&b="2")\nnext\n\n> q\n\n1. x\n2. y\n   - z\n\n```\n<p>\n```',
      ),
    ).toBe(
      '<p><b>Title</b></p><p>a <b>b</b> <i>c</i> <a href="https://d.example/?a=1&amp;b=&quot;2&quot;">d</a><br />next</p>' +
        '<blockquote><p>q</p></blockquote><ol><li>x</li><li>y<ul><li>z</li></ul></li></ol><pre>&lt;p&gt;</pre>',
    );
  });

  it('goes on counting where a list was split', () => {
    const [, second] = split(markedOf('1. one one one\n2. two two two\n3. three'), { max: 16, unit: 'utf16' });
    expect(markedToHtml(second ?? { text: '', marks: [] })).toMatch(/^<ol start="2"><li>two two two<\/li>/);
  });

  it('never lets words become markup', () => {
    const allowed = /<\/?(p|b|i|ul|ol|li|blockquote|pre)>|<br \/>|<ol start="-?\d+">|<a href="[^"<>]*">|<\/a>/g;
    const nasty = fc.array(
      fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '&',
        '&lt;',
        '<b>',
        '*',
        '`',
        '[x](https://x.example/"onx="',
        ')',
        '\n\n',
        '- ',
        'a',
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(nasty, (pieces) => {
        const source = pieces.join('');
        for (const html of [htmlOf(source), markedToHtml(paragraphs(source))]) {
          expect(html.replace(allowed, '')).not.toMatch(/[<>"']/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('entities', () => {
  it('count in UTF-16 code units', () => {
    const { entities } = marksToEntities(markedOf('🙂 **bold 👩‍👩‍👧‍👦** x'));
    expect(entities).toEqual([{ type: 'bold', offset: 3, length: 16 }]);
  });

  it('leave code out of formatting, and formatting out of itself', () => {
    expect(entitiesOf('**a `b` c**')).toEqual([
      ['bold', 'a'],
      ['code', 'b'],
      ['bold', 'c'],
    ]);
    expect(entitiesOf('[x `y`](https://x.example)')).toEqual([['text_link', 'x y']]);
    expect(entitiesOf('# a **b**')).toEqual([['bold', 'a b']]);
    expect(entitiesOf('> a\n> > b')).toEqual([['blockquote', 'a\n\nb']]);
  });

  it('stop at the hundredth, and say so', () => {
    const { entities, isComplete } = marksToEntities(markedOf('*a* '.repeat(101)));
    expect([entities.length, isComplete]).toEqual([100, false]);
  });
});
