/** R11: ten times the usual load: taken fast, refused in plain words when too much waits, worked off afterwards. */
import type { Tried } from '../history.ts';
import { quantile } from '../report.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';
import { startTraffic } from '../traffic.ts';

const PLANS = {
  short: { calmMs: 10_000, burstMs: 15_000, perSecond: 3, drainMs: 120_000 },
  long: { calmMs: 600_000, burstMs: 120_000, perSecond: 6, drainMs: 600_000 },
} as const;
/** In a short run the first crisis turn of a cold ingress decides about the p99 of some hundred; the long one measures. */
const ACK_P99_MS = { short: 2_500, long: 250 } as const;
const CRISIS_P99_MS = 10_000;
/** In place of 20 000, so that a run of this size reaches it. */
const MOST_PENDING = 100;
/** Depth is known by the second; so much may slip in meanwhile, over two ingresses. */
const SLACK = 150;

export const burst: Scenario = {
  id: 'R11',
  title: 'open loop, then ten times as much; the depth limit lowered to 100',
  target: 'ack p99 ≤ 250 ms, 0 lost, 503 + Retry-After, crisis p99 ≤ 10 s, drained ≤ 10 min',
  needs: { postgres: 'shared', redis: 'shared' },
  embedded: 'open loop, then ten times as much; the depth limit lowered to 100',
  patches: [
    {
      file: 'channels/bridge/pressure.ts',
      find: 'export const MOST_PENDING = 20_000;',
      replace: `export const MOST_PENDING = ${MOST_PENDING};`,
    },
  ],
  run,
  mutants: [
    {
      name: 'unbounded queue',
      expects: /messages waited; the limit|nothing was ever refused/,
      patches: [
        {
          file: 'channels/bridge/pressure.ts',
          find: 'if (pending < mostPending) return;',
          replace: 'if (pending >= 0) return;',
        },
      ],
    },
  ],
};

async function run(world: World) {
  const { channel, fleet, model, size } = world;
  const plan = PLANS[size];
  model.setFirstByteMs(300);
  await fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 1 }));
  const calm = startTraffic(world, { people: 100, perSecond: plan.perSecond });
  await world.sleep(plan.calmMs);
  await calm.stop();
  const flood = startTraffic(world, { people: 700, perSecond: plan.perSecond * 10 });
  const crisis: number[] = [];
  let deepest = 0;
  const begun = Date.now();
  while (Date.now() - begun < plan.burstMs) {
    await world.sleep(1_000);
    const [chat] = world.chats(1) as [number];
    crisis.push(channel.write({ chat, text: 'I want to kill myself' }).update);
    const [row] = await world.sql<{ depth: string }>(`select count(*) as depth from inbox where state = 'pending'`);
    deepest = Math.max(deepest, Number(row?.depth ?? 0));
  }
  await flood.stop();
  const ended = Date.now();
  world.say(`the burst is over, at most ${deepest} waited`);
  const problems: string[] = [];
  if (!(await world.quiet({ withinMs: plan.drainMs })))
    problems.push(`the backlog was not drained in ${plan.drainMs / 1000} s`);
  const drained = Date.now() - ended;
  const judged = await world.judge();
  const tried = channel.history.lines.filter((line): line is Tried => line.kind === 'tried');
  const ackP99 = quantile(
    tried.filter(({ status }) => status === 200).map(({ milliseconds }) => milliseconds),
    0.99,
  );
  const refused = tried.filter(({ status }) => status === 503);
  const crisisP99 = quantile(
    crisis.map((update) => judged.answerMs.get(update) ?? Number.POSITIVE_INFINITY),
    0.99,
  );
  if (ackP99 > ACK_P99_MS[size]) problems.push(`an acknowledgement took ${ackP99} ms at p99`);
  if (crisisP99 > CRISIS_P99_MS) problems.push(`crisis words waited ${crisisP99.toFixed(0)} ms at p99`);
  if (deepest > MOST_PENDING + SLACK) problems.push(`${deepest} messages waited; the limit is ${MOST_PENDING}`);
  if (refused.length === 0) problems.push('nothing was ever refused');
  const mute = refused.filter(({ retryAfter }) => retryAfter === null).length;
  if (mute > 0) problems.push(`${mute} of ${refused.length} refusals did not say when to come again`);
  const more = {
    'ack p99': `${ackP99} ms`,
    refused: refused.length,
    deepest,
    'crisis p99': `${crisisP99.toFixed(0)} ms`,
    drained: `${(drained / 1000).toFixed(0)} s`,
  };
  return verdictOf(judged, { trials: judged.messages, problems, more });
}
