/** Text of strangers made safe to show to a model: cleaned, cut, and fenced as data with a mark nobody can guess. */
import { createHash } from 'node:crypto';

/**
 * Control characters, direction overrides, zero-width, tag and variation characters: they hide words from people. The
 * joiners U+200C and U+200D stay, because some scripts need them; so do line break and tab.
 */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]|[\u{E0100}-\u{E01EF}]/gu;

/** Without hidden characters, at most `max` characters. Line breaks and tabs stay. */
export function cleanText(text: string, max: number): string {
  const clean = text.replaceAll(/\r\n?/g, '\n').replaceAll(HIDDEN, '');
  return clean.length > max ? `${clean.slice(0, max)}…` : clean;
}

export type Fence = {
  /** `body` between marks that say where it comes from and that it is data. */
  readonly data: (source: string, body: string) => string;
};

/**
 * Fences of one turn. The mark is derived from the turn's id, which people never see, so that nobody can write a fence
 * that closes ours; and a replay makes the same one.
 */
export function createFence(turn: string): Fence {
  const mark = createHash('sha256').update(`fence:${turn}`).digest('hex').slice(0, 12);
  return {
    data: (source, body) => {
      const inside = body.replaceAll(mark, '');
      return `<<<data ${mark} ${source}>>>\n${inside}\n<<<end ${mark}>>>`;
    },
  };
}
