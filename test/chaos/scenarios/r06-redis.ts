/** R6: Redis is disposable: whatever becomes of it, nothing is lost, and everything is awake again soon. */
import { NO_SWEEPER } from '../mutants.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';
import { startTraffic } from '../traffic.ts';

const PLANS = {
  short: { perSecond: 4, beforeMs: 4_000, downMs: 5_000 },
  long: { perSecond: 10, beforeMs: 15_000, downMs: 30_000 },
} as const;
const AWAKE_MS = 60_000;
const FAULTS = ['FLUSHALL', 'kill -9', 'CLIENT KILL', 'maxmemory'] as const;

export const redisGone: Scenario = {
  id: 'R6',
  title: 'FLUSHALL, kill -9, CLIENT KILL and full memory of Redis, under load',
  target: '0 lost; all awake ≤ 60 s',
  needs: { postgres: 'shared', redis: 'own' },
  run,
  mutants: [NO_SWEEPER],
};

async function run(world: World) {
  const { channel, fleet, size } = world;
  const plan = PLANS[size];
  await fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 1 }));
  const problems: string[] = [];
  const slowest: Record<string, string> = {};
  const windows: { readonly fault: string; readonly from: number; readonly until: number }[] = [];
  for (const fault of FAULTS) {
    const traffic = startTraffic(world, { people: 60, perSecond: plan.perSecond });
    await world.sleep(plan.beforeMs);
    const from = Date.now();
    channel.history.hurt(`Redis: ${fault}`);
    await hurt(world, fault, plan.downMs);
    windows.push({ fault, from: from - plan.beforeMs, until: Date.now() });
    await traffic.stop();
    if (!(await world.quiet({ withinMs: AWAKE_MS + 30_000 }))) problems.push(`${fault}: work was left`);
    world.say(`${fault}: over`);
  }
  const judged = await world.judge();
  for (const { fault, from, until } of windows) {
    const waits = channel.written
      .filter(({ ackedAt }) => ackedAt !== null && ackedAt >= from && ackedAt <= until)
      .map(({ update, ackedAt }) => (ackedAt ?? 0) + (judged.answerMs.get(update) ?? Number.POSITIVE_INFINITY) - until);
    const wait = Math.max(0, ...waits);
    slowest[`last answer after ${fault}`] = `${(wait / 1000).toFixed(1)} s`;
    if (wait > AWAKE_MS) problems.push(`${fault}: something slept for ${wait.toFixed(0)} ms after it`);
  }
  return verdictOf(judged, { trials: judged.messages, kills: 1, problems, more: slowest });
}

async function hurt({ redis, sleep }: World, fault: (typeof FAULTS)[number], downMs: number): Promise<void> {
  const server = redis?.hurt;
  if (!server) throw new RangeError('This scenario hurts a Redis of its own, and has none.');
  switch (fault) {
    case 'FLUSHALL':
      return await server.command(['FLUSHALL']);
    case 'CLIENT KILL':
      await server.command(['CLIENT', 'KILL', 'TYPE', 'normal']);
      return await server.command(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
    case 'kill -9':
      await server.crash();
      await sleep(downMs);
      return await server.start();
    case 'maxmemory':
      await server.command(['CONFIG', 'SET', 'maxmemory', '1mb']);
      await sleep(downMs);
      return await server.command(['CONFIG', 'SET', 'maxmemory', '0']);
  }
}
