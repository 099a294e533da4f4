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

  it('never cuts inside a paragraph', () => {
    expect(split('x'.repeat(5_000)).map(({ text }) => text.length)).toEqual([5_000]);
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
