/** Reads the body of an answer under a cap that counts what comes out of decompression, not what comes in. */
import { Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { InvalidPayloadError } from '../../core/errors.ts';

export type BodyOptions = {
  /** The content-encoding as sent. */
  readonly encoding: string;
  /** Bytes, decompressed. */
  readonly limit: number;
  readonly signal: AbortSignal;
};

/** Throws InvalidPayloadError('too_large') at the first byte above the limit, `wrong_type` for an encoding not asked for. */
export async function readBody(body: AsyncIterable<Uint8Array>, options: BodyOptions): Promise<Uint8Array> {
  const raw = Readable.from(capped(body, options), { signal: options.signal, objectMode: false });
  const decoder = decoderOf(options.encoding);
  const pieces: Uint8Array[] = [];
  const plain = decoder === null ? raw : unpacked(raw.compose(decoder, { signal: options.signal }));
  try {
    for await (const piece of capped(plain, options)) pieces.push(piece);
  } finally {
    raw.destroy();
    decoder?.destroy();
  }
  return Buffer.concat(pieces);
}

/** Streams are typed as giving anything. */
function unpacked(stream: unknown): AsyncIterable<Uint8Array> {
  return stream as AsyncIterable<Uint8Array>;
}

async function* capped(body: AsyncIterable<Uint8Array>, { limit }: BodyOptions): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > limit) throw tooLarge(limit);
    yield piece;
  }
}

/** The refusal of a body above `limit` bytes. */
export function tooLarge(limit: number): InvalidPayloadError {
  const says = `is larger than ${Math.round(limit / 1_000_000)} MB when unpacked; split it or take it out`;
  return new InvalidPayloadError('too_large', says);
}

function decoderOf(encoding: string): Transform | null {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return null;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new InvalidPayloadError(
        'wrong_type',
        `is packed as "${encoding.slice(0, 40)}"; gzip, deflate and br are read`,
      );
  }
}
