/** Turning a request body into data: JSON or `malformed`, a shape or `malformed` with the path that failed. */
import type { z } from 'zod';
import { InvalidPayloadError } from '../core/errors.ts';

/** The body as JSON. Throws InvalidPayloadError('malformed'). */
export function parseJson(rawBody: string): unknown {
  try {
    return JSON.parse(rawBody);
  } catch (cause) {
    throw new InvalidPayloadError('malformed', 'The body is not JSON. Send one JSON object.', { cause });
  }
}

/** The text as JSON, or undefined when it is none: for answers, which nobody can be told to correct. */
export function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The payload in our shape; `at` is where it hangs in the body. Throws InvalidPayloadError('malformed') with the path. */
export function parseShape<Shape>(
  schema: z.ZodType<Shape>,
  payload: unknown,
  { at = '' }: { readonly at?: string } = {},
): Shape {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = [at, ...(issue?.path ?? [])].filter((step) => step !== '').join('.');
  const what = issue?.message ?? 'unexpected shape';
  throw new InvalidPayloadError('malformed', `The payload is malformed at "${path}": ${what}.`, { path });
}

/** The text at most `max` code units long, without what databases and JSON refuse: NUL and lone surrogates. */
export function cleanText(text: string, max: number): string {
  return text.slice(0, max).toWellFormed().replaceAll('\0', '');
}
