/** Every fixed sentence in every language that the sample workspace lists: English is a fallback, not an answer. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MEMORY_WORDS } from '../../agents/memory-words.ts';
import { WORDS } from '../../agents/words.ts';
import type { Localised } from '../../core/localised.ts';
import { readWorkspace } from '../../server/workspace.ts';

const { organisation, tone, safety } = await readWorkspace(join(import.meta.dirname, '../../workspace'));

/** `{name}` parts of a sentence: a language that drops one loses what it would have said. */
function partsOf(text: string): readonly string[] {
  return [...text.matchAll(/\{[a-z]+\}/g)].map(([part]) => part).toSorted();
}

describe.each(organisation.locales)('in %s', (language) => {
  it.each<readonly [string, Readonly<Record<string, Localised>>]>([
    ['workspace/tone.yaml', tone.phrases],
    ['workspace/safety.yaml', safety.texts],
    ['agents/words.ts', WORDS],
    ['agents/memory-words.ts', MEMORY_WORDS],
  ])('%s lacks nothing', (_file, phrases) => {
    expect(Object.keys(phrases).length).toBeGreaterThan(5);
    expect(Object.keys(phrases).filter((key) => !phrases[key]?.[language])).toEqual([]);
    const unlike = Object.entries(phrases).filter(
      ([, words]) => partsOf(words[language] ?? '').join() !== partsOf(words['en'] ?? '').join(),
    );
    expect(unlike.map(([key]) => key)).toEqual([]);
  });

  it('suggestions are written', () => {
    expect(organisation.suggestions[language]?.length).toBeGreaterThan(0);
  });
});
