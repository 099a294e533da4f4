/** The web room: the chat widget on the organisation's own pages. */
import { z } from 'zod';
import type { ChannelProfile } from '../../core/profile.ts';
import type { ChannelRoom, Imitation, WebhookRequest } from '../channel.ts';
import { uuidOf } from '../imitation.ts';
import { readSettings } from '../settings.ts';
import { leaveInOutbox } from './api.ts';
import { renderWeb } from './render.ts';
import { mintVisitorToken, parseWeb, verifyWeb } from './webhook.ts';

const WebSettings = z.object({
  /** Signs visitor tokens. Whoever has it can speak as any member. */
  secret: z.string().min(16, 'must be at least 16 characters long'),
});
type WebSettings = z.infer<typeof WebSettings>;

const profile: ChannelProfile = {
  text: { max: 1_000_000, unit: 'characters', maxParts: 1 },
  format: 'blocks',
  choices: { max: 10, labelMax: 80 },
  media: true,
  edit: true,
  typing: true,
  streaming: true,
  keyedSend: true,
  burst: { quietMs: 350, capMs: 2000 },
};

const tokenLifeMs = 15 * 60_000;

export const webRoom: ChannelRoom<WebSettings> = {
  name: 'web',
  profile,
  settings: WebSettings,
  open: ({ name, settings, ports }) => {
    const { secret } = readSettings(WebSettings, settings, { channel: 'web', name });
    return {
      channel: 'web',
      name,
      profile,
      verify: (request) => verifyWeb(request, { secret, now: ports.clock() }),
      parse: (verified, receivedAt) => parseWeb(verified, { connection: name, receivedAt }),
      render: renderWeb,
      send: async (_part, target) => leaveInOutbox(target),
    };
  },
  imitate,
};

/** On the web the sender is the thread; a sender `member:<id>` writes signed in. */
function imitate(imitation: Imitation, settings: WebSettings): WebhookRequest {
  const { externalId, displayName, locale } = imitation.sender;
  const member = /^member:(.+)$/.exec(externalId)?.[1];
  const token = mintVisitorToken(
    {
      visitor: member === undefined ? externalId : 'imitated',
      ...(member !== undefined && { member }),
      ...(displayName !== undefined && { name: displayName }),
      expires: Date.parse(imitation.at) + tokenLifeMs,
    },
    settings,
  );
  const { does } = imitation;
  const words = 'says' in does ? { text: does.says } : { choose: does.chooses, label: does.label };
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    query: {},
    rawBody: JSON.stringify({ id: uuidOf(imitation.externalId), ...(locale && { locale }), ...words }),
  };
}
