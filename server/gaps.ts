/** Knowledge gaps as the console and the command show them: the same question in other words counts once. */
import { clusterQuestions, type QuestionCluster } from '../core/cluster-questions.ts';
import { embedLexically } from '../core/embedding.ts';
import type { Gap, GapCluster } from '../memory/gaps.ts';

/** More than anybody reads; the newest count. */
export const MOST_GAPS = 2_000;

type AskedGap = Gap & { readonly vector: readonly number[] };

/** Groups gaps that ask the same thing; most asked first. */
export function clusterGaps(gaps: readonly Gap[]): readonly GapCluster[] {
  return clusterQuestions(gaps.map((gap) => ({ ...gap, vector: embedLexically(gap.text) }))).map(clusterOf);
}

function clusterOf({ example, questions }: QuestionCluster<AskedGap>): GapCluster {
  return {
    example: example.text,
    asked: questions.length,
    lastAskedAt: questions[0]?.askedAt ?? '',
    questions: questions.map(({ vector: _vector, ...gap }) => gap),
  };
}
