/** The BuddyBoss room: private messages and activity comments of a WordPress community, through our own plugin there. */
import { z } from 'zod';
import type { ChannelProfile } from '../../core/profile.ts';
import type { ChannelRoom, Imitation, WebhookRequest } from '../channel.ts';
import { numberOf } from '../imitation.ts';
import { escapeHtml } from '../render/html.ts';
import { RootUrl, readSettings } from '../settings.ts';
import { postToPlugin } from './api.ts';
import { renderBuddyboss } from './render.ts';
import { parseBuddyboss, signStandardWebhook, verifyBuddyboss } from './webhook.ts';

const BuddybossSettings = z.object({
  /** The site's address, e.g. `https://community.example`. */
  url: RootUrl,
  secret: z.string().regex(/^whsec_[A-Za-z0-9+/]{16,}={0,2}$/, 'must be the whsec_… secret of the paired plugin'),
});
type BuddybossSettings = z.infer<typeof BuddybossSettings>;

const profile: ChannelProfile = {
  // The site enforces no limit; this is what still reads as one message.
  text: { max: 20_000, unit: 'characters', maxParts: 5 },
  format: 'html',
  choices: { max: 0, labelMax: 0 },
  media: false,
  edit: true,
  typing: false,
  streaming: false,
  keyedSend: true,
  rate: { perSecond: 10 },
  burst: { quietMs: 700, capMs: 3000 },
};

export const buddybossRoom: ChannelRoom<BuddybossSettings> = {
  name: 'buddyboss',
  profile,
  settings: BuddybossSettings,
  open: ({ name, settings, ports }) => {
    const account = readSettings(BuddybossSettings, settings, { channel: 'buddyboss', name });
    const site = { ...account, connection: `buddyboss/${name}`, ports };
    return {
      channel: 'buddyboss',
      name,
      profile,
      verify: (request) => verifyBuddyboss(request, { secret: account.secret, now: ports.clock() }),
      parse: (verified, receivedAt) => parseBuddyboss(verified, { connection: name, receivedAt }),
      render: (reply) => renderBuddyboss(reply, profile),
      send: (part, target) => postToPlugin(site, { part, target }),
    };
  },
  imitate,
};

/** A private message. BuddyBoss has no buttons: a choice is its label, written. */
function imitate(imitation: Imitation, { secret }: BuddybossSettings): WebhookRequest {
  const { sender, does, externalId: id } = imitation;
  const body = JSON.stringify({
    type: 'message',
    id: numberOf(id),
    thread_id: numberOf(imitation.thread),
    sender: {
      id: numberOf(sender.externalId),
      name: sender.displayName ?? 'Somebody',
      ...(sender.locale && { locale: sender.locale }),
    },
    message_html: escapeHtml('says' in does ? does.says : does.label),
    sent_at: new Date(imitation.at).toISOString(),
    is_own: false,
  });
  const timestamp = String(Math.floor(Date.parse(imitation.at) / 1000));
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signStandardWebhook({ id, timestamp, body }, secret),
    },
    query: {},
    rawBody: body,
  };
}
