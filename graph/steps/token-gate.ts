/**
 * The token gate: words leave while they are written only in whole sentences that pass the same text rules as `check`.
 * When one does not, the gate stays shut and the person sees the checked reply alone.
 */
import { checkBlocks } from '../../core/check-text.ts';

export type TokenGate = {
  readonly push: (text: string) => void;
  /** What came so far is not the answer: it is forgotten, and the next words begin anew. */
  readonly restart: () => void;
};

/** Characters of a sentence that does not end; looking for its end with every token would cost the square of its length. */
const MAX_HELD = 2_000;

export function createTokenGate(options: {
  readonly allowedHosts: readonly string[];
  readonly emit: (text: string) => void;
}): TokenGate {
  const rules = { allowedHosts: options.allowedHosts, isPublic: false };
  let held = '';
  let isShut = false;
  return {
    push: (text) => {
      if (isShut) return;
      held += text;
      const end = lastSentenceEnd(held);
      if (end === 0) {
        isShut = held.length > MAX_HELD;
        return;
      }
      const sentence = held.slice(0, end);
      const { objections } = checkBlocks([{ kind: 'text', text: sentence }], rules);
      if (objections.length > 0) {
        isShut = true;
        return;
      }
      held = held.slice(end);
      options.emit(sentence);
    },
    restart: () => {
      held = '';
      isShut = false;
    },
  };
}

/** Index after the last sentence end or line break followed by white space; 0 when there is none. */
function lastSentenceEnd(text: string): number {
  let end = 0;
  for (const match of text.matchAll(/[.!?…:]["')\]]*\s+|\n+/g)) end = match.index + match[0].length;
  return end;
}
