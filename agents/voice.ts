/** Hands a model's words on while it writes, and keeps back what may turn out not to be the answer. */
import type { ActOptions } from './model.ts';

/**
 * Words in front of a tool call ("let me look …") are short. So the first characters of an answer that may still ask for
 * a tool are kept until there are more of them than such a sentence has; the rest then streams. Should a tool call follow
 * all the same, what was shown is withdrawn.
 */
const HELD_CHARACTERS = 120;

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
      if (held.length > HELD_CHARACTERS) release();
    },
    withdraw: () => {
      held = '';
      if (hasSpoken) options.onWithdraw?.();
      hasSpoken = false;
    },
  };
}
