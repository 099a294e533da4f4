/** Broadcast: the same words to many, each in their language, through the outbox like any other. */
import { z } from 'zod';
import { checkBlocks } from './check-text.ts';
import { InvalidPayloadError } from './errors.ts';
import { ChannelName } from './event.ts';
import { Localised } from './localised.ts';

export const Segment = z.strictObject({
  /** People in one of these stages of the journey; absent: in any, or in none yet. */
  stages: z.array(z.string()).min(1).optional(),
  tags: z.array(z.string()).min(1).optional(),
  channels: z.array(ChannelName).min(1).optional(),
});
export type Segment = z.infer<typeof Segment>;

/** `id` is made by whoever sends it: the same one twice is sent once. */
export const Broadcast = z.strictObject({
  id: z.uuid(),
  name: z.string().min(1).max(100),
  texts: Localised,
  segment: Segment.default({}),
});
export type Broadcast = z.infer<typeof Broadcast>;

/** Throws InvalidPayloadError('malformed') for words that no reply may contain either, e.g. a link to another host. */
export function checkBroadcast({ texts }: Broadcast, rules: { readonly allowedHosts: readonly string[] }): void {
  for (const [language, text] of Object.entries(texts)) {
    const { objections } = checkBlocks([{ kind: 'text', text }], { allowedHosts: rules.allowedHosts, isPublic: false });
    const [first] = objections;
    if (first === undefined) continue;
    throw new InvalidPayloadError(
      'malformed',
      `The text in "${language}" cannot be sent: it has ${first}. Change it, or allow the host in workspace.yaml.`,
      { path: `texts.${language}` },
    );
  }
}
