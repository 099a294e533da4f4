/** Passages: one per heading, long ones cut at paragraphs, each with its place. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnowledgeDocument } from '../../core/knowledge.ts';
import { searchTextOf, splitDocument } from '../../core/split-document.ts';

function split(body: string, change: Partial<KnowledgeDocument> = {}) {
  return splitDocument({ id: 'help/pay', title: 'Paying', audience: 'public', language: 'en', body, ...change });
}

describe('splitDocument', () => {
  it('gives each section its headings, outermost first, and its place', () => {
    const passages = split(
      ['# Paying', 'Intro.', '## In parts', 'Monthly.', '### When', 'On the first.', '## At once', 'By card.'].join(
        '\n',
      ),
    );
    expect(passages.map(({ id, position, headings, text }) => ({ id, position, headings, text }))).toEqual([
      { id: 'help/pay#0', position: 0, headings: [], text: 'Intro.' },
      { id: 'help/pay#1', position: 1, headings: ['In parts'], text: 'Monthly.' },
      { id: 'help/pay#2', position: 2, headings: ['In parts', 'When'], text: 'On the first.' },
      { id: 'help/pay#3', position: 3, headings: ['At once'], text: 'By card.' },
    ]);
  });

  it('carries title, audience, language and address of its document', () => {
    const [passage] = split('Words.', { audience: 'members', language: 'de', url: 'https://school.example/zahlen' });
    expect(passage).toMatchObject({
      document: 'help/pay',
      title: 'Paying',
      audience: 'members',
      language: 'de',
      url: 'https://school.example/zahlen',
    });
    expect(split('Words.')[0]?.url).toBeNull();
  });

  it('cuts long sections at paragraph ends and keeps short paragraphs together', () => {
    const paragraph = (letter: string): string => letter.repeat(300);
    const texts = split(['## Long', paragraph('a'), '', paragraph('b'), '', paragraph('c')].join('\n')).map(
      ({ text }) => text,
    );
    expect(texts).toEqual([`${paragraph('a')}\n\n${paragraph('b')}`, paragraph('c')]);
  });

  it('cuts a paragraph without end at lines, else at sentences, else between words, else anywhere', () => {
    const longest = (body: string): number => Math.max(...split(body).map(({ text }) => text.length));
    const lines = `${'x'.repeat(90)}\n`.repeat(40);
    expect(split(lines).every(({ text }) => text.length % 91 === 90)).toBe(true);
    const sentences = 'It opens at nine. '.repeat(200);
    expect(split(sentences).every(({ text }) => text.endsWith('.'))).toBe(true);
    expect(split('word '.repeat(1_000)).every(({ text }) => /^(word ?)+$/.test(text))).toBe(true);
    expect(longest('x'.repeat(50_000))).toBeLessThanOrEqual(1_400);
    expect(split('🙂'.repeat(5_000)).every(({ text }) => text.isWellFormed())).toBe(true);
    expect(split('x'.repeat(1_400))).toHaveLength(1);
  });

  it('reads a megabyte on one line, and a heading of spaces, without going over it again and again', () => {
    // Quadratic work would run into the time limit of the test by hours.
    expect(
      split('a'.repeat(1_000_000))
        .map(({ text }) => text)
        .join(''),
    ).toHaveLength(1_000_000);
    expect(split(`# a${' '.repeat(1_000_000)}b\nText.`)).toHaveLength(1);
    expect(split(`# a${' #'.repeat(500_000)}b\nText.`)).toHaveLength(1);
  });

  it('takes number signs at the end off a heading, but not off a name', () => {
    expect(split('## When ##\nNow.\n## In C#\nYes.').map(({ headings }) => headings)).toEqual([['When'], ['In C#']]);
  });

  it('takes no line of a piece of code for a heading', () => {
    expect(split('## Setup\n```sh\n# install\nrun\n```\nDone.')).toMatchObject([
      { headings: ['Setup'], text: '```sh\n# install\nrun\n```\nDone.' },
    ]);
  });

  it('leaves empty sections out', () => {
    expect(split('## Empty\n\n## Full\nWords.').map(({ headings }) => headings)).toEqual([['Full']]);
    expect(split('   \n')).toEqual([]);
  });

  it('takes no number sign inside a line for a heading', () => {
    expect(split('Room #4 and #hashtag\n#nospace').map(({ headings }) => headings)).toEqual([[]]);
  });

  it('loses no word of any body', () => {
    const line = fc.oneof(
      fc.constantFrom('', '## Two', '### Three', '# One'),
      fc.stringMatching(/^[a-z]{1,8}( [a-z]{1,8}){0,30}$/),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);
        const kept = split(lines.join('\n') || ' ').flatMap(({ text }) => words(text));
        expect(kept).toEqual(lines.filter((one) => !one.startsWith('#')).flatMap(words));
      }),
    );
  });
});

it('searchTextOf puts the place before the words', () => {
  expect(searchTextOf({ title: 'Paying', headings: ['In parts', 'When'], text: 'On the first.' })).toBe(
    'Paying\nIn parts\nWhen\nOn the first.',
  );
});
