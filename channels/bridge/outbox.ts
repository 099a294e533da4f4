/** Outbox: sends a thread's due deliveries in order, and records what became of each. */
import type { Delivery } from '../../core/delivery.ts';
import { errorCode, TransientError } from '../../core/errors.ts';
import type { ThreadId } from '../../core/ids.ts';
import type { Memory } from '../../memory/memory.ts';
import type { Claim, OutboxPort, SentPart } from '../../memory/outbox.ts';
import { connectionKey } from '../../memory/paces.ts';
import type { Connection, Rendered } from '../channel.ts';
import type { Count } from './count.ts';
import type { Owed } from './owed.ts';
import { WORTH_WAITING_MS, waitForTurn } from './pacing.ts';
import { createSlots, type Slots } from './slots.ts';

const CLAIM_MS = 60_000;
/** After this many tries a delivery is failed and operators see it. */
const MAX_ATTEMPTS = 8;
const FIRST_BACKOFF_MS = 1_000;
const LAST_BACKOFF_MS = 300_000;
/** Of the sends that run side by side in a process, those one connection may have. */
const PER_CONNECTION = 12;

export type OutboxParts = {
  readonly memory: Pick<Memory, 'outbox' | 'paces'>;
  readonly holder: string;
  readonly connectionOf: (delivery: Pick<Delivery, 'channel' | 'connection'>) => Connection | undefined;
  readonly onSent: (delivery: Delivery) => void;
  readonly count: Count;
  readonly owed: Owed;
  readonly perConnection?: number;
  readonly log: { readonly warn: (message: string, data: object) => void };
};

export type Sender = {
  /**
   * Sends everything that is due on a thread. Returns at once when another holder is sending there, and when its connection
   * has all its sends running: then the thread goes on by itself when one of them ends.
   */
  readonly sendThread: (thread: ThreadId) => Promise<void>;
  /** Claims whose sender died: what had not left goes again; of what was leaving only what may arrive twice. */
  readonly settleLostClaims: () => Promise<number>;
  /** How many runs ended so far: a process that sends counts on. */
  readonly ended: () => number;
  /** Takes no further delivery, and lets the parts end that are on their way. */
  readonly stop: () => Promise<void>;
};

type Sending = OutboxParts & { readonly slots: Slots; readonly isStopping: () => boolean };

export function createSender(parts: OutboxParts): Sender {
  const runs = new Set<Promise<void>>();
  const stopped = new AbortController();
  let ended = 0;
  const sendThread = (thread: ThreadId): Promise<void> => {
    const run = sendDue(sending, thread).finally(() => {
      runs.delete(run);
      ended += 1;
    });
    runs.add(run);
    return run;
  };
  const resume = (thread: ThreadId): void => {
    sendThread(thread).catch((error: unknown) => parts.log.warn('left for the sweeper', { code: errorCode(error) }));
  };
  const slots = createSlots(parts.perConnection ?? PER_CONNECTION, resume);
  const sending: Sending = { ...parts, slots, isStopping: () => stopped.signal.aborted };
  return {
    sendThread,
    ended: () => ended,
    settleLostClaims: async () => {
      const claims = await parts.memory.outbox.listLostClaims(100);
      for (const claim of claims) await (claim.isLeaving ? settleUnknown(parts, claim) : settleUnsent(parts, claim));
      if (claims.length > 0) parts.count('sweeper_rescues', { kind: 'delivery' }, claims.length);
      return claims.length;
    },
    stop: async () => {
      stopped.abort();
      await Promise.allSettled(runs);
    },
  };
}

async function sendDue(parts: Sending, thread: ThreadId): Promise<void> {
  const { memory, slots, holder } = parts;
  while (!parts.isStopping() && !slots.isDeferred(thread)) {
    const claim = await memory.outbox.claim(thread, { holder, claimMs: CLAIM_MS });
    if (!claim) return;
    const key = connectionKey(claim.delivery);
    if (!slots.enter(key, thread)) {
      await putOff(parts, claim, { afterMs: 0, code: 'channel_busy' });
      return slots.wait(key, thread);
    }
    const isDone = await sendClaim(parts, claim).finally(() => slots.leave(key));
    if (!isDone) return;
  }
}

/** True when the thread may have a next delivery to go on with. */
async function sendClaim(parts: Sending, claim: Claim): Promise<boolean> {
  const connection = parts.connectionOf(claim.delivery);
  if (!connection) return fail(parts, claim, 'connection_missing');
  try {
    const rendered = render(parts, claim, connection);
    if (!rendered) return await fail(parts, claim, 'invalid_content');
    const outcome = await sendParts(parts, { claim, connection, rendered });
    if (outcome.kind === 'wait') return await putOff(parts, claim, outcome);
    if (outcome.kind === 'unknown') return await settleUnknown(parts, claim);
    if (outcome.kind === 'suppressed') {
      countEnd(parts, claim, 'suppressed');
      return true;
    }
    const end = { losses: rendered.losses, last: outcome.last };
    const sent = await parts.owed.tell(() => parts.memory.outbox.markSent(claim, end), { hasMore: false });
    if (!sent) return false;
    countEnd(parts, claim, 'sent');
    parts.onSent({ ...claim.delivery, state: 'sent' });
    return sent.hasMore;
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

type Leaving = { readonly claim: Claim; readonly connection: Connection; readonly rendered: Rendered };
type Outcome =
  | { readonly kind: 'sent'; readonly last: SentPart | null }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'suppressed' }
  | { readonly kind: 'wait'; readonly afterMs: number; readonly code: string };

/** Each part is recorded before the next one leaves, so that a retry goes on where this one stopped; the last one with the end. */
async function sendParts(parts: Sending, { claim, connection, rendered }: Leaving): Promise<Outcome> {
  const { delivery } = claim;
  for (const [position, part] of rendered.parts.entries()) {
    if (position < claim.partsSent) continue;
    if (parts.isStopping()) return { kind: 'wait', afterMs: 0, code: 'sender_stopped' };
    const afterMs = await waitForTurn(parts.memory, { ...delivery, profile: connection.profile });
    if (afterMs !== null) return { kind: 'wait', afterMs, code: 'channel_pace' };
    const leave = await parts.memory.outbox.leave(claim, CLAIM_MS);
    if (leave === 'suppressed') return { kind: 'suppressed' };
    if (leave === 'closed') return { kind: 'wait', afterMs: WORTH_WAITING_MS, code: 'channel_pace' };
    if (leave === 'lost') throw lostTo(delivery);
    const outcome = await connection.send(part, { ...delivery, position });
    if (outcome.kind === 'unknown') return outcome;
    const sent = { position, platformId: outcome.platformId };
    if (position === rendered.parts.length - 1) return { kind: 'sent', last: sent };
    const record = (): Promise<boolean> => parts.memory.outbox.recordPart(claim, { ...sent, claimMs: CLAIM_MS });
    const isHeld = await parts.owed.tell<boolean | null>(record, null);
    if (isHeld === null) return { kind: 'wait', afterMs: 0, code: 'store_down' };
    if (!isHeld) throw lostTo(delivery);
  }
  return { kind: 'sent', last: null };
}

function lostTo({ id }: Delivery): TransientError {
  return new TransientError('lane_lost', `Another sender took delivery ${id}.`);
}

type Later = { readonly afterMs: number; readonly code: string };

/** Waiting is no failure: it is never counted against the delivery. */
async function putOff(parts: OutboxParts, claim: Claim, { afterMs, code }: Later): Promise<false> {
  return putBack(parts, claim, { afterMs, code, isWait: true });
}

async function putBack(parts: OutboxParts, claim: Claim, how: Parameters<OutboxPort['putBack']>[1]): Promise<false> {
  await parts.owed.tell(() => parts.memory.outbox.putBack(claim, how), false);
  return false;
}

async function fail(parts: OutboxParts, claim: Claim, code: string): Promise<boolean> {
  countEnd(parts, claim, 'failed');
  return parts.owed.tell(() => parts.memory.outbox.markFailed(claim, code), false);
}

function countEnd({ count }: OutboxParts, { delivery }: Claim, state: string): void {
  count('deliveries', { state, channel: delivery.channel });
}

/** Its sender died before anything left. What kills every sender ends where operators see it. */
async function settleUnsent(parts: OutboxParts, claim: Claim): Promise<void> {
  if (claim.tries >= MAX_ATTEMPTS) return void (await fail(parts, claim, 'sender_died'));
  await putBack(parts, claim, { afterMs: 0, code: 'sender_died', isWait: false });
}

/** May it arrive twice? Crisis and hand-over words may, and so may what the other side drops by its key. */
async function settleUnknown(parts: OutboxParts, claim: Claim): Promise<boolean> {
  const { messageClass, channel } = claim.delivery;
  const isKeyed = parts.connectionOf(claim.delivery)?.profile.keyedSend ?? false;
  const mayRepeat = isKeyed || messageClass === 'crisis' || messageClass === 'hand_over';
  const resend = mayRepeat && claim.tries < MAX_ATTEMPTS;
  parts.log.warn('a delivery may or may not have arrived', { delivery: claim.delivery.id, resend });
  parts.count('unknown_sends', { channel });
  if (!resend) countEnd(parts, claim, 'unknown');
  const isTold = await parts.owed.tell<boolean | null>(() => parts.memory.outbox.markUnknown(claim, resend), null);
  return isTold !== null && !resend;
}

async function settleError(
  parts: OutboxParts,
  { claim, error }: { readonly claim: Claim; readonly error: unknown },
): Promise<boolean> {
  const code = errorCode(error);
  if (code === 'lane_lost') return false;
  // Only before a part leaves is the store asked for anything that is not told later.
  if (code === 'store_down') return putOff(parts, claim, { afterMs: 0, code });
  parts.log.warn('a delivery was not sent', { delivery: claim.delivery.id, code, attempt: claim.tries });
  if (error instanceof TransientError) {
    // A channel that says "wait" without saying how long is asked less and less often.
    const steps = code === 'channel_rate_limited' ? claim.delivery.attempts : claim.tries;
    const afterMs = error.afterMs ?? Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** steps);
    if (code === 'channel_rate_limited') return closeConnection(parts, claim, afterMs);
    if (claim.tries < MAX_ATTEMPTS) {
      return putBack(parts, claim, { afterMs, code, isWait: false });
    }
  }
  // Not one of ours: nobody knows how far the request went.
  return code === 'unexpected' ? settleUnknown(parts, claim) : fail(parts, claim, code);
}

/** The wait is the whole connection's, in every process: a call inside it would only make it longer. */
async function closeConnection(parts: OutboxParts, claim: Claim, afterMs: number): Promise<boolean> {
  const { channel, connection } = claim.delivery;
  parts.count('rate_limited', { channel, connection });
  await parts.owed.tell(() => parts.memory.paces.close(connectionKey(claim.delivery), afterMs), undefined);
  return putOff(parts, claim, { afterMs, code: 'channel_rate_limited' });
}
