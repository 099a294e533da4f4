/** What the memory tests share: turns and commits of any burst, raw rows, and a store that breaks on demand. */
import type pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { expect } from 'vitest';
import { type DeliveryId, deliveryIdOf, PersonId, type ThreadId, TurnId } from '../../core/ids.ts';
import type { MessageClass, Reply } from '../../core/reply.ts';
import type { Turn } from '../../core/turn.ts';
import type { NewFact } from '../../memory/facts.ts';
import type { Burst, Lease } from '../../memory/inbox.ts';
import { createDatabase, type Database } from '../../memory/postgres/database.ts';
import type { Store } from '../../memory/postgres/index.ts';
import type { TurnCommit } from '../../memory/turns.ts';
import { appendOne, messageFrom, newVisitor, take } from '../support/store.ts';

/** The suite's store; it is open only while tests run. */
export type OpenStore = () => Store;

/** The only element; anything else is a broken test. */
export function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length !== 1) throw new Error(`expected one element, found ${list.length}`);
  return first;
}

/** Rows as the database holds them, for what no port shows. */
export async function rows<Row extends object>(store: Store, text: string, values: unknown[] = []): Promise<Row[]> {
  return (await store.pool.query<Row>(text, values)).rows;
}

export async function countRows(store: Store, from: string, values: unknown[] = []): Promise<number> {
  return only(await rows<{ n: number }>(store, `select count(*)::int as n from ${from}`, values)).n;
}

/** A reply that may leave, as `check` would have made it. */
export function replyOf(text: string, messageClass: MessageClass = 'answer'): Reply {
  const record = { agent: 'knowledge', messageClass, blocks: [{ kind: 'text', text }], citations: [] };
  return record as unknown as Reply;
}

export function turnOf(burst: Burst, changes: Partial<Turn> = {}): Turn {
  return {
    id: burst.turn,
    thread: burst.thread,
    person: burst.lane,
    handle: burst.handle,
    status: 'ok',
    events: [...burst.events],
    journeyBefore: null,
    journeyAfter: null,
    moves: [],
    screening: null,
    intent: null,
    recalled: [],
    route: null,
    draft: null,
    check: null,
    reply: null,
    deliveries: [],
    modelCalls: [],
    spans: [],
    fingerprint: { prompt: null, model: null, workspace: 'test' },
    error: null,
    startedAt: '2026-11-22T09:00:01.000Z',
    milliseconds: 12,
    ...changes,
  };
}

/** What a turn that answers leaves behind. */
export function commitOf(burst: Burst, changes: Partial<TurnCommit> = {}): TurnCommit {
  return {
    turn: turnOf(burst),
    deliveries: [{ reply: replyOf('An answer.'), replyTo: null }],
    journey: null,
    alerts: [],
    yieldToNewer: true,
    toLearn: false,
    ...changes,
  };
}

export type Answered = {
  readonly lease: Lease;
  readonly burst: Burst;
  readonly thread: ThreadId;
  readonly person: PersonId;
  readonly deliveries: readonly DeliveryId[];
};

/** A visitor's message and a committed turn with one delivery per text. */
export async function answer(
  store: Store,
  changes: Partial<TurnCommit> & {
    readonly visitor?: string;
    readonly texts?: readonly string[];
    readonly learned?: readonly NewFact[];
  } = {},
): Promise<Answered> {
  const { visitor = newVisitor(), texts = ['An answer.'], learned = [], ...commit } = changes;
  const { lane, thread } = await appendOne(store, messageFrom(visitor, 'Hello'));
  const { lease, burst } = await take(store, lane);
  const deliveries = texts.map((text) => ({ reply: replyOf(text), replyTo: null }));
  await store.memory.turns.commit(lease, commitOf(burst, { deliveries, toLearn: learned.length > 0, ...commit }));
  const { turn, handle } = burst;
  const learnedAt = new Date().toISOString();
  if (learned.length > 0) await store.memory.facts.learn({ turn, handle, learnedAt, facts: learned });
  await store.memory.lanes.release(lease);
  const ids = (commit.deliveries ?? deliveries).map((_, position) => deliveryIdOf(burst.turn, position));
  return { lease, burst, thread, person: lane, deliveries: ids };
}

/** A fact as a lesson brings it. */
export function factOf(changes: Partial<NewFact> = {}): NewFact {
  return {
    kind: 'goal',
    subject: 'goal',
    text: 'sleep better',
    quote: 'My goal is to sleep better',
    audience: 'private',
    confidence: 0.8,
    expiresAt: null,
    ...changes,
  };
}

export function newTurnId(): TurnId {
  return TurnId.parse(uuidv7());
}

export function newPersonId(): PersonId {
  return PersonId.parse(uuidv7());
}

/** The fields of an error that tests compare. */
export function failsWith(name: string, code: string): unknown {
  return expect.objectContaining({ name, code });
}

/** Vitest types its matchers as `any`; here they are values to compare with. */
export const aNumber: unknown = expect.any(Number);
export const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
export const containing = (text: string): unknown => expect.stringContaining(text);
export const closeTo = (value: number, digits: number): unknown => expect.closeTo(value, digits);

/** The same database through a connection that is cut at the n-th statement of a transaction; `begin` is the first. */
export function databaseCutAt(store: Store, n: number): Database {
  const connect = async (): Promise<pg.PoolClient> => {
    const client = await store.pool.connect();
    let statement = 0;
    const query = (text: string, values?: unknown[]): Promise<unknown> => {
      statement += text === 'rollback' ? 0 : 1;
      if (statement === n) return Promise.reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
      return client.query(text, values);
    };
    return { query, release: (isBroken?: boolean) => client.release(isBroken) } as unknown as pg.PoolClient;
  };
  const pool = { connect, query: (text: string, values: unknown[]) => store.pool.query(text, values) };
  return createDatabase({ pool: pool as unknown as pg.Pool, namesStatements: false });
}
