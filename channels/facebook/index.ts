/** The Facebook room: comments under the posts of one page, answered in public. */
import { z } from 'zod';
import type { ChannelProfile } from '../../core/profile.ts';
import type { ChannelRoom, Imitation, WebhookRequest } from '../channel.ts';
import { numberOf } from '../imitation.ts';
import { RootUrl, readSettings } from '../settings.ts';
import { replyToComment } from './api.ts';
import { renderFacebook } from './render.ts';
import { answerFacebookChallenge, parseFacebook, signFacebook, verifyFacebook } from './webhook.ts';

const FacebookSettings = z.object({
  appSecret: z.string().min(1, 'must be the app secret of the Meta app'),
  verifyToken: z.string().min(1, 'must be the verify token entered in the Meta app'),
  pageToken: z.string().min(1, 'must be a page access token'),
  /** Beside the page that a notification names, whose comments are ours. */
  pageId: z.string().optional(),
  apiRoot: RootUrl.default('https://graph.facebook.com/v24.0'),
});
type FacebookSettings = z.infer<typeof FacebookSettings>;

const profile: ChannelProfile = {
  text: { max: 8000, unit: 'utf16', maxParts: 1 },
  format: 'plain',
  choices: { max: 0, labelMax: 0 },
  media: false,
  edit: true,
  typing: false,
  streaming: false,
  keyedSend: false,
  rate: { perSecond: 10 },
  burst: { quietMs: 700, capMs: 3000 },
};

export const facebookRoom: ChannelRoom<FacebookSettings> = {
  name: 'facebook',
  profile,
  settings: FacebookSettings,
  open: ({ name, settings, ports }) => {
    const { verifyToken, pageId, ...account } = readSettings(FacebookSettings, settings, { channel: 'facebook', name });
    const connection = `facebook/${name}`;
    return {
      channel: 'facebook',
      name,
      profile,
      answerChallenge: (request) => answerFacebookChallenge(request, { verifyToken }),
      verify: (request) => verifyFacebook(request, account),
      parse: (verified, receivedAt) => parseFacebook(verified, { connection: name, receivedAt, pageId }),
      render: (reply) => renderFacebook(reply, profile),
      send: (part, target) => replyToComment({ ...account, connection, ports }, { part, target }),
    };
  },
  imitate,
};

/** A new comment under the post `thread`. Comments have no buttons: a choice is its label, written. */
function imitate(imitation: Imitation, { appSecret, pageId = '100000000000001' }: FacebookSettings): WebhookRequest {
  const { sender, does } = imitation;
  const createdAt = Math.floor(Date.parse(imitation.at) / 1000);
  const post = `${pageId}_${numberOf(imitation.thread)}`;
  const value = {
    item: 'comment',
    verb: 'add',
    comment_id: `${numberOf(imitation.thread)}_${numberOf(imitation.externalId)}`,
    post_id: post,
    parent_id: post,
    created_time: createdAt,
    from: { id: String(numberOf(sender.externalId)), name: sender.displayName ?? 'Somebody' },
    message: 'says' in does ? does.says : does.label,
  };
  const entry = { id: pageId, time: createdAt, changes: [{ field: 'feed', value }] };
  const rawBody = JSON.stringify({ object: 'page', entry: [entry] });
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': signFacebook(rawBody, appSecret) },
    query: {},
    rawBody,
  };
}
