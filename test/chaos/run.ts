/**
 * `npm run chaos`: the application as real processes under faults, judged by an oracle of its own.
 *
 *   --short (the default) | --long · --only R1,R4 · --mutants (each must fail) · --seed 42 · --json · --roles all|split
 *   --at-once 3 · --from <another copy of the tree> · --database-url, --redis-url (else DATABASE_URL, REDIS_URL, else servers of the machine's own binaries)
 *   --no-redis: the queue is kept in PostgreSQL · --embedded: no server at all, one process on a data folder
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { closeGround, type OpenGround, openGround } from './ground.ts';
import { createRandom } from './random.ts';
import { SCENARIOS } from './registry.ts';
import { isAsItShould, type Outcome, summaryOf, tableOf } from './report.ts';
import type { Figures, Mutant, Scenario, Size, Verdict } from './scenario.ts';
import { copyTree, misfitsOf, type Tree } from './tree.ts';
import { openWorld } from './world.ts';

const OPTIONS = {
  short: { type: 'boolean' },
  long: { type: 'boolean' },
  only: { type: 'string' },
  mutants: { type: 'boolean' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
  keep: { type: 'boolean' },
  roles: { type: 'string' },
  'at-once': { type: 'string' },
  from: { type: 'string' },
  'database-url': { type: 'string' },
  'redis-url': { type: 'string' },
  'no-redis': { type: 'boolean' },
  embedded: { type: 'boolean' },
} as const;

const EMPTY: Figures = {
  messages: 0,
  kills: 0,
  lost: 0,
  duplicated: 0,
  outOfOrder: 0,
  unknown: 0,
  unheard: 0,
  recoveries: [],
  trials: 0,
  more: {},
};

type Job = { readonly scenario: Scenario; readonly mutant: Mutant | null };

export async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const size: Size = values.long ? 'long' : 'short';
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const begun = performance.now();
  const say = (line: string): void => {
    if (!values.json)
      process.stderr.write(`[${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s] ${line}\n`);
  };
  say(`seed ${seed}, ${size}`);
  const folder = mkdtempSync(join(tmpdir(), 'throughline-chaos-'));
  const tree = copyTree(values.from === undefined ? {} : { from: values.from });
  const ground = await openGround({
    databaseUrl: values['database-url'] ?? process.env['DATABASE_URL'] ?? null,
    redisUrl: values['redis-url'] ?? process.env['REDIS_URL'] ?? null,
    hasRedis: values['no-redis'] !== true,
    isEmbedded: values.embedded === true,
    roles: values.roles === 'all' ? 'all' : 'split',
    folder,
    tree: tree.folder,
    say,
  });
  const only = values.only?.toUpperCase().split(',');
  const chosen = SCENARIOS.filter(({ id }) => only === undefined || only.includes(id));
  const notRun: string[] = [];
  const runnable = chosen.filter((scenario) => {
    const why = whyNot(scenario, ground);
    if (why !== null) notRun.push(`${scenario.id} ${scenario.title}: ${why}`);
    return why === null;
  });
  const inOrder = runnable.toSorted((a, b) => Number(b.waits ?? false) - Number(a.waits ?? false));
  const jobs = inOrder.flatMap((scenario): Job[] =>
    values.mutants ? mutantsOn(ground, scenario).map((mutant) => ({ scenario, mutant })) : [{ scenario, mutant: null }],
  );
  const misfits = chosen.flatMap(({ id, mutants, patches: own = [] }) =>
    [{ name: 'none', patches: own }, ...mutants].flatMap(({ name, patches }) =>
      misfitsOf(patches, tree.folder).map((why) => `${id}, mutant "${name}" does not fit any more: ${why}`),
    ),
  );
  for (const misfit of misfits) say(misfit);
  const outcomes: Outcome[] = [];
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      outcomes.push(await runJob(job, { ground, tree: tree.folder, size, seed, say }));
    }
  };
  try {
    await Promise.all(Array.from({ length: Number(values['at-once'] ?? 3) }, work));
  } finally {
    tree.remove();
    await closeGround(ground);
  }
  const report = { seed, size, outcomes, notRun, misfits, seconds: (performance.now() - begun) / 1000 };
  process.stdout.write(values.json ? `${JSON.stringify(summaryOf(report), null, 2)}\n` : `${tableOf(report)}\n`);
  const isGood = outcomes.every(isAsItShould) && misfits.length === 0;
  if (isGood && !values.keep) rmSync(folder, { recursive: true, force: true });
  process.exitCode = isGood ? 0 : 1;
}

/** Those that somebody would miss there. */
function mutantsOn({ engine }: OpenGround, { mutants }: Scenario): readonly Mutant[] {
  return mutants.filter(({ needsServer }) => engine === 'server' || !needsServer);
}

function whyNot({ needs, missing, embedded }: Scenario, { binaries, engine }: OpenGround): string | null {
  if (engine === 'embedded') return embedded !== undefined ? null : 'needs servers, or more than one process';
  const lack = missing?.() ?? null;
  if (lack !== null) return lack;
  if (needs.postgres === 'own' && binaries.postgres === null)
    return 'needs PostgreSQL binaries, to hurt a server of its own';
  if (needs.redis === 'own' && binaries.redis === null) return 'needs redis-server, to hurt one of its own';
  // A shared Redis may be missing: the queue is then kept in the database, the same invariant on another backend.
  return null;
}

type Around = {
  readonly ground: OpenGround;
  readonly tree: string;
  readonly size: Size;
  readonly seed: number;
  readonly say: (line: string) => void;
};

async function runJob({ scenario, mutant }: Job, { ground, tree, size, seed, say }: Around): Promise<Outcome> {
  const { id, target, needs } = scenario;
  const title = ground.engine === 'embedded' ? (scenario.embedded ?? scenario.title) : scenario.title;
  const isRegression = title.startsWith('regression');
  const base = isRegression ? `${id}-${title.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 40)}` : id;
  const name = mutant === null ? base : `${base}-${mutant.name.replaceAll(/[^a-z0-9]+/gi, '-')}`;
  const begun = performance.now();
  const tell = (line: string): void => say(`${name}: ${line}`);
  const finish = ({ problems, figures }: Verdict, broken: string | null): Outcome => {
    const seconds = (performance.now() - begun) / 1000;
    tell(broken ?? (problems.length === 0 ? 'held' : `${problems.length} problems, e.g. ${problems[0] ?? ''}`));
    const folder = join(ground.folder, name);
    return { id, title, target, mutant, verdict: { problems, figures }, broken, seconds, folder };
  };
  let own: Tree | null = null;
  try {
    const patches = [...(scenario.patches ?? []), ...(mutant?.patches ?? [])];
    own = patches.length === 0 ? null : copyTree({ patches, from: tree });
    const opening = { ground, needs, name, tree: own?.folder ?? tree, size, mutant, say: tell };
    // The same choices whatever else is run beside it.
    const { world, close } = await openWorld({ ...opening, random: createRandom(seed).fork(base) });
    tell(title);
    try {
      return finish(await scenario.run(world), null);
    } finally {
      await close();
    }
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return finish({ problems: [], figures: EMPTY }, why);
  } finally {
    own?.remove();
  }
}

await main();
