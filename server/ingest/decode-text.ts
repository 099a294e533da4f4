/** From bytes to text that is fit to be stored: one kind of line end, nothing invisible, nothing that is no text. */
import { InvalidPayloadError } from '../../core/errors.ts';

/** Characters; far above any article, far below what would hold up the process. */
const MOST_CHARACTERS = 2_000_000;
const NUL = 0;

/** Decodes `bytes`. Throws InvalidPayloadError: `wrong_type` for what is no text, `malformed` for another encoding. */
export function decodeText(bytes: Uint8Array, charset: string | null): string {
  const label = bomOf(bytes) ?? charset ?? 'utf-8';
  if (!label.startsWith('utf-16') && bytes.subarray(0, 8_192).includes(NUL)) {
    throw new InvalidPayloadError('wrong_type', 'is not text (it holds NUL bytes); give it the ending of what it is');
  }
  return decodeAs(label, bytes);
}

function bomOf(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
}

function decodeAs(label: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch (error) {
    const line = lineOfFailure(bytes);
    const says = `is not ${label} text; save it as UTF-8`;
    throw new InvalidPayloadError('malformed', says, { cause: error, path: label === 'utf-8' ? line : '' });
  }
}

/** The line of the first byte that is not UTF-8. */
function lineOfFailure(bytes: Uint8Array): string {
  const good = new TextDecoder('utf-8').decode(bytes).split('\ufffd', 1)[0] ?? '';
  return String(good.split('\n').length);
}

/**
 * Takes out what nobody sees: control characters, and the tag characters and overrides of direction that hide words
 * from people and show them to a model. Throws InvalidPayloadError for texts without a word, and for very long ones.
 */
export function tidyText(text: string): string {
  if (text.length > MOST_CHARACTERS) {
    const says = `has ${text.length} characters, more than ${MOST_CHARACTERS}; split it into several documents`;
    throw new InvalidPayloadError('too_large', says);
  }
  return text
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll('\u00a0', ' ')
    .replaceAll(/(?!\n|\t)[\p{Cc}\p{Cs}\u{e0000}-\u{e007f}\u202a-\u202e\ufeff]/gu, '')
    .trim();
}

/** Throws InvalidPayloadError('malformed') when there is not one letter or digit: nobody could ever find it. */
export function requireWords(text: string, remedy: string): void {
  if (/[\p{L}\p{N}]/u.test(text)) return;
  const says = text.trim() === '' ? 'has no text' : `has no words, only "${[...text.trim()].slice(0, 12).join('')}"`;
  throw new InvalidPayloadError('malformed', `${says}; ${remedy}`);
}
