/** Measuring text in a channel's own unit, and finding how much of it fits. */
import type { ChannelProfile, LengthUnit } from '../../core/profile.ts';

export type TextLimit = Pick<ChannelProfile['text'], 'max' | 'unit'>;

const graphemeSegmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The length of the text in the unit. */
export function measure(text: string, unit: LengthUnit): number {
  switch (unit) {
    case 'utf16':
      return text.length;
    case 'utf8':
      return Buffer.byteLength(text);
    case 'characters':
      return [...text].length;
    case 'graphemes':
      return [...graphemeSegmenter.segment(text)].length;
  }
}

/**
 * How many code units of the text fit, in whole graphemes. Only a first grapheme that is itself over the limit is cut,
 * between characters. At least one character, whatever the limit, so that splitting always ends.
 */
export function fittingLength(text: string, limit: TextLimit): number {
  const whole = take(graphemesOf(text), limit);
  if (whole > 0) return whole;
  const [first = ''] = graphemesOf(text);
  return take(first, limit) || String.fromCodePoint(first.codePointAt(0) ?? 0).length;
}

function* graphemesOf(text: string): Iterable<string> {
  for (const { segment } of graphemeSegmenter.segment(text)) yield segment;
}

function take(pieces: Iterable<string>, { max, unit }: TextLimit): number {
  let used = 0;
  let length = 0;
  for (const piece of pieces) {
    used += unit === 'graphemes' ? 1 : measure(piece, unit);
    if (used > max) break;
    length += piece.length;
  }
  return length;
}
