/** R7: without Postgres nothing is acknowledged; when it is back, everything goes on within seconds. */
import type { Written } from '../fake-channel.ts';
import type { Tried } from '../history.ts';
import { ACK_BEFORE_COMMIT } from '../mutants.ts';
import type { Judgement } from '../oracle.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';
import { startTraffic } from '../traffic.ts';

const PLANS = { short: { downMs: 10_000, perSecond: 4 }, long: { downMs: 60_000, perSecond: 8 } } as const;
/** The channel itself comes again within two seconds. */
const BACK_MS = 10_000;
/** Who wrote so shortly before may be without an answer when the fault comes. */
const BEFORE_MS = 4_000;
const FAULTS = ['immediate stop', 'backends terminated', 'read-only'] as const;
type Window = { readonly fault: string; readonly from: number; readonly until: number };

export const postgresGone: Scenario = {
  id: 'R7',
  title: 'Postgres stopped at once, its backends terminated, then read-only, under load',
  target: '503 meanwhile, 0 lost, success ≤ 10 s after its return',
  needs: { postgres: 'own', redis: 'shared' },
  run,
  mutants: [
    {
      ...ACK_BEFORE_COMMIT,
      name: 'ack to the queue first',
      expects: /is not in the inbox|were acknowledged while Postgres was down/,
    },
    {
      name: 'what the store could not be told is forgotten',
      expects: /something slept for/,
      patches: [
        {
          file: 'channels/bridge/owed.ts',
          find: '      debts.push({ tell, at: elapsed() });',
          replace: '      void tell;',
        },
      ],
    },
  ],
};

async function run(world: World) {
  const { channel, fleet, size } = world;
  const plan = PLANS[size];
  await fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 1 }));
  const traffic = startTraffic(world, { people: 60, perSecond: plan.perSecond });
  const windows: Window[] = [];
  for (const fault of FAULTS) {
    await world.sleep(4_000);
    const from = Date.now();
    channel.history.hurt(`Postgres: ${fault}`);
    await hurt(world, fault, plan.downMs);
    windows.push({ fault, from, until: Date.now() });
    await world.sleep(12_000);
    world.say(`${fault}: over`);
  }
  await traffic.stop();
  const problems: string[] = [];
  if (!(await world.quiet({ withinMs: 90_000 }))) problems.push('work was left after the store was back');
  const tried = channel.history.lines.filter((line): line is Tried => line.kind === 'tried');
  const more: Record<string, string> = {};
  for (const window of windows) {
    const back = tried.find(({ at, status }) => at > window.until && status === 200);
    const backMs = back === undefined ? Number.POSITIVE_INFINITY : back.at - window.until;
    more[`first 200 after ${window.fault}`] = `${(backMs / 1000).toFixed(1)} s`;
    if (backMs > BACK_MS) problems.push(`${window.fault}: nothing was taken for ${backMs} ms after its end`);
    const wrong = tried.filter(
      ({ at, status }) => at > window.from && at < window.until && ![0, 200, 503].includes(status),
    );
    if (wrong.length > 0)
      problems.push(`${window.fault}: ${wrong.length} deliveries were answered ${wrong[0]?.status}, not 503`);
  }
  problems.push(...liesIn(windows, tried));
  const judged = await world.judge();
  for (const window of windows) {
    const lastMs = lastAnswerMs(window, { written: channel.written, judged });
    more[`last answer after ${window.fault}`] = `${(lastMs / 1000).toFixed(1)} s`;
    if (lastMs > BACK_MS) problems.push(`${window.fault}: something slept for ${lastMs} ms after its end`);
  }
  return verdictOf(judged, { trials: tried.length, problems, more });
}

type Waiting = { readonly written: readonly Written[]; readonly judged: Judgement };

/** From the end of the fault to the answer of the last message that was taken before. */
function lastAnswerMs({ from, until }: Window, { written, judged }: Waiting): number {
  const ends = written
    .filter(({ ackedAt }) => ackedAt !== null && ackedAt < until && ackedAt > from - BEFORE_MS)
    .map(({ update, ackedAt }) => (ackedAt ?? 0) + (judged.answerMs.get(update) ?? Number.POSITIVE_INFINITY) - until);
  return Math.max(0, ...ends);
}

/** While the store was certainly away, a 200 is a lie. What was answered within a second of its end may be true. */
function liesIn(windows: readonly Window[], tried: readonly Tried[]): readonly string[] {
  const stop = windows.find(({ fault }) => fault === 'immediate stop');
  const lies = tried.filter(
    ({ at, status, milliseconds }) =>
      stop !== undefined && status === 200 && at - milliseconds > stop.from + 1_000 && at < stop.until - 1_000,
  );
  return lies.length === 0 ? [] : [`${lies.length} deliveries were acknowledged while Postgres was down`];
}

async function hurt({ postgres, sql, sleep }: World, fault: (typeof FAULTS)[number], downMs: number): Promise<void> {
  const others = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  switch (fault) {
    case 'immediate stop':
      if (postgres.hurt === null) throw new RangeError('This scenario hurts a PostgreSQL of its own, and has none.');
      await postgres.hurt.crash();
      await sleep(downMs);
      return await postgres.hurt.start();
    case 'backends terminated':
      for (let times = 0; times < 5; times += 1) {
        await sql(others);
        await sleep(downMs / 10);
      }
      return;
    case 'read-only':
      await sql(
        `do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`,
      );
      await sql(others);
      await sleep(downMs);
      // A session that began before may still write.
      await sql('set default_transaction_read_only = off').catch(() => undefined);
      await turnBack(sql);
      await sql(others);
  }
}

async function turnBack(sql: World['sql']): Promise<void> {
  await sql(
    `begin read write; do $$ begin execute format('alter database %I reset default_transaction_read_only', current_database()); end $$; commit`,
  );
}
