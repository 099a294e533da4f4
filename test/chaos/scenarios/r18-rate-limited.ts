/** R18: a channel that says "wait" is not called inside the wait, by no process, and nothing is dropped for it. */
import type { SendPlan } from '../fake-channel.ts';
import type { Sent } from '../history.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';

const PLANS = {
  short: { people: 30, messages: 90, refusals: 4, seconds: [1, 4] },
  long: { people: 200, messages: 1_500, refusals: 30, seconds: [1, 60] },
} as const;
/** Sends of one refusal: the next one comes after so many that were taken. What waits joins into few answers. */
const TAKEN_BETWEEN = 4;
/** Calls that were on their way, from both processes, when the channel began to refuse. */
const UNDER_WAY_MS = 400;

export const rateLimited: Scenario = {
  id: 'R18',
  title: '429 with retry_after, two processes that send',
  target: '0 lost; no call inside the wait',
  needs: { postgres: 'shared', redis: 'shared' },
  run,
  mutants: [
    {
      name: 'naive retry',
      expects: /a call for chat/,
      patches: [
        {
          file: 'channels/bridge/outbox.ts',
          find: 'await parts.owed.tell(() => parts.memory.paces.close(connectionKey(claim.delivery), afterMs), undefined);',
          replace: '',
        },
        {
          file: 'channels/bridge/outbox.ts',
          find: `return putOff(parts, claim, { afterMs, code: 'channel_rate_limited' });`,
          replace: `return putOff(parts, claim, { afterMs: 50, code: 'channel_rate_limited' });`,
        },
      ],
    },
    {
      name: 'the wait is only this delivery’s',
      expects: /a call for chat/,
      patches: [
        {
          file: 'channels/bridge/outbox.ts',
          find: 'await parts.owed.tell(() => parts.memory.paces.close(connectionKey(claim.delivery), afterMs), undefined);',
          replace: '',
        },
      ],
    },
  ],
};

type Wait = { readonly from: number; readonly until: number };

async function run(world: World) {
  const { channel, fleet, random, size } = world;
  const plan = PLANS[size];
  await fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 2 }));
  const waits: Wait[] = [];
  channel.answer(refuseNowAndThen(waits, { random: random.fork('refusals'), plan }));
  const choices = random.fork('traffic');
  const chats = world.chats(plan.people);
  for (let sent = 0; sent < plan.messages; sent += 1) {
    channel.write({ chat: choices.pick(chats), text: choices.chance(0.5) ? 'hi' : world.question() });
    await world.sleep(choices.whole(10, 120));
  }
  const isQuiet = await world.quiet({ withinMs: size === 'short' ? 60_000 : 1_800_000 });
  const problems = isQuiet ? [] : ['work was left'];
  const sends = channel.history.lines.filter((line): line is Sent => line.kind === 'sent');
  const inside = sends.filter(({ at }) => waits.some(({ from, until }) => at > from + UNDER_WAY_MS && at < until));
  const underWay = sends.filter(({ at }) =>
    waits.some(({ from, until }) => at > from && at <= from + UNDER_WAY_MS && at < until),
  );
  problems.push(...inside.map(({ chat, at }) => `a call for chat ${chat} came ${insideOf(waits, at)}`));
  if (waits.length < plan.refusals) problems.push(`only ${waits.length} of ${plan.refusals} refusals could be given`);
  return verdictOf(await world.judge(), {
    trials: sends.length,
    problems,
    more: { refusals: waits.length, 'calls inside a wait': inside.length, 'under way then': underWay.length },
  });
}

/** Refuses now and then; inside a wait it refuses everything, as a platform does, and starts no other wait. */
function refuseNowAndThen(
  waits: Wait[],
  { random, plan }: { readonly random: World['random']; readonly plan: (typeof PLANS)[keyof typeof PLANS] },
): () => SendPlan {
  let taken = 0;
  return () => {
    const now = Date.now();
    const open = waits.find(({ until }) => until > now);
    if (open) return { kind: 'wait', seconds: Math.ceil((open.until - now) / 1_000) };
    taken += 1;
    if (taken % TAKEN_BETWEEN !== 0 || waits.length >= plan.refusals) return { kind: 'ok' };
    const seconds = random.whole(plan.seconds[0], plan.seconds[1]);
    waits.push({ from: now, until: now + seconds * 1_000 });
    return { kind: 'wait', seconds };
  };
}

function insideOf(waits: readonly Wait[], at: number): string {
  const wait = waits.find(({ from, until }) => at > from && at < until);
  return wait ? `${at - wait.from} ms into a wait of ${wait.until - wait.from} ms` : 'outside any wait';
}
