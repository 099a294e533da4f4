/** R9: crisis words are answered and alerted with model and queue dead, and in the middle of a burst. */
import type { Sent } from '../history.ts';
import { quantile } from '../report.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';
import { startTraffic } from '../traffic.ts';

const PLANS = {
  short: { people: 30, perSecond: 5, everyMs: 400 },
  long: { people: 300, perSecond: 15, everyMs: 500 },
} as const;
const WORDS = ['I want to kill myself', 'i want to die', 'Ich will sterben'];
const P99_MS = 5_000;

export const crisis: Scenario = {
  id: 'R9',
  title: 'crisis words while the model hangs, Redis is dead and others write on',
  target: 'reply and alert ≤ 5 s p99, 0 missed of 300',
  needs: { postgres: 'shared', redis: 'own' },
  embedded: 'crisis words while the model hangs and others write on',
  run,
  mutants: [
    {
      name: 'route through the queue',
      expects: /crisis words were not answered|reply and alert took/,
      // The embedded queue is as well as the database it is kept in.
      needsServer: true,
      patches: [
        {
          file: 'channels/bridge/ingress.ts',
          find: '  if (isCrisis) {\n    parts.runLane',
          replace: '  if (isCrisis && parts === null) {\n    (parts as IngressParts).runLane',
        },
      ],
    },
    {
      name: 'crisis words go where their intent leads',
      expects: /crisis words were not answered|crisis words raised no alert/,
      patches: [
        {
          file: 'graph/routes.ts',
          find: `  if (screening.level === 'crisis') return { kind: 'agent', agent: 'safety', because: 'crisis' };\n`,
          replace: '',
        },
      ],
    },
  ],
};

async function run(world: World) {
  const { channel, fleet, model, redis, size, sql } = world;
  const plan = PLANS[size];
  await fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 1 }));
  model.setMode('hang');
  channel.history.hurt(redis ? 'Redis: kill -9, the model hangs' : 'the model hangs');
  await redis?.hurt?.crash();
  const traffic = startTraffic(world, { people: 40, perSecond: plan.perSecond });
  const chats = world.chats(plan.people);
  const choices = world.random.fork('crisis');
  const writtenAt = new Map<number, number>();
  for (const chat of chats) {
    channel.write({ chat, text: choices.pick(WORDS) });
    writtenAt.set(chat, Date.now());
    await world.sleep(plan.everyMs);
  }
  await traffic.stop();
  await world.sleep(P99_MS);
  const sends = channel.history.lines.filter((line): line is Sent => line.kind === 'sent' && line.isAccepted);
  const alerts = await sql<{ key: string; at: string }>(
    `select t.key, extract(epoch from min(a.raised_at)) * 1000 as at
     from alerts a join threads t on t.id = a.thread_id where a.kind = 'crisis' group by t.key`,
  );
  const problems: string[] = [];
  const waits = chats.map((chat) => {
    const begun = writtenAt.get(chat) ?? 0;
    const sent = sends.find((send) => send.chat === chat)?.at;
    const alert = alerts.find(({ key }) => key === String(chat));
    if (sent === undefined) problems.push(`chat ${chat}: crisis words were not answered`);
    if (alert === undefined) problems.push(`chat ${chat}: crisis words raised no alert`);
    return Math.max((sent ?? Number.POSITIVE_INFINITY) - begun, Number(alert?.at ?? Number.POSITIVE_INFINITY) - begun);
  });
  const p99 = quantile(waits, 0.99);
  if (p99 > P99_MS) problems.push(`reply and alert took ${p99.toFixed(0)} ms at p99`);
  await redis?.hurt?.start();
  model.setMode('ok');
  if (!(await world.quiet({ withinMs: 150_000 }))) problems.push('work was left after Redis and the model were back');
  const more = {
    'crisis p99': `${p99.toFixed(0)} ms`,
    missed: problems.filter((line) => line.includes('crisis words')).length,
  };
  return verdictOf(await world.judge(), { trials: chats.length, kills: redis?.hurt ? 1 : 0, problems, more });
}
