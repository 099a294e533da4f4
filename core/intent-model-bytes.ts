/**
 * An intent model as bytes, for the store: a header of JSON, then plain arrays, so that it opens in milliseconds. Weights
 * are kept as 16-bit steps of each feature's largest one, which changes no probability by more than a thousandth.
 */
import { z } from 'zod';
import { PermanentError } from './errors.ts';
import type { IntentModel } from './intent-model.ts';

/** Part of every stored model's version: another form of the bytes, or other features, is another model. */
export const MODEL_FORM = 'head-2';

const Header = z.object({
  form: z.literal(MODEL_FORM),
  names: z.array(z.string()),
  features: z.number().int(),
  wordFeatures: z.number().int(),
  classes: z.number().int(),
  unseen: z.number(),
  voteWeight: z.number(),
  calibration: z.object({ slope: z.number(), shift: z.number() }),
  threshold: z.number(),
});

const LENGTH_BYTES = 4;
const LARGEST_STEP = 32_767;

/** The model as bytes that any machine of today reads back (little-endian). */
export function encodeIntentModel({ names, space, head, ...rest }: IntentModel): Uint8Array {
  const { hashes, wordFeatures, idf, unseen } = space;
  const { classes } = head;
  const header = { form: MODEL_FORM, names, features: hashes.length, wordFeatures, classes, unseen, ...rest };
  const steps = toSteps(head.weights, classes);
  const json = padded(new TextEncoder().encode(JSON.stringify(header)));
  const length = new Uint8Array(Uint32Array.of(json.length).buffer);
  const arrays = [hashes, idf, head.bias, steps.largest, steps.steps];
  const parts = [
    length,
    json,
    ...arrays.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  ];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Throws PermanentError('broken_invariant') for bytes that are no model of this form. */
export function decodeIntentModel(bytes: Uint8Array): IntentModel {
  // A copy that starts at 0: arrays of numbers must be aligned in their buffer.
  const { buffer } = Uint8Array.from(bytes);
  const length = new Uint32Array(buffer, 0, 1)[0] ?? 0;
  const header = readHeader(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  const { names, features, wordFeatures, classes, unseen, ...rest } = header;
  let at = LENGTH_BYTES + length;
  const take = (bytesEach: number, count: number): number => {
    const start = at;
    at += bytesEach * count;
    return start;
  };
  const hashes = new Int32Array(buffer, take(4, features), features);
  const idf = new Float32Array(buffer, take(4, features), features);
  const bias = new Float32Array(buffer, take(4, classes), classes);
  const largest = new Float32Array(buffer, take(4, features), features);
  const steps = new Int16Array(buffer, take(2, features * classes), features * classes);
  const weights = fromSteps({ largest, steps }, classes);
  return { names, space: { hashes, wordFeatures, idf, unseen }, head: { classes, weights, bias }, ...rest };
}

function readHeader(bytes: Uint8Array): z.infer<typeof Header> {
  try {
    return Header.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw new PermanentError(
      'broken_invariant',
      `The stored intent model is not of the form ${MODEL_FORM}. Delete the rows of intent_models; the next start trains again.`,
      { cause: error },
    );
  }
}

/** Numbers of four bytes follow the header, so its length is a multiple of four. */
function padded(json: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(json.length / 4) * 4).fill(0x20);
  whole.set(json);
  return whole;
}

type Steps = { readonly largest: Float32Array; readonly steps: Int16Array };

function toSteps(weights: Float32Array, classes: number): Steps {
  const rows = weights.length / classes;
  const largest = new Float32Array(rows);
  const steps = new Int16Array(weights.length);
  for (let row = 0; row < rows; row += 1) {
    const part = weights.subarray(row * classes, (row + 1) * classes);
    const most = part.reduce((top, weight) => Math.max(top, Math.abs(weight)), 0);
    largest[row] = most;
    for (const [label, weight] of part.entries()) {
      steps[row * classes + label] = most === 0 ? 0 : Math.round((weight / most) * LARGEST_STEP);
    }
  }
  return { largest, steps };
}

function fromSteps({ largest, steps }: Steps, classes: number): Float32Array {
  const weights = new Float32Array(steps.length);
  for (let at = 0; at < steps.length; at += 1) {
    weights[at] = ((steps[at] ?? 0) * (largest[Math.floor(at / classes)] ?? 0)) / LARGEST_STEP;
  }
  return weights;
}
