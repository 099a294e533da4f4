/** R8: whatever the model does, every turn ends by its deadline, with words. */
import type { PeerMode } from '../../peers/openai.ts';
import type { Sent } from '../history.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';

const ALL: readonly PeerMode[] = [
  'unauthorized',
  'rate_limited',
  'failing',
  'hang',
  'stall',
  'slow',
  'cut',
  'half',
  'garbage',
  'page',
  'wrong_tool',
  'broken_arguments',
  'loop',
  'empty',
  'huge',
  'obedient',
];
const PLANS = {
  short: { alone: ['hang', 'stall', 'garbage'], people: 8, mixed: 40 },
  long: { alone: ALL, people: 20, mixed: 600 },
} as const;
/** The turn's deadline, its grace, and the longest burst window. */
const DEADLINE_MS = 50_000;
const FAILURES_TO_OPEN = 10;

export const modelTrouble: Scenario = {
  id: 'R8',
  title: 'every way a model can fail, always and in 30 % of the calls',
  target: 'all ≤ 45 s, silence 0, breaker open in ≤ 10 failures',
  needs: { postgres: 'shared', redis: 'shared' },
  embedded: 'every way a model can fail, always and in 30 % of the calls',
  run,
  mutants: [
    {
      name: 'no deadline',
      expects: /message \d+ waited|heard nothing|is still pending/,
      patches: [
        { file: 'server/model.ts', find: 'const HEADERS_MS = 15_000;', replace: 'const HEADERS_MS = 15_000_000;' },
        {
          file: 'server/model.ts',
          find: 'const FIRST_TOKEN_MS = 10_000;',
          replace: 'const FIRST_TOKEN_MS = 10_000_000;',
        },
        { file: 'server/model.ts', find: 'const IDLE_MS = 15_000;', replace: 'const IDLE_MS = 15_000_000;' },
        { file: 'agents/deadline.ts', find: 'message)), milliseconds);', replace: 'message)), milliseconds * 1_000);' },
        {
          file: 'channels/bridge/bursts.ts',
          find: 'const TURN_DEADLINE_MS = 45_000;',
          replace: 'const TURN_DEADLINE_MS = 45_000_000;',
        },
      ],
    },
  ],
};

async function run(world: World) {
  const { channel, fleet, model, size, random } = world;
  const plan = PLANS[size];
  await fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 1 }));
  const problems: string[] = [];
  let asked = 0;
  for (const mode of plan.alone) {
    let calls = 0;
    model.chooseMode(() => {
      calls += 1;
      return mode;
    });
    for (const chat of world.chats(plan.people)) {
      channel.write({ chat, text: world.question('/ask how long is the breathwork course?') });
      asked += 1;
      await world.sleep(100);
    }
    if (!(await world.quiet({ withinMs: DEADLINE_MS + 15_000 }))) problems.push(`${mode}: work was left`);
    // A second wave meets an open breaker: hardly anybody is asked any more.
    const before = calls;
    if (mode === 'failing') {
      for (const chat of world.chats(plan.people))
        channel.write({ chat, text: world.question('/ask how long is it?') });
      await world.quiet({ withinMs: DEADLINE_MS });
      if (calls - before > FAILURES_TO_OPEN)
        problems.push(`failing: ${calls - before} more calls met a model that is down`);
    }
    world.say(`${mode}: ${before} calls`);
    await freshBreaker(world);
  }
  const choices = random.fork('modes');
  model.chooseMode(() => (choices.chance(0.3) ? choices.pick(ALL) : null));
  const chats = world.chats(Math.ceil(plan.mixed / 4));
  for (let sent = 0; sent < plan.mixed; sent += 1) {
    channel.write({ chat: choices.pick(chats), text: world.question() });
    await world.sleep(choices.whole(50, 250));
  }
  if (!(await world.quiet({ withinMs: DEADLINE_MS + 60_000 }))) problems.push('30 %: work was left');
  const judged = await world.judge();
  const late = [...judged.answerMs].filter(([, milliseconds]) => milliseconds > DEADLINE_MS);
  problems.push(
    ...late.slice(0, 5).map(([update, milliseconds]) => `message ${update} waited ${milliseconds.toFixed(0)} ms`),
  );
  const heard = new Set(
    channel.history.lines.filter((line): line is Sent => line.kind === 'sent').map(({ chat }) => chat),
  );
  const silent = [...new Set(channel.written.map(({ chat }) => chat))].filter((chat) => !heard.has(chat));
  problems.push(...silent.map((chat) => `chat ${chat} heard nothing`));
  return verdictOf(judged, {
    trials: asked + plan.mixed,
    problems,
    more: { modes: plan.alone.length, silent: silent.length },
  });
}

/** The breaker lives in the process. */
async function freshBreaker({ fleet }: World): Promise<void> {
  for (const member of fleet.members('worker', 'all')) {
    await member.end();
    await member.startAgain();
  }
}
