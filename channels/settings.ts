/** A connection's settings, checked by its room's schema before anything is opened with them. */
import { z } from 'zod';
import { PermanentError } from '../core/errors.ts';
import type { ChannelName } from '../core/event.ts';

/** An outside address without its trailing slash, so that paths can be appended. */
export const RootUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));

/** The settings in the schema's shape. Throws PermanentError('config_invalid'); the message never holds a value. */
export function readSettings<Settings>(
  schema: z.ZodType<Settings>,
  settings: unknown,
  { channel, name }: { readonly channel: ChannelName; readonly name: string },
): Settings {
  const result = schema.safeParse(settings);
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => `"${issue.path.join('.')}": ${issue.message}`).join('; ');
  throw new PermanentError(
    'config_invalid',
    `Connection ${channel}/${name} has wrong settings: ${wrong}. Set them and start again.`,
  );
}
