/** Splitting: every limit in its own unit, at the best boundary, never inside a link. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { join, mark, paragraphs, spellOutLinks, unmarked } from '../../../channels/render/marked-text.ts';
import { mdastToMarked } from '../../../channels/render/mdast.ts';
import { fittingLength, measure } from '../../../channels/render/measure.ts';
import { endEarly, split, splitWithin } from '../../../channels/render/split.ts';
import type { LengthUnit } from '../../../core/profile.ts';
import { rootOf } from '../support.ts';

const family = '👩‍👩‍👧‍👦';

function textsOf(text: string, max: number, unit: LengthUnit = 'utf16'): readonly string[] {
  return split(paragraphs(text), { max, unit }).map((piece) => piece.text);
}

describe('measure', () => {
  it.each([
    ['utf16', 11],
    ['utf8', 25],
    ['characters', 7],
    ['graphemes', 1],
  ] as const)('counts in %s', (unit, length) => expect(measure(family, unit)).toBe(length));
});

describe('fittingLength', () => {
  it('keeps graphemes whole', () => {
    expect(fittingLength(`ab${family}`, { max: 5, unit: 'utf16' })).toBe(2);
    expect(fittingLength(`e\u0301x`, { max: 1, unit: 'graphemes' })).toBe(2);
  });

  it('cuts a grapheme over the limit between characters, and takes one at least', () => {
    expect(fittingLength(family, { max: 5, unit: 'utf16' })).toBe(5);
    expect(fittingLength('😀', { max: 1, unit: 'utf16' })).toBe(2);
  });
});

describe('split', () => {
  it('prefers blocks, then lines, sentences, spaces, words', () => {
    expect(textsOf('One. Two.\n\nThree. Four.\nFive.', 24)).toEqual(['One. Two.', 'Three. Four.\nFive.']);
    expect(textsOf('One two. Three\nfour five six', 20)).toEqual(['One two. Three', 'four five six']);
    expect(textsOf('One two. Three four five', 20)).toEqual(['One two.', 'Three four five']);
    expect(textsOf('one two three four', 10)).toEqual(['one two', 'three four']);
    expect(textsOf('สวัสดีชาวโลกที่รัก', 8).join('')).toBe('สวัสดีชาวโลกที่รัก');
  });

  it('does not leave a crumb for the sake of a better boundary', () => {
    expect(textsOf(`Hi.\n\n${'word '.repeat(20)}`, 60)[0]?.length).toBeGreaterThan(40);
  });

  it('never cuts inside a link that would fit, marked or bare', () => {
    const marked = join([
      unmarked('See here for '),
      mark(unmarked('the whole long page'), { kind: 'link', url: 'https://x.example' }),
    ]);
    expect(split(marked, { max: 24, unit: 'utf16' }).map((piece) => piece.text)).toEqual([
      'See here for',
      'the whole long page',
    ]);
    expect(textsOf('See https://x.example/a-b-c/d now', 26)).toEqual(['See', 'https://x.example/a-b-c/d', 'now']);
  });

  it('cuts a link longer than the limit, which stays a link on both sides', () => {
    const pieces = split(mark(unmarked('word '.repeat(10).trim()), { kind: 'link', url: 'https://x.example' }), {
      max: 20,
      unit: 'utf16',
    });
    expect(pieces.length).toBe(3);
    for (const { text, marks } of pieces) expect(marks).toMatchObject([{ kind: 'link', start: 0, end: text.length }]);
  });

  it('re-opens a fence that it cuts', () => {
    const pieces = split(mdastToMarked(rootOf('```js\none();\ntwo();\nthree();\n```'), { monospace: true }), {
      max: 15,
      unit: 'utf16',
    });
    expect(pieces.map((piece) => [piece.text, piece.marks])).toEqual([
      ['one();\ntwo();', [{ kind: 'pre', language: 'js', start: 0, end: 13 }]],
      ['three();', [{ kind: 'pre', language: 'js', start: 0, end: 8 }]],
    ]);
  });

  it('holds any limit in any unit, and loses nothing but white space', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 });
    const unit = fc.constantFrom<LengthUnit>('utf16', 'utf8', 'characters', 'graphemes');
    fc.assert(
      fc.property(text, fc.integer({ min: 12, max: 40 }), unit, (raw, max, unitName) => {
        const marked = paragraphs(raw);
        const pieces = split(marked, { max, unit: unitName });
        for (const piece of pieces) {
          expect(measure(piece.text, unitName)).toBeLessThanOrEqual(max);
          expect(piece.text.isWellFormed()).toBe(true);
          for (const one of piece.marks) expect(one.start < one.end && one.end <= piece.text.length).toBe(true);
        }
        expect(
          pieces
            .map((piece) => piece.text)
            .join('')
            .replace(/\s/g, ''),
        ).toBe(marked.text.replace(/\s/g, ''));
      }),
      { numRuns: 300 },
    );
  });

  it('takes time in proportion to the text, whatever it is made of', () => {
    // Would not end within the test's time if any boundary finder went back over the text.
    for (const text of [' \n'.repeat(50_000), '<'.repeat(100_000), 'https://'.repeat(12_000), 'a'.repeat(100_000)]) {
      expect(textsOf(text, 4096).join('').length).toBeLessThanOrEqual(text.length);
    }
  });
});

describe('splitWithin', () => {
  it('ends the last part with an ellipsis when there are too many', () => {
    const { pieces, isCut } = splitWithin(paragraphs('one two three four five six'), {
      max: 8,
      unit: 'utf16',
      maxParts: 2,
    });
    expect([pieces.map((piece) => piece.text), isCut]).toEqual([['one two', 'three…'], true]);
  });

  it('leaves a text that fits as it is', () => {
    expect(splitWithin(paragraphs('one'), { max: 8, unit: 'utf16', maxParts: 1 }).isCut).toBe(false);
    expect(endEarly(unmarked('12345678'), { max: 8, unit: 'utf16' }).text).toBe('1234567…');
  });
});

describe('spellOutLinks', () => {
  it('writes addresses after their labels and moves the other marks', () => {
    const marked = mdastToMarked(rootOf('**see [a](https://a.example) and [b](https://b.example)** *end*'), {
      monospace: false,
    });
    const spelt = spellOutLinks(marked, () => true);
    expect(spelt.text).toBe('see a (https://a.example) and b (https://b.example) end');
    const styled = spelt.marks.map((one) => [one.kind, spelt.text.slice(one.start, one.end)]);
    expect(styled).toContainEqual(['bold', 'see a (https://a.example) and b (https://b.example)']);
    expect(styled).toContainEqual(['italic', 'end']);
    expect(styled.filter(([kind]) => kind === 'link')).toEqual([]);
  });

  it('does not repeat an address that is its own label', () => {
    const marked = mdastToMarked(rootOf('https://a.example/x and help@a.example'), { monospace: false });
    expect(spellOutLinks(marked, () => true).text).toBe('https://a.example/x and help@a.example');
  });
});
