/** R4: a worker that was asleep past its lease wakes while another makes its turns; it writes and sends nothing. */
import type { Member } from '../fleet.ts';
import { holdsWithin } from '../hold-until.ts';
import type { PgProxy, Stop } from '../pg-proxy.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';

const PLANS = { short: { stale: 8, rounds: 3 }, long: { stale: 200, rounds: 40 } } as const;
/** Below the pool of a process, so that its heartbeats still get through until it is stopped. */
const AT_ONCE = 12;
/** The first statement of a turn's commit. */
const GUARD = /from lanes where lane = \$1 and holder = \$2 and fence = \$3 for update/;
const LEASE_AND_SWEEP_MS = 60_000;

export const staleWorker: Scenario = {
  id: 'R4',
  title: 'SIGSTOP at the moment of the commit, past the lease, SIGCONT while another worker has the lane',
  target: '0 stale commits in 200',
  waits: true,
  needs: { postgres: 'shared', redis: 'shared' },
  run,
  mutants: [
    {
      name: 'no fencing number',
      expects: /was written by/,
      patches: [
        {
          file: 'memory/postgres/turns.ts',
          find: 'select 1 from lanes where lane = $1 and holder = $2 and fence = $3 for update',
          replace:
            'select 1 where $1::uuid is not null and $2::text is not null and $3::bigint is not null -- from lanes where lane = $1 and holder = $2 and fence = $3 for update',
        },
      ],
    },
  ],
};

type Held = { readonly lane: string; readonly fence: number };

type Sleeper = {
  readonly member: Member;
  /** Lanes whose commit is held, and the fence it holds. */
  readonly held: Held[];
  readonly arm: () => void;
  readonly wake: () => void;
};

async function run(world: World) {
  const { channel, fleet, model, size } = world;
  const plan = PLANS[size];
  await fleet.start(world.shape({ ingress: 1, delivery: 1 }));
  const sleepers = [await startSleeper(world), await startSleeper(world)];
  const problems: string[] = [];
  let stale = 0;
  for (let round = 0; round < plan.rounds && stale < plan.stale; round += 1) {
    const sleeper = sleepers[round % 2] as Sleeper;
    sleeper.arm();
    for (const chat of world.chats(2 * AT_ONCE)) channel.write({ chat, text: world.question('/ask how long is it?') });
    await holdsWithin(30_000, whenSettled(sleeper.held));
    sleeper.member.pause();
    world.say(`${sleeper.member.name} sleeps before ${sleeper.held.length} commits`);
    // Whoever takes over is slow, so that the sleeper wakes in the middle of it.
    model.setFirstByteMs(8_000);
    const isTaken = await holdsWithin(LEASE_AND_SWEEP_MS, () => allTaken(world, sleeper));
    if (!isTaken) problems.push(`round ${round}: nobody took over the lanes of ${sleeper.member.name}`);
    stale += sleeper.held.length;
    sleeper.wake();
    sleeper.member.resume();
    await world.sleep(1_500);
    model.setFirstByteMs(0);
    if (!(await world.quiet({ withinMs: 90_000 }))) problems.push(`round ${round}: work was left`);
  }
  const judged = await world.judge();
  const names = new Map(fleet.members().map((member) => [String(member.pid()), member.name]));
  const wrong = judged.found.commits.filter(({ writer, holder }) => names.get(holder?.split('-')[0] ?? '') !== writer);
  problems.push(
    ...wrong.map(({ turn, writer, holder }) => `turn ${turn} was written by ${writer} while ${holder} held the lane`),
  );
  if (stale < plan.stale) problems.push(`only ${stale} of ${plan.stale} commits could be made stale`);
  return verdictOf(judged, {
    trials: stale,
    problems,
    more: { 'stale commits tried': stale, refused: stale - wrong.length },
  });
}

/** A worker behind a proxy that holds its commits once it is armed. */
async function startSleeper(world: World): Promise<Sleeper> {
  const proxy: PgProxy = await world.proxy();
  const [member] = await world.fleet.start(world.shape({ worker: 1 }), { variables: { DATABASE_URL: proxy.url } });
  const held: Held[] = [];
  let isArmed = false;
  let gate = Promise.withResolvers<void>();
  proxy.watch(({ text, values }): Stop => {
    if (!isArmed || !GUARD.test(text) || held.length >= AT_ONCE) return 'pass';
    held.push({ lane: values[0] ?? '', fence: Number(values[2]) });
    return { before: () => gate.promise };
  });
  return {
    member: member as Member,
    held,
    arm: () => {
      held.length = 0;
      gate = Promise.withResolvers<void>();
      isArmed = true;
    },
    wake: () => {
      isArmed = false;
      gate.resolve();
    },
  };
}

/** All that will come to its commit there has come: enough, or nothing new for three seconds. */
function whenSettled(held: readonly Held[]): () => boolean {
  let seen = 0;
  let since = Date.now();
  return () => {
    if (held.length !== seen) [seen, since] = [held.length, Date.now()];
    return seen >= AT_ONCE || (seen > 0 && Date.now() - since > 3_000);
  };
}

/** Whoever took a lane raised its fence, also when they are through with it by now. */
async function allTaken({ sql }: World, { held }: Sleeper): Promise<boolean> {
  const rows = await sql<Held>('select lane, fence::int4 as fence from lanes where lane = any($1::uuid[])', [
    held.map(({ lane }) => lane),
  ]);
  const now = new Map(rows.map(({ lane, fence }) => [lane, fence]));
  return held.every(({ lane, fence }) => (now.get(lane) ?? 0) > fence);
}
