/** R1: every acknowledged event reaches one visible end, whatever process dies whenever. */
import { ACK_BEFORE_COMMIT, NO_SWEEPER } from '../mutants.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';

const PLANS = {
  short: { people: 60, messages: 500, perSecond: 12, killEveryMs: [1_200, 2_400], exact: 0.33 },
  long: { people: 400, messages: 10_200, perSecond: 12, killEveryMs: [1_500, 3_500], exact: 0.33 },
} as const;
/** One process serves nobody while it starts again, which takes seconds: it must have lived for a while. */
const ALONE = {
  short: { people: 30, messages: 100, perSecond: 5, killEveryMs: [3_000, 5_000], exact: 0.67 },
  long: { people: 400, messages: 2_000, perSecond: 4, killEveryMs: [4_000, 9_000], exact: 0.67 },
} as const;

export const killAtRandom: Scenario = {
  id: 'R1',
  title: 'kill -9 of any process at random',
  target: '0 lost of ≥ 10 000 over ≥ 300 kills',
  needs: { postgres: 'shared', redis: 'shared' },
  embedded: 'kill -9 of the one process at random',
  run,
  mutants: [ACK_BEFORE_COMMIT, NO_SWEEPER],
};

async function run(world: World) {
  const { channel, engine, fleet, random, size } = world;
  const plan = (engine === 'embedded' ? ALONE : PLANS)[size];
  await fleet.start(world.shape({ ingress: 2, worker: 2, delivery: 2 }));
  const killer = startKiller(world, plan);
  const chats = world.chats(plan.people);
  const choices = random.fork('traffic');
  for (let sent = 0; sent < plan.messages; sent += 1) {
    channel.write({
      chat: choices.pick(chats),
      text: wordsOf(world, choices.next()),
      copies: choices.chance(0.1) ? 1 : 0,
    });
    if (sent % 100 === 99) world.say(`${sent + 1} messages written, ${killer.kills()} kills`);
    await world.sleep((1_000 / plan.perSecond) * 2 * choices.next());
  }
  await killer.stop();
  world.say(`all written, ${killer.kills()} kills; waiting until quiet`);
  const isQuiet = await world.quiet({ withinMs: 150_000 });
  const judged = await world.judge();
  return verdictOf(judged, {
    trials: judged.messages,
    kills: killer.kills(),
    problems: isQuiet ? [] : ['work was left after 150 s of quiet'],
  });
}

/** Most ask a model; some a fixed answer; some skip the burst window. */
function wordsOf(world: World, choice: number): string {
  if (choice < 0.15) return 'hi';
  if (choice < 0.25) return 'goodbye';
  return choice < 0.5 ? world.question('/ask how long is the breathwork course?') : world.question();
}

type Killing = { readonly killEveryMs: readonly [number, number]; readonly exact: number };

/** Kills at random moments; of an ingress, this share right after an acknowledgement, when a careless one has lied. */
function startKiller({ fleet, channel, random, sleep }: World, { killEveryMs: [low, high], exact }: Killing) {
  const choices = random.fork('kills');
  const stopped = new AbortController();
  let kills = 0;
  let afterAck = false;
  channel.onAck((_, to) => {
    const one = fleet.ingresses().find(({ address }) => address === to);
    if (!afterAck || one === undefined) return;
    afterAck = false;
    kills += 1;
    void one.kill('right after an acknowledgement');
  });
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await sleep(choices.whole(low, high));
      const up = fleet.members().filter((member) => member.isUp());
      // Killing what has hardly started would only prove that nothing works when nothing runs.
      if (up.length * 2 < fleet.members().length) continue;
      const target = choices.pick(up);
      const isExact = choices.chance(exact);
      if (isExact && fleet.ingresses().includes(target)) {
        afterAck = true;
      } else {
        kills += 1;
        await target.kill('at random');
      }
    }
    afterAck = false;
  };
  const running = loop();
  return {
    kills: () => kills,
    stop: async () => {
      stopped.abort();
      await running;
      await Promise.all(fleet.members().map((member) => member.ready()));
    },
  };
}
