/** Small stand-ins for what the bridge works with, each with a list of what was asked of it. */

import { uuidv7 } from 'uuidv7';
import { createOwed, type Owed } from '../../../channels/bridge/owed.ts';
import { openWakeQueue, type QueuePool, type WakeQueue } from '../../../channels/bridge/queue.ts';
import type { Room } from '../../../channels/bridge/room.ts';
import type { Connection, Part, SendOutcome } from '../../../channels/channel.ts';
import type { Delivery } from '../../../core/delivery.ts';
import { TransientError } from '../../../core/errors.ts';
import type { InboundEvent } from '../../../core/event.ts';
import { DeliveryId, EventId, HandleId, PersonId, ThreadId, TurnId } from '../../../core/ids.ts';
import type { MessageClass } from '../../../core/reply.ts';
import type { Burst, NextBurst, PutBack } from '../../../memory/inbox.ts';
import type { Memory } from '../../../memory/memory.ts';
import type { Claim, OutboxPort } from '../../../memory/outbox.ts';
import type { PacePort } from '../../../memory/paces.ts';
import type { Store } from '../../../memory/postgres/index.ts';
import { replyOf } from '../../memory/support.ts';
import { messageFrom } from '../../support/store.ts';

export type Warning = { readonly message: string; readonly data: object };

export function fakeLog(): { readonly warnings: Warning[]; readonly warn: (message: string, data: object) => void } {
  const warnings: Warning[] = [];
  return { warnings, warn: (message, data) => warnings.push({ message, data }) };
}

/** Tells later what could not be told, within the time of a test. */
export const owing = (onTold: () => void = () => undefined): Owed =>
  createOwed({ elapsed: () => performance.now(), onTold });

export const newLane = (): PersonId => PersonId.parse(uuidv7());
export const newThread = (): ThreadId => ThreadId.parse(uuidv7());

/** A queue on the database that this pool reaches. BullMQ names the pool in narrower words, as server/platform.ts says too. */
export function queueOver(pool: Store['pool']): Promise<WakeQueue> {
  return openWakeQueue({ kind: 'postgres', pool: pool as unknown as QueuePool });
}

/** A burst of one message, ready at its first attempt. */
export function burstOf(changes: Partial<Burst> = {}, event: InboundEvent = messageFrom('visitor', 'Hello')): Burst {
  return {
    turn: TurnId.parse(uuidv7()),
    lane: newLane(),
    thread: newThread(),
    handle: HandleId.parse(uuidv7()),
    events: [{ id: EventId.parse(uuidv7()), event }],
    attempt: 1,
    joins: 0,
    ...changes,
  };
}

type LaneMemory = Pick<Memory, 'inbox' | 'lanes' | 'ping' | 'turns'>;

export type FakeLanes = {
  readonly memory: LaneMemory;
  /** What was asked, in order. */
  readonly calls: string[];
  /** What `nextBurst` answers, one after the other; then `empty`. */
  readonly script: NextBurst[];
  /** What the next `commit` does instead of succeeding. */
  readonly commits: (() => Promise<unknown>)[];
  /** What `renew` answers. */
  renewal: () => Promise<boolean>;
  isHeld: boolean;
  /** Whether the store answers a ping. */
  isAway: boolean;
};

/** The memory of one lane, by script. */
export function fakeLanes(...script: NextBurst[]): FakeLanes {
  const calls: string[] = [];
  const note =
    <T>(name: string, answer: (...args: never[]) => T) =>
    (...args: never[]): Promise<T> => {
      calls.push(name);
      return Promise.resolve(answer(...args));
    };
  const fake: FakeLanes = {
    calls,
    script,
    commits: [],
    isHeld: false,
    isAway: false,
    renewal: () => Promise.resolve(true),
    memory: {
      ping: () => (fake.isAway ? Promise.reject(new TransientError('store_down', 'away')) : Promise.resolve()),
      inbox: {
        nextBurst: (_lease: unknown, { letsGo = false }: { letsGo?: boolean } = {}) => {
          const next = fake.script.shift() ?? { kind: 'empty' };
          calls.push('nextBurst', ...(letsGo && next.kind === 'empty' ? ['release'] : []));
          return Promise.resolve(next);
        },
        putBack: (_lease: unknown, { burst, why }: { burst: Burst; why: PutBack }) => {
          calls.push(`putBack ${why} ${burst.attempt}`);
          return Promise.resolve();
        },
      } as unknown as Memory['inbox'],
      lanes: {
        acquire: note('acquire', (lane: PersonId) => (fake.isHeld ? null : { lane, holder: 'test', fence: 1 })),
        renew: () => {
          calls.push('renew');
          return fake.renewal();
        },
        release: note('release', () => undefined),
      },
      turns: {
        commit: () => {
          calls.push('commit');
          return fake.commits.shift()?.() ?? Promise.resolve({ isLetGo: false });
        },
      } as unknown as Memory['turns'],
    },
  };
  return fake;
}

export function ready(burst: Burst): NextBurst {
  return { kind: 'ready', burst };
}

type Row = {
  delivery: Delivery;
  partsSent: number;
  readonly platformIds: (string | null)[];
  dueIn: number;
  isLeaving: boolean;
};

export type FakeOutbox = {
  readonly memory: Pick<Memory, 'outbox' | 'paces'>;
  readonly rows: Row[];
  readonly calls: string[];
  /** Makes the n-th `recordPart` answer differently. */
  readonly records: (() => Promise<boolean>)[];
  /** What the next slots are away, in milliseconds; then none is. */
  readonly pace: { readonly answers: (number | null)[]; isOpen: boolean };
  /** True: an operator has taken the thread since the claim. */
  readonly isTakenOver: { value: boolean };
  /** Lets every wait run out. */
  elapse(): void;
};

let sequence = 0;

export function deliveryOf(
  text: string,
  changes: Partial<Delivery> = {},
  messageClass: MessageClass = 'answer',
): Delivery {
  const turn = TurnId.parse(uuidv7());
  sequence += 1;
  return {
    id: DeliveryId.parse(`${turn}.0`),
    turn,
    thread: newThread(),
    handle: HandleId.parse(uuidv7()),
    channel: 'telegram',
    connection: 'main',
    threadKey: '412',
    address: '412',
    replyTo: null,
    messageClass,
    reply: replyOf(text, messageClass),
    state: 'queued',
    attempts: 0,
    sequence,
    sentSequence: null,
    platformId: null,
    failure: null,
    losses: [],
    purpose: null,
    createdAt: '2026-11-22T09:00:00.000Z',
    sentAt: null,
    ...changes,
  };
}

/** One thread's outbox, in memory, by the rules of the port. */
export function fakeOutbox(...deliveries: readonly Delivery[]): FakeOutbox {
  const rows: Row[] = deliveries.map((delivery) => ({
    delivery,
    partsSent: 0,
    platformIds: [],
    dueIn: 0,
    isLeaving: false,
  }));
  const calls: string[] = [];
  const records: (() => Promise<boolean>)[] = [];
  const isTakenOver = { value: false };
  const end = (claim: Claim, change: Partial<Delivery>, call: string): Promise<boolean> => {
    calls.push(call);
    const row = rows.find(({ delivery }) => delivery.id === claim.delivery.id);
    if (row?.delivery.state !== 'claimed') return Promise.resolve(false);
    row.delivery = { ...row.delivery, ...change };
    return Promise.resolve(true);
  };
  const outbox: Partial<OutboxPort> = {
    claim: (_thread, { holder }) => {
      if (rows.some(({ delivery }) => delivery.state === 'claimed')) return Promise.resolve(null);
      const row = rows.find(({ delivery }) => delivery.state === 'queued');
      if (!row || row.dueIn > 0) return Promise.resolve(null);
      row.delivery = { ...row.delivery, state: 'claimed', attempts: row.delivery.attempts + 1 };
      const { delivery, partsSent } = row;
      row.isLeaving = false;
      return Promise.resolve({ delivery, partsSent, holder, tries: delivery.attempts, isLeaving: false });
    },
    leave: (claim) => {
      const row = rows.find(({ delivery }) => delivery.id === claim.delivery.id);
      if (row?.delivery.state !== 'claimed') return Promise.resolve('lost');
      if (!pace.isOpen) return Promise.resolve('closed');
      row.isLeaving = !isTakenOver.value;
      if (!isTakenOver.value) return Promise.resolve('go');
      row.delivery = { ...row.delivery, state: 'suppressed' };
      return Promise.resolve('suppressed');
    },
    recordPart: async (claim, { position, platformId }) => {
      calls.push(`recordPart ${position}`);
      const isHeld = (await records.shift()?.()) ?? true;
      const row = rows.find(({ delivery }) => delivery.id === claim.delivery.id);
      if (!row || !isHeld) return false;
      row.partsSent = position + 1;
      row.platformIds.push(platformId);
      return true;
    },
    markSent: async (claim, { losses, last }) => {
      const row = rows.find(({ delivery }) => delivery.id === claim.delivery.id);
      if (
        !(await end(claim, { state: 'sent', losses: [...losses] }, last ? `markSent ${last.position}` : 'markSent'))
      ) {
        return null;
      }
      if (last) row?.platformIds.push(last.platformId);
      return { hasMore: rows.some(({ delivery, dueIn }) => delivery.state === 'queued' && dueIn <= 0) };
    },
    markUnknown: (claim, resend) =>
      end(claim, { state: resend ? 'queued' : 'unknown' }, `markUnknown ${resend ? 'resend' : 'end'}`),
    putBack: (claim, { afterMs, code }) => {
      const row = rows.find(({ delivery }) => delivery.id === claim.delivery.id);
      if (row) row.dueIn = afterMs;
      return end(claim, { state: 'queued', failure: code }, `putBack ${code} ${afterMs}`);
    },
    markFailed: (claim, code) => end(claim, { state: 'failed', failure: code }, `markFailed ${code}`),
    listLostClaims: () =>
      Promise.resolve(
        rows
          .filter(({ delivery }) => delivery.state === 'claimed')
          .map(({ delivery, partsSent, isLeaving }) => {
            return { delivery, partsSent, holder: 'dead', tries: delivery.attempts, isLeaving };
          }),
      ),
  };
  const elapse = (): void => {
    for (const row of rows) row.dueIn = 0;
  };
  const paces: PacePort = {
    take: () => Promise.resolve(pace.answers.length > 0 ? (pace.answers.shift() ?? null) : 0),
    close: (key, afterMs) => {
      calls.push(`close ${key} ${afterMs}`);
      return Promise.resolve();
    },
    isOpen: () => Promise.resolve(pace.isOpen),
    tidy: () => Promise.resolve(),
  };
  const pace: FakeOutbox['pace'] = { answers: [], isOpen: true };
  return { memory: { outbox: outbox as OutboxPort, paces }, rows, calls, records, pace, isTakenOver, elapse };
}

export type Sent = { readonly text: string; readonly delivery: string; readonly address: string };

export type FakeConnection = Connection & {
  /** What reached the platform, in order. */
  readonly sent: Sent[];
  /** What the next sends do instead of succeeding; the part has reached the platform when it answers. */
  readonly outcomes: ((part: Part) => Promise<SendOutcome>)[];
};

export const unknownOutcome = (): Promise<SendOutcome> => Promise.resolve({ kind: 'unknown', why: 'no answer' });

/** A platform that takes everything. A `|` in a text begins a new part. */
export function fakeConnection({
  channel = 'telegram',
  keyedSend = false,
  quietMs = 0,
  rate,
}: {
  readonly channel?: Connection['channel'];
  readonly keyedSend?: boolean;
  readonly quietMs?: number;
  readonly rate?: NonNullable<Connection['profile']['rate']>;
} = {}): FakeConnection {
  const sent: Sent[] = [];
  const outcomes: FakeConnection['outcomes'] = [];
  return {
    channel,
    name: 'main',
    sent,
    outcomes,
    profile: {
      text: { max: 4096, unit: 'utf16', maxParts: 10 },
      format: 'plain',
      choices: { max: 0, labelMax: 0 },
      media: false,
      edit: false,
      typing: false,
      streaming: false,
      keyedSend,
      ...(rate ? { rate } : {}),
      burst: { quietMs, capMs: quietMs * 4 },
    },
    verify: () => ({ payload: null, proof: {} }),
    parse: () => [],
    render: ({ blocks }) => {
      const text = blocks.map((block) => ('text' in block ? block.text : '')).join('');
      return { parts: text.split('|').map((piece) => ({ text: piece, payload: {} })), losses: [] };
    },
    send: async (part, { id, address }) => {
      const outcome = (await outcomes.shift()?.(part)) ?? { kind: 'sent' as const, platformId: `p${sent.length}` };
      sent.push({ text: part.text, delivery: id, address });
      return outcome;
    },
  };
}

/** Room for everybody. */
export const wideRoom: Room = { enter: () => Promise.resolve(), leave: () => undefined, open: () => undefined };
