/** Hands a model's words on while it writes, and keeps back what may turn out not to be the answer. */
import type { ActOptions } from './model.ts';

/**
 * Words in front of a tool call ("let me look …") are one short sentence. So an answer that may still ask for a tool is kept
 * until a second sentence begins, or the first is longer than such a one; the rest then streams. Should a tool call follow all
 * the same, what was shown is withdrawn.
 */
const HELD_CHARACTERS = 120;
const SECOND_SENTENCE = /[.!?…]["')\]]*\s+\S/;

export type Voice = {
  readonly words: (words: string) => void;
  /** The words are the answer: shows what is still held. */
  readonly release: () => void;
  /** The words are not the answer: drops what is held, takes back what was shown. */
  readonly withdraw: () => void;
};

/** The voice of one model call. `mayCallTools`: false streams from the first word. */
export function createVoice(options: ActOptions, mayCallTools: boolean): Voice {
  let held = '';
  let isSpeaking = !mayCallTools;
  let hasSpoken = false;
  const speak = (words: string): void => {
    if (words === '') return;
    hasSpoken = true;
    options.onToken?.(words);
  };
  const release = (): void => {
    isSpeaking = true;
    speak(held);
    held = '';
  };
  return {
    release,
    words: (words) => {
      if (isSpeaking) return speak(words);
      held += words;
      if (held.length > HELD_CHARACTERS || SECOND_SENTENCE.test(held)) release();
    },
    withdraw: () => {
      held = '';
      if (hasSpoken) options.onWithdraw?.();
      hasSpoken = false;
    },
  };
}
