/** Questions that ask the same thing come together; others stay apart. */
import { describe, expect, it } from 'vitest';
import { type AskedQuestion, clusterQuestions } from '../../core/cluster-questions.ts';
import { embedLexically } from '../../core/embedding.ts';

let minute = 0;
function asked(text: string): AskedQuestion {
  minute += 1;
  return { text, askedAt: new Date(minute * 60_000).toISOString(), vector: embedLexically(text) };
}

describe('clusterQuestions', () => {
  it('groups by meaning, largest group first, newest question first', () => {
    const clusters = clusterQuestions([
      asked('do you have a studio in Lisbon?'),
      asked('can I get the recordings on a disc?'),
      asked('have you got a studio in Lisbon'),
      asked('a studio in Lisbon, do you have one?'),
    ]);
    expect(clusters.map(({ questions }) => questions.length)).toEqual([3, 1]);
    expect(clusters[0]?.questions[0]?.text).toBe('a studio in Lisbon, do you have one?');
    expect(clusters[0]?.example.text).toMatch(/Lisbon/);
  });

  it('gives the same groups whatever order the questions come in', () => {
    const questions = ['can I bring my dog?', 'are dogs allowed?', 'is the course in French?', 'may my dog come?'].map(
      asked,
    );
    const shape = (list: readonly AskedQuestion[]) =>
      clusterQuestions(list).map((one) => one.questions.map((q) => q.text));
    expect(shape(questions.toReversed())).toEqual(shape(questions));
  });

  it('takes nothing, and words without meaning', () => {
    expect(clusterQuestions([])).toEqual([]);
    expect(clusterQuestions([asked('???'), asked('!!!')])).toHaveLength(1);
  });
});
