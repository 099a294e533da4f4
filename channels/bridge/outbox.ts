/** Outbox: sends a thread's due deliveries in order, and records what became of each. */

import type { Delivery } from '../../core/delivery.ts';
import { errorCode, TransientError } from '../../core/errors.ts';
import type { ThreadId } from '../../core/ids.ts';
import type { Memory } from '../../memory/memory.ts';
import type { Claim } from '../../memory/outbox.ts';
import type { Connection, Rendered } from '../channel.ts';

const CLAIM_MS = 60_000;
/** After this many tries a delivery is failed and operators see it. */
const MAX_ATTEMPTS = 8;
const FIRST_BACKOFF_MS = 1_000;
const LAST_BACKOFF_MS = 300_000;

export type OutboxParts = {
  readonly memory: Pick<Memory, 'outbox'>;
  readonly holder: string;
  readonly connectionOf: (delivery: Pick<Delivery, 'channel' | 'connection'>) => Connection | undefined;
  readonly onSent: (delivery: Delivery) => void;
  readonly log: { readonly warn: (message: string, data: object) => void };
};

export type Sender = {
  /** Sends everything that is due on a thread. Returns at once when another holder is sending there. */
  readonly sendThread: (thread: ThreadId) => Promise<void>;
  /** The class rule for claims whose sender died: only what may arrive twice goes back to the queue. */
  readonly settleLostClaims: () => Promise<number>;
};

export function createSender(parts: OutboxParts): Sender {
  return {
    sendThread: async (thread) => {
      for (;;) {
        const claim = await parts.memory.outbox.claim(thread, { holder: parts.holder, claimMs: CLAIM_MS });
        if (!claim) return;
        const isDone = await sendClaim(parts, claim);
        if (!isDone) return;
      }
    },
    settleLostClaims: async () => {
      const claims = await parts.memory.outbox.listLostClaims(100);
      for (const claim of claims) await settleUnknown(parts, claim);
      return claims.length;
    },
  };
}

/** True when the thread may go on with its next delivery. */
async function sendClaim(parts: OutboxParts, claim: Claim): Promise<boolean> {
  const connection = parts.connectionOf(claim.delivery);
  if (!connection) return parts.memory.outbox.markFailed(claim, 'connection_missing');
  try {
    const rendered = render(parts, claim, connection);
    if (!rendered) return parts.memory.outbox.markFailed(claim, 'invalid_content');
    const outcome = await sendParts(parts, { claim, connection, rendered });
    if (outcome === 'unknown') return await settleUnknown(parts, claim);
    await parts.memory.outbox.markSent(claim, rendered.losses);
    parts.onSent({ ...claim.delivery, state: 'sent' });
    return true;
  } catch (error) {
    return settleError(parts, { claim, error });
  }
}

/** Null when the channel's own code fails: nothing has left then, and trying again cannot help. */
function render(parts: OutboxParts, { delivery }: Claim, connection: Connection): Rendered | null {
  try {
    return connection.render(delivery.reply);
  } catch (error) {
    parts.log.warn('a delivery cannot be rendered', { delivery: delivery.id, code: errorCode(error) });
    return null;
  }
}

type Sending = { readonly claim: Claim; readonly connection: Connection; readonly rendered: Rendered };

/** Each part is recorded before the next one leaves, so that a retry goes on where this one stopped. */
async function sendParts(parts: OutboxParts, { claim, connection, rendered }: Sending): Promise<'sent' | 'unknown'> {
  for (const [position, part] of rendered.parts.entries()) {
    if (position < claim.partsSent) continue;
    const outcome = await connection.send(part, { ...claim.delivery, position });
    if (outcome.kind === 'unknown') return 'unknown';
    const isHeld = await parts.memory.outbox.recordPart(claim, { position, platformId: outcome.platformId });
    if (!isHeld) throw new TransientError('lane_lost', `Another sender took delivery ${claim.delivery.id}.`);
  }
  return 'sent';
}

/** May it arrive twice? Crisis and hand-over words may, and so may what the other side drops by its key. */
async function settleUnknown(parts: OutboxParts, claim: Claim): Promise<boolean> {
  const { messageClass } = claim.delivery;
  const isKeyed = parts.connectionOf(claim.delivery)?.profile.keyedSend ?? false;
  const resend =
    (isKeyed || messageClass === 'crisis' || messageClass === 'hand_over') && claim.delivery.attempts < MAX_ATTEMPTS;
  parts.log.warn('a delivery may or may not have arrived', { delivery: claim.delivery.id, resend });
  await parts.memory.outbox.markUnknown(claim, resend);
  return !resend;
}

async function settleError(
  parts: OutboxParts,
  { claim, error }: { readonly claim: Claim; readonly error: unknown },
): Promise<boolean> {
  const code = errorCode(error);
  if (code === 'lane_lost' || code === 'store_down') return false;
  parts.log.warn('a delivery was not sent', { delivery: claim.delivery.id, code, attempt: claim.delivery.attempts });
  // Being told to wait is not a failure: it is never counted against the delivery.
  const mayWait = code === 'channel_rate_limited' || claim.delivery.attempts < MAX_ATTEMPTS;
  if (error instanceof TransientError && mayWait) {
    const backoff = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** claim.delivery.attempts);
    await parts.memory.outbox.putBack(claim, { afterMs: error.afterMs ?? backoff, code });
    return false;
  }
  // Not one of ours: nobody knows how far the request went.
  return code === 'unexpected' ? settleUnknown(parts, claim) : parts.memory.outbox.markFailed(claim, code);
}
