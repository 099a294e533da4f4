/** The gate: many clients, one backend, and nobody starves. */
import { setTimeout as sleep, setImmediate as turnOfLoop } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Engine, openEmbedded } from '../../memory/postgres/engine.ts';
import { OPEN_TIMEOUT_MS } from '../support/store.ts';

let engine: Engine;
const clients: pg.PoolClient[] = [];

beforeAll(async () => {
  engine = await openEmbedded(null);
}, OPEN_TIMEOUT_MS);
afterAll(() => engine.close());
beforeEach(async () => {
  await engine.pool.query('drop table if exists notes');
  await engine.pool.query('create table notes (text text)');
});
afterEach(() => {
  for (const client of clients.splice(0)) client.release(true);
});

/** A client of its own, given back after the test. */
async function connect(): Promise<pg.PoolClient> {
  const client = await engine.pool.connect();
  clients.push(client);
  return client;
}

/** Ends a client as the pool does with a broken one. */
function end(client: pg.PoolClient): void {
  clients.splice(clients.indexOf(client), 1);
  client.release(true);
}

async function notes(from: { query: pg.Pool['query'] } = engine.pool): Promise<readonly string[]> {
  const { rows } = await from.query<{ text: string }>('select text from notes order by text');
  return rows.map(({ text }) => text);
}

/** A promise whose settling can be asked about. */
function watch<T>(promise: Promise<T>): { readonly promise: Promise<T>; isSettled: boolean } {
  const watched = { promise, isSettled: false };
  promise.then(
    () => {
      watched.isSettled = true;
    },
    () => {
      watched.isSettled = true;
    },
  );
  return watched;
}

async function someTurnsOfTheLoop(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await turnOfLoop();
}

describe('a transaction', () => {
  it('holds the engine until it commits; who waited goes on after', async () => {
    const writer = await connect();
    await writer.query('begin');
    await writer.query(`insert into notes values ('a')`);
    const reading = watch(notes());
    const writing = watch(engine.pool.query(`insert into notes values ('c')`));
    await someTurnsOfTheLoop();
    await writer.query(`insert into notes values ('b')`);
    await someTurnsOfTheLoop();
    expect([reading.isSettled, writing.isSettled]).toEqual([false, false]);
    await writer.query('commit');
    expect(await reading.promise).toEqual(['a', 'b']);
    await writing.promise;
    expect(await notes()).toEqual(['a', 'b', 'c']);
  });

  it('keeps the engine after an error, until it rolls back', async () => {
    const writer = await connect();
    await writer.query('begin');
    await writer.query(`insert into notes values ('a')`);
    await expect(writer.query('select * from nowhere')).rejects.toMatchObject({ code: '42P01' });
    const reading = watch(notes());
    await someTurnsOfTheLoop();
    expect(reading.isSettled).toBe(false);
    await expect(writer.query('select 1')).rejects.toMatchObject({ code: '25P02' });
    await writer.query('rollback');
    expect(await reading.promise).toEqual([]);
  });

  it('rolls back when its client ends, and the engine is free', async () => {
    const writer = await connect();
    await writer.query('begin');
    await writer.query(`insert into notes values ('a')`);
    const reading = watch(notes());
    await someTurnsOfTheLoop();
    end(writer);
    expect(await reading.promise).toEqual([]);
    expect(await notes()).toEqual([]);
  });

  it('of one client is not seen by another statement outside, with parameters too', async () => {
    const [a, b] = [await connect(), await connect()];
    await a.query('begin');
    const insert = b.query('insert into notes values ($1)', ['b']);
    await a.query('insert into notes values ($1)', ['a']);
    await a.query('rollback');
    await insert;
    expect(await notes(a)).toEqual(['b']);
  });
});

describe('a statement', () => {
  it('that fails leaves the engine to the next', async () => {
    await expect(engine.pool.query('select * from nowhere')).rejects.toMatchObject({ code: '42P01' });
    await expect(engine.pool.query('select $1::int', ['x'])).rejects.toMatchObject({ code: '22P02' });
    expect(await notes()).toEqual([]);
  });

  it('waits its turn: first come, first served', async () => {
    const all = await Promise.all([1, 2, 3, 4, 5].map(() => connect()));
    const [writer, ...others] = all;
    await writer?.query('begin');
    const order: number[] = [];
    const waiting = others.map((client, n) => client.query('select 1').then(() => order.push(n)));
    await someTurnsOfTheLoop();
    await writer?.query('commit');
    await Promise.all(waiting);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('of the urgent pool goes before all that wait already', async () => {
    const all = await Promise.all([1, 2, 3].map(() => connect()));
    const [writer, ...others] = all;
    await writer?.query('begin');
    const order: string[] = [];
    const waiting = others.map((client) => client.query('select 1').then(() => order.push('other')));
    await someTurnsOfTheLoop();
    waiting.push(engine.urgent.query('select 1').then(() => order.push('urgent')));
    await someTurnsOfTheLoop();
    await writer?.query('commit');
    await Promise.all(waiting);
    expect(order).toEqual(['urgent', 'other', 'other']);
  });

  it('that waits for a transaction of its own flow is told so instead of waiting for ever', async () => {
    const impatient = await openEmbedded(null, { stuckMs: 100 });
    const writer = await impatient.pool.connect();
    await writer.query('begin');
    await writer.query('create table kept (text text)');
    const stuck = await impatient.pool.query('select 1').catch((error: unknown) => error);
    expect(stuck).toMatchObject({ name: 'TransientError', code: 'store_down' });
    expect(String(stuck)).toMatch(/0.1 s.*waits for itself/);
    await writer.query(`insert into kept values ('a')`);
    await writer.query('commit');
    writer.release();
    expect((await impatient.pool.query('select text from kept')).rows).toEqual([{ text: 'a' }]);
    await impatient.close();
  });
});

describe('LISTEN and NOTIFY', () => {
  async function listener(listen: string): Promise<{ readonly heard: string[]; readonly client: pg.PoolClient }> {
    const client = await connect();
    const heard: string[] = [];
    client.on('notification', ({ channel, payload }) => heard.push(`${channel}: ${payload}`));
    await client.query(listen);
    return { heard, client };
  }

  it('reach who listened to that channel, and nobody else', async () => {
    const jobs = await listener('listen jobs');
    const both = await listener('-- why\n-- we listen\nLISTEN "jobs"');
    await both.client.query('Listen Events;');
    const deaf = await listener('select 1');
    await engine.pool.query(`notify jobs, '1'`);
    await engine.pool.query(`select pg_notify('events', $1)`, ['2']);
    await engine.pool.query(`select pg_notify('other', '3')`);
    expect(jobs.heard).toEqual(['jobs: 1']);
    expect(both.heard).toEqual(['jobs: 1', 'events: 2']);
    expect(deaf.heard).toEqual([]);
  });

  it('reach a listener at the commit, not before, and not after a rollback', async () => {
    const { heard } = await listener('listen jobs');
    const writer = await connect();
    await writer.query('begin');
    await writer.query(`notify jobs, 'taken back'`);
    await writer.query('rollback');
    await writer.query('begin');
    await writer.query(`notify jobs, 'kept'`);
    expect(heard).toEqual([]);
    await writer.query('commit');
    expect(heard).toEqual(['jobs: kept']);
  });

  it('go on for the others when one stops listening or ends', async () => {
    const stops = await listener('listen jobs');
    const ends = await listener('listen jobs');
    const stays = await listener('listen jobs');
    await stops.client.query('unlisten jobs');
    await engine.pool.query(`notify jobs, '1'`);
    await stays.client.query('unlisten other');
    const all = await listener('listen jobs');
    await all.client.query('unlisten *');
    end(ends.client);
    await engine.pool.query(`notify jobs, '2'`);
    expect(stops.heard).toEqual([]);
    expect(ends.heard).toEqual(['jobs: 1']);
    expect(stays.heard).toEqual(['jobs: 1', 'jobs: 2']);
    expect(all.heard).toEqual([]);
  });
});

describe('the event loop goes on turning', () => {
  /** Counts how often a timer fires while the database is kept busy; a starved loop fires it never. */
  async function ticksWhile(work: (isOver: () => boolean) => Promise<void>): Promise<number> {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 5);
    const until = performance.now() + 300;
    await work(() => performance.now() > until);
    clearInterval(timer);
    await sleep(0);
    return ticks;
  }

  it('under one flow that asks without a pause', async () => {
    const ticks = await ticksWhile(async (isOver) => {
      while (!isOver()) await engine.pool.query('select 1');
    });
    expect(ticks).toBeGreaterThan(1);
  });

  it('under a long transaction', async () => {
    const client = await connect();
    await client.query('begin');
    const ticks = await ticksWhile(async (isOver) => {
      while (!isOver()) await client.query('insert into notes values ($1)', ['x']);
    });
    await client.query('rollback');
    expect(ticks).toBeGreaterThan(1);
  });

  it('under many flows at once', async () => {
    const ticks = await ticksWhile(async (isOver) => {
      const flow = async (): Promise<void> => {
        while (!isOver()) await engine.pool.query('select 1');
      };
      await Promise.all([flow(), flow(), flow()]);
    });
    expect(ticks).toBeGreaterThan(1);
  });
});
