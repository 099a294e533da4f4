/** Joins found passages that stand next to each other in their document: a thought is often cut in two. Pure. */
import type { FoundPassage } from './knowledge.ts';

/** Characters; above this a neighbour stays by itself, so that a passage is still about one thing. */
const LONGEST = 2_000;

/**
 * The passages in the order they came, neighbours joined in reading order under the id, score and similarity of the one
 * that was found first. A heading that begins within the text stands above its part.
 */
export function mergePassages(found: readonly FoundPassage[]): readonly FoundPassage[] {
  const merged: FoundPassage[] = [];
  const taken = new Set<string>();
  for (const passage of found) {
    if (taken.has(passage.id)) continue;
    const run = runOf(
      passage,
      found.filter((other) => other.document === passage.document && !taken.has(other.id)),
    );
    for (const { id } of run) taken.add(id);
    merged.push(run.length === 1 ? passage : join(passage, run));
  }
  return merged;
}

function join(passage: FoundPassage, run: readonly FoundPassage[]): FoundPassage {
  const parts = run.map(({ id, headings, text }) => ({ id, headings, text }));
  return { ...passage, headings: commonHeadings(run), text: joined(run), parts };
}

/** The unbroken run of positions around a passage, as long as it stays short enough. */
function runOf(passage: FoundPassage, others: readonly FoundPassage[]): readonly FoundPassage[] {
  const byPosition = new Map(others.map((other) => [positionOf(other), other]));
  const run = [passage];
  let length = passage.text.length;
  const take = (position: number): FoundPassage | null => {
    const next = byPosition.get(position);
    if (!next || length + next.text.length > LONGEST) return null;
    length += next.text.length;
    return next;
  };
  for (let at = positionOf(passage) + 1, next = take(at); next; at += 1, next = take(at)) run.push(next);
  for (let at = positionOf(passage) - 1, next = take(at); next; at -= 1, next = take(at)) run.unshift(next);
  return run;
}

/** The id of a passage is `<document>#<position>`. */
function positionOf({ id }: FoundPassage): number {
  return Number(id.slice(id.lastIndexOf('#') + 1));
}

function commonHeadings(run: readonly FoundPassage[]): string[] {
  const [first, ...rest] = run.map(({ headings }) => headings);
  const same = (first ?? []).findIndex((heading, level) => rest.some((headings) => headings[level] !== heading));
  return same < 0 ? [...(first ?? [])] : (first ?? []).slice(0, same);
}

function joined(run: readonly FoundPassage[]): string {
  const common = commonHeadings(run).length;
  let above = '';
  return run
    .map(({ headings, text }) => {
      const own = headings.slice(common).join(' – ');
      const heading = own === '' || own === above ? '' : `### ${own}\n\n`;
      above = own;
      return `${heading}${text}`;
    })
    .join('\n\n');
}
