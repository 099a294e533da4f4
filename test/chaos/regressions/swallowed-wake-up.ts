/**
 * Found by R1, seed 7 (2026-11-22): after a kill -9 of a worker its lanes slept for a minute instead of half of one. The
 * sweeper woke them in time, but the queue still counted the dead worker's job as active and joined the wake-up to it.
 */
import { type Scenario, verdictOf, type World } from '../scenario.ts';

const PLANS = { short: { people: 12 }, long: { people: 60 } } as const;
/** The lease, three passes of the sweeper, and a turn on a busy machine. The fault took it to 105 s. */
const AWAKE_MS = 30_000 + 15_000 + 30_000;

export const swallowedWakeUp: Scenario = {
  id: 'R1',
  title: 'regression: lanes of a dead worker are taken over once their lease is over',
  target: 'awake within a lease and three sweeps',
  waits: true,
  needs: { postgres: 'shared', redis: 'shared' },
  run,
  mutants: [
    {
      name: 'wake-ups only by the queue',
      expects: /a lane slept for/,
      patches: [
        { file: 'channels/bridge/sweeper.ts', find: 'const PATIENCE = 2;', replace: 'const PATIENCE = 2_000;' },
      ],
    },
  ],
};

async function run(world: World) {
  const { channel, fleet, model, size } = world;
  model.setFirstByteMs(4_000);
  await fleet.start(world.shape({ ingress: 1, delivery: 1 }));
  const [worker] = await fleet.start(world.shape({ worker: 1 }));
  for (const chat of world.chats(PLANS[size].people)) {
    channel.write({ chat, text: world.question('/ask how long is the breathwork course?') });
  }
  await world.sleep(2_500);
  await worker?.kill('in the middle of its turns');
  const problems: string[] = [];
  if (!(await world.quiet({ withinMs: 150_000 }))) problems.push('work was left');
  model.setFirstByteMs(0);
  const judged = await world.judge();
  const slowest = Math.max(0, ...judged.recoveries);
  if (judged.recoveries.length === 0) problems.push('no turn was under way: nothing was tried');
  if (slowest > AWAKE_MS) problems.push(`a lane slept for ${slowest.toFixed(0)} ms after its holder died`);
  return verdictOf(judged, {
    trials: judged.recoveries.length,
    kills: 1,
    problems,
    more: { slowest: `${(slowest / 1000).toFixed(1)} s` },
  });
}
