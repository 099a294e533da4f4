/** Groups questions that ask the same thing in other words, so that a hundred of them are read as ten. Pure. */

export type AskedQuestion = {
  readonly text: string;
  /** ISO time. */
  readonly askedAt: string;
  /** Unit length. */
  readonly vector: readonly number[];
};

export type QuestionCluster<Question extends AskedQuestion> = {
  /** The question nearest to all others of its group. */
  readonly example: Question;
  /** Newest first; the example is one of them. */
  readonly questions: readonly Question[];
};

/** Cosine from which on two questions ask the same thing: nine of ten of the sample school's exemplars then sit with their own kind. */
const SAME = 0.55;

/**
 * Leader clustering (Hartigan 1975): each question, oldest first, joins the group whose middle is nearest and near
 * enough, or begins one. Groups come largest first, then by their newest question.
 */
export function clusterQuestions<Question extends AskedQuestion>(
  questions: readonly Question[],
  same = SAME,
): readonly QuestionCluster<Question>[] {
  const groups: Question[][] = [];
  for (const question of questions.toSorted((a, b) => (a.askedAt < b.askedAt ? -1 : 1))) {
    const nearest = groups
      .map((group) => ({ group, similarity: cosine(question.vector, middleOf(group)) }))
      .toSorted((a, b) => b.similarity - a.similarity)[0];
    if (nearest && nearest.similarity >= same) nearest.group.push(question);
    else groups.push([question]);
  }
  return groups.map(clusterOf).toSorted(byWeight);
}

function clusterOf<Question extends AskedQuestion>(group: readonly Question[]): QuestionCluster<Question> {
  const middle = middleOf(group);
  const questions = group.toReversed();
  const ranked = questions.toSorted((a, b) => cosine(b.vector, middle) - cosine(a.vector, middle));
  // A group is never empty: it began with a question.
  return { example: ranked[0] as Question, questions };
}

function byWeight(a: QuestionCluster<AskedQuestion>, b: QuestionCluster<AskedQuestion>): number {
  const newest = (cluster: QuestionCluster<AskedQuestion>): string => cluster.questions[0]?.askedAt ?? '';
  return b.questions.length - a.questions.length || (newest(a) < newest(b) ? 1 : -1);
}

function middleOf(group: readonly AskedQuestion[]): readonly number[] {
  const sum = Array.from({ length: group[0]?.vector.length ?? 0 }, () => 0);
  for (const { vector } of group) for (const [index, value] of vector.entries()) sum[index] = (sum[index] ?? 0) + value;
  return sum;
}

function cosine(a: readonly number[], b: readonly number[]): number {
  let product = 0;
  for (let index = 0; index < a.length; index += 1) product += (a[index] ?? 0) * (b[index] ?? 0);
  const lengths = Math.hypot(...a) * Math.hypot(...b);
  return lengths === 0 ? 0 : product / lengths;
}
