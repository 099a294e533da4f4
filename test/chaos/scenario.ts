/**
 * A scenario: one invariant of the delivery contract put under its fault, with the mutants that must make it fail.
 *
 * Writing one:
 * 1. `scenarios/r07-postgres-down.ts` exports one `Scenario` literal; `registry.ts` lists it. Nothing else knows it.
 * 2. `run` gets a `World` of its own: an empty, seeded database, a queue, a fake channel, a fake model and a fleet of
 *    application processes that is still empty. It starts processes, writes messages, hurts something, waits until all
 *    is quiet and asks the oracle:
 *
 *        await world.fleet.start(world.shape({ ingress: 1, worker: 2, delivery: 1 }));
 *        for (const chat of world.chats(40)) world.channel.write({ chat, text: world.question() });
 *        await hurt();
 *        await world.quiet({ withinMs: 120_000 });
 *        const judged = await world.judge();
 *        return verdictOf(judged, { trials: 40, problems: [...] });
 *
 * 3. Every random choice comes from `world.random`; the schedule can then be made again from the printed seed.
 * 4. Each mutant is the protection switched off: patches of the source (applied to a copy of the tree, never to the tree
 *    itself) and, where the protection is a constraint, SQL run on the scenario's database. The scenario must fail with it,
 *    and by the problem it `expects`: that something else went wrong meanwhile proves nothing.
 * 5. `size` is `short` (a share of six minutes in CI) or `long`; a scenario reads it once, at the top of `run`.
 */
import type { OpenAiPeer } from '../peers/openai.ts';
import type { FakeChannel } from './fake-channel.ts';
import type { Fleet, Shape } from './fleet.ts';
import type { Judgement } from './oracle.ts';
import type { PgProxy } from './pg-proxy.ts';
import type { Random } from './random.ts';
import type { PostgresServer, RedisServer } from './stores.ts';

export type Size = 'short' | 'long';

export type Scenario = {
  /** `R1` to `R22`, as in the reference. */
  readonly id: `R${number}`;
  readonly title: string;
  /** What stands in the reference's column "target", as far as this scenario measures it. */
  readonly target: string;
  readonly needs: Needs;
  /** What this machine lacks for it, in words; null: nothing. */
  readonly missing?: () => string | null;
  /** It waits more than it works: begun first, so that others run meanwhile. */
  readonly waits?: true;
  /** Its title with one process on the embedded engine; without one it is not run there. */
  readonly embedded?: string;
  /** A limit of the product brought within reach of this run; applied with and without a mutant. Protections stay on. */
  readonly patches?: readonly Patch[];
  readonly run: (world: World) => Promise<Verdict>;
  /** At least one, or the scenario proves nothing. */
  readonly mutants: readonly Mutant[];
};

/** `own`: a server of the scenario's own, because it is hurt; `shared`: a database of its own on the run's server. */
export type Needs = {
  readonly postgres: 'shared' | 'own';
  readonly redis: 'none' | 'shared' | 'own';
};

export type Mutant = {
  /** As in the reference, e.g. `ack before commit`. */
  readonly name: string;
  /** The problem this protection keeps away; a mutant that only leads to others goes unnoticed. Not "work was left", which any fault leads to. */
  readonly expects: RegExp;
  readonly patches: readonly Patch[];
  /** On the embedded engine nobody would miss it. */
  readonly needsServer?: true;
  /** Run on the scenario's database before the first process starts. */
  readonly sql?: readonly string[];
};

/** `find` must stand in the file exactly once; when it does not, the run fails and says so. */
export type Patch = { readonly file: string; readonly find: string; readonly replace: string };

export type Verdict = {
  /** Empty: the invariant held. Each line names what broke, with the message, delivery or process it broke for. */
  readonly problems: readonly string[];
  readonly figures: Figures;
};

export type Figures = {
  readonly messages: number;
  readonly kills: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  /** Deliveries whose outcome nobody knows; stated, not lost. */
  readonly unknown: number;
  /** Of these, how many never reached the channel: the person got no answer, an operator can see it. */
  readonly unheard: number;
  /** From a kill to the end of each message that was under way then, in milliseconds. */
  readonly recoveries: readonly number[];
  /** How often the fault was tried; a zero bounds the rate by 3 / trials. */
  readonly trials: number;
  /** What else was measured, for the table. */
  readonly more: Readonly<Record<string, number | string>>;
};

export type World = {
  readonly size: Size;
  /** `embedded`: one process, which takes seconds to come back. */
  readonly engine: 'embedded' | 'server';
  readonly random: Random;
  readonly channel: FakeChannel;
  readonly model: OpenAiPeer;
  readonly fleet: Fleet;
  readonly postgres: PostgresServer;
  readonly redis: RedisServer | null;
  /** A question a model answers, with a code of its own that the fake model repeats in its answer. */
  readonly question: (words?: string) => string;
  /** So many new private chats. */
  readonly chats: (count: number) => readonly number[];
  /** Processes by role, or as many that play all roles when the run was asked for `--roles all`. */
  readonly shape: (roles: Readonly<Partial<Record<'ingress' | 'worker' | 'delivery' | 'console', number>>>) => Shape;
  /** A proxy in front of this scenario's database, which can hold a statement or tell of it; one per process. */
  readonly proxy: () => Promise<PgProxy>;
  /** Rows of this scenario's database. */
  readonly sql: <Row>(text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  /** Waits until everything was taken and has ended; false when `withinMs` was not enough. */
  readonly quiet: (limit: { readonly withinMs: number }) => Promise<boolean>;
  /** The oracle's word over database and history. */
  readonly judge: () => Promise<Judgement>;
  /** A line of progress. */
  readonly say: (line: string) => void;
  readonly sleep: (milliseconds: number) => Promise<void>;
};

/** The oracle's word and what the scenario itself found, as one verdict. Anything lost, doubled or out of order is a problem. */
export function verdictOf(
  judged: Judgement,
  own: {
    readonly trials: number;
    readonly kills?: number;
    readonly problems?: readonly string[];
    readonly more?: Figures['more'];
  },
): Verdict {
  const { lost, duplicated, outOfOrder, unknown, unheard, recoveries, messages } = judged;
  const problems = [
    ...lost.map((line) => `lost: ${line}`),
    ...duplicated.map((line) => `duplicated: ${line}`),
    ...outOfOrder.map((line) => `out of order: ${line}`),
    ...(own.problems ?? []),
  ];
  return {
    problems,
    figures: {
      messages,
      kills: own.kills ?? 0,
      lost: lost.length,
      duplicated: duplicated.length,
      outOfOrder: outOfOrder.length,
      unknown: unknown.length,
      unheard: unheard.length,
      recoveries,
      trials: own.trials,
      more: { ...(own.more ?? {}), ...answerTimes(judged) },
    },
  };
}

/** How long people waited from the acknowledgement to the answer. */
function answerTimes({ answerMs }: Judgement): Figures['more'] {
  const times = [...answerMs.values()].toSorted((a, b) => a - b);
  const at = (share: number): string => `${((times[Math.floor((times.length - 1) * share)] ?? 0) / 1000).toFixed(1)} s`;
  return times.length === 0 ? {} : { 'answer p50': at(0.5), 'answer p99': at(0.99) };
}
