/** Reads request bodies as bytes, capped, before anything looks into them. */
import type { Context } from 'koa';
import rawBody from 'raw-body';
import type { z } from 'zod';
import { InvalidPayloadError } from '../core/errors.ts';

const MAX_BODY = 1_048_576;

/** The body as text. Throws InvalidPayloadError: `wrong_type` (415), `too_large` (413), `malformed` (cut off). */
export async function readBody(context: Context): Promise<string> {
  if (!context.is('application/json')) {
    throw new InvalidPayloadError('wrong_type', 'This address takes application/json only.', { path: 'content-type' });
  }
  try {
    return await rawBody(context.req, { limit: MAX_BODY, encoding: 'utf8', length: context.request.length });
  } catch (error) {
    if (error instanceof Error && 'type' in error && error.type === 'entity.too.large') {
      // The rest of the body is not read; the connection cannot be used again.
      context.set('connection', 'close');
      throw new InvalidPayloadError('too_large', `The body is larger than ${MAX_BODY} bytes.`, { cause: error });
    }
    throw new InvalidPayloadError('malformed', 'The body did not arrive whole.', { cause: error });
  }
}

/** The body as a checked value. Throws InvalidPayloadError('malformed') naming the path that failed. */
export async function readJson<Schema extends z.ZodType>(context: Context, schema: Schema): Promise<z.output<Schema>> {
  const text = await readBody(context);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidPayloadError('malformed', 'The body is not JSON.', { path: 'body', cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  throw new InvalidPayloadError('malformed', `${path || 'body'}: ${issue?.message ?? 'not as expected'}`, { path });
}
