/** Stores for tests: the embedded engine in memory, or a database of its own on the server that DATABASE_URL names. */
import { uuidv7 } from 'uuidv7';
import type { InboundEvent } from '../../core/event.ts';
import type { Accepted, Arrival, Burst, Lease } from '../../memory/inbox.ts';
import { openServer } from '../../memory/postgres/engine.ts';
import { openStore, type Store } from '../../memory/postgres/index.ts';

export const DEFAULTS = { locale: 'en', timeZone: 'Europe/Berlin' };

/** Opening a store compiles the engine and migrates: seconds, more on a busy machine. One per test file. */
export const OPEN_TIMEOUT_MS = 120_000;

const common = { mint: uuidv7, pid: process.pid, defaults: DEFAULTS };

/** The embedded engine, in memory. */
export function openTestStore(): Promise<Store> {
  return openStore({ location: { kind: 'memory' }, ...common });
}

export type TestDatabase = { readonly url: string; readonly drop: () => Promise<void> };

/** A new database on the server at `url`. The role must be allowed to create databases. */
export async function createTestDatabase(url: string): Promise<TestDatabase> {
  const name = `throughline_test_${uuidv7().replaceAll('-', '')}`;
  const outside = openServer(url);
  await outside.pool.query(`create database ${name}`);
  const address = new URL(url);
  address.pathname = `/${name}`;
  const drop = async (): Promise<void> => {
    await outside.pool.query(`drop database ${name} with (force)`);
    await outside.close();
  };
  return { url: address.href, drop };
}

/** A store in a new database on the server at `url`, dropped when its memory is closed. */
export async function openServerTestStore(url: string): Promise<Store> {
  const database = await createTestDatabase(url);
  const store = await openStore({ location: { kind: 'server', url: database.url }, ...common });
  const close = async (): Promise<void> => {
    await store.memory.close();
    await database.drop();
  };
  return { ...store, memory: { ...store.memory, close } };
}

export type TestEngine = {
  readonly name: string;
  /** Why it cannot run here, or null. */
  readonly missing: string | null;
  readonly open: () => Promise<Store>;
};

const serverUrl = process.env['DATABASE_URL'] ?? '';

/** Every engine the memory runs on. A suite skips one that is missing under a title that says why. */
export const testEngines: readonly TestEngine[] = [
  { name: 'the embedded engine', missing: null, open: openTestStore },
  {
    name: 'a PostgreSQL server',
    missing: serverUrl === '' ? 'DATABASE_URL is not set' : null,
    open: () => openServerTestStore(serverUrl),
  },
];

/** A visitor nobody has seen before: tests that share a store are kept apart by their visitors. */
export function newVisitor(): string {
  return `visitor:${uuidv7()}`;
}

/** A message as the web chat would bring it. */
export function messageFrom(
  visitor: string,
  text: string,
  more: Partial<Extract<InboundEvent, { kind: 'message' }>> = {},
): InboundEvent {
  return {
    kind: 'message',
    externalId: uuidv7(),
    channel: 'web',
    connection: 'main',
    thread: { key: visitor, clearance: 'private' },
    sender: { externalId: visitor, isMember: visitor.startsWith('member:') },
    occurredAt: '2026-11-22T09:00:00.000Z',
    text,
    attachments: [],
    ...more,
  };
}

const AT_ONCE: Arrival['burst'] = { quietMs: 0, capMs: 0, immediate: true };

/** Brings events in, as one request, ready to be answered at once. */
export function append(store: Store, ...events: readonly InboundEvent[]): Promise<readonly Accepted[]> {
  return store.memory.inbox.append(
    events.map((event) => ({ event, burst: AT_ONCE })),
    '{}',
  );
}

/** Brings one event in. */
export async function appendOne(
  store: Store,
  event: InboundEvent,
  burst: Arrival['burst'] = AT_ONCE,
): Promise<Accepted> {
  const [accepted] = await store.memory.inbox.append([{ event, burst }], '{}');
  if (!accepted) throw new Error('append answered nothing');
  return accepted;
}

/** Takes the lane; throws when another holder has it. */
export async function acquire(store: Store, lane: Accepted['lane'], holder = 'test'): Promise<Lease> {
  const lease = await store.memory.lanes.acquire(lane, { holder, leaseMs: 60_000 });
  if (!lease) throw new Error('the lane is held');
  return lease;
}

/** The lane's next burst; throws when none is ready. */
export async function nextBurst(store: Store, lease: Lease): Promise<Burst> {
  const next = await store.memory.inbox.nextBurst(lease);
  if (next.kind !== 'ready') throw new Error(`the lane is ${next.kind}`);
  return next.burst;
}

/** Takes the lane and its next burst; throws when there is none. */
export async function take(
  store: Store,
  lane: Accepted['lane'],
  holder = 'test',
): Promise<{ lease: Lease; burst: Burst }> {
  const lease = await acquire(store, lane, holder);
  return { lease, burst: await nextBurst(store, lease) };
}
