/** What changed between two texts, word by word: how `check` turned a draft into a reply. Pure. */

export type Change = { readonly kind: 'same' | 'removed' | 'added'; readonly text: string };

/** Beyond this the table would grow too large; the texts are then shown one after the other. */
const MAX_WORDS = 1_500;

/** The pieces in reading order; put together without `removed` they are `after`, without `added` they are `before`. */
export function diffWords(before: string, after: string): readonly Change[] {
  const [old, now] = [split(before), split(after)];
  if (old.length > MAX_WORDS || now.length > MAX_WORDS) return join([removed(before), added(after)]);
  const lengths = commonLengths(old, now);
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const [a, b] = [old[i], now[j]];
    if (a !== undefined && a === b) {
      changes.push({ kind: 'same', text: a });
      i += 1;
      j += 1;
    } else if (a !== undefined && (b === undefined || lengthAt(lengths, i + 1, j) >= lengthAt(lengths, i, j + 1))) {
      changes.push(removed(a));
      i += 1;
    } else {
      changes.push(added(b ?? ''));
      j += 1;
    }
  }
  return join(changes);
}

/** Words with the blanks that follow them. */
function split(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

type Lengths = readonly (readonly number[])[];

/** `[i][j]`: how many words the rests from i and from j have in common, in order. */
function commonLengths(old: readonly string[], now: readonly string[]): Lengths {
  const rows: number[][] = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    const [row, below] = [rows[i] ?? [], rows[i + 1] ?? []];
    for (let j = now.length - 1; j >= 0; j -= 1) {
      row[j] = old[i] === now[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return rows;
}

function lengthAt(lengths: Lengths, i: number, j: number): number {
  return lengths[i]?.[j] ?? 0;
}

function removed(text: string): Change {
  return { kind: 'removed', text };
}

function added(text: string): Change {
  return { kind: 'added', text };
}

function join(changes: readonly Change[]): readonly Change[] {
  const joined: Change[] = [];
  for (const change of changes) {
    const last = joined.at(-1);
    if (last?.kind === change.kind) joined[joined.length - 1] = { kind: change.kind, text: last.text + change.text };
    else if (change.text !== '') joined.push(change);
  }
  return joined;
}
