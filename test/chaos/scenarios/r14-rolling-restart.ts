/** R14: asked to end, a process finishes or releases what it has and goes; a rolling restart loses and doubles nothing. */
import { type Scenario, verdictOf, type World } from '../scenario.ts';
import { startTraffic } from '../traffic.ts';

const PLANS = { short: { rounds: 1, betweenMs: [0, 0] }, long: { rounds: 50, betweenMs: [0, 0] } } as const;
/** One restart a round instead of six, and nobody else who has work under way when the one is asked to end. */
const ALONE = {
  short: { rounds: 3, betweenMs: [1_500, 3_000] },
  long: { rounds: 50, betweenMs: [1_500, 3_000] },
} as const;
const EXIT_MS = 30_000;
/** Longer would mean that something waited for a lease of a process that went in order. */
const LONGEST_MS = 25_000;

export const rollingRestart: Scenario = {
  id: 'R14',
  title: 'SIGTERM of each process in turn, under load',
  target: '0 lost, 0 duplicate over 50 rounds, exit ≤ 30 s',
  needs: { postgres: 'shared', redis: 'shared' },
  embedded: 'SIGTERM of the one process again and again, under load',
  run,
  mutants: [
    {
      name: 'no drain',
      expects: /were left unknown by processes|was neither finished nor released/,
      patches: [{ file: 'server/main.ts', find: 'app.stop()', replace: 'Promise.resolve()' }],
    },
  ],
};

async function run(world: World) {
  const { channel, engine, fleet, model, random, size } = world;
  const { rounds, betweenMs } = (engine === 'embedded' ? ALONE : PLANS)[size];
  // Turns and sends that take a while, so that there is something to finish.
  model.setFirstByteMs(600);
  channel.answer(() => ({ kind: 'late', milliseconds: 400 }));
  await fleet.start(world.shape({ ingress: 2, worker: 2, delivery: 2 }));
  const traffic = startTraffic(world, { people: 30, perSecond: 3 });
  const problems: string[] = [];
  const exits: number[] = [];
  const choices = random.fork('moments');
  for (let round = 0; round < rounds; round += 1) {
    for (const member of fleet.members()) {
      await world.sleep(choices.whole(betweenMs[0], betweenMs[1]));
      const { code, milliseconds } = await member.end();
      exits.push(milliseconds);
      if (code !== 0) problems.push(`${member.name} ended with code ${code ?? 'none'}`);
      if (milliseconds > EXIT_MS) problems.push(`${member.name} took ${milliseconds} ms to end`);
      await member.startAgain();
    }
    world.say(`round ${round + 1}: the slowest of ${exits.length} exits took ${Math.max(...exits)} ms`);
  }
  await traffic.stop();
  if (!(await world.quiet({ withinMs: 90_000 }))) problems.push('work was left');
  const judged = await world.judge();
  if (judged.unknown.length > 0)
    problems.push(`${judged.unknown.length} sends were left unknown by processes that ended in order`);
  const longest = Math.max(0, ...judged.answerMs.values());
  if (longest > LONGEST_MS)
    problems.push(`an answer took ${longest.toFixed(0)} ms: something was neither finished nor released`);
  const more = { 'slowest exit': `${Math.max(...exits)} ms`, 'slowest answer': `${longest.toFixed(0)} ms` };
  return verdictOf(judged, { trials: exits.length, problems, more });
}
