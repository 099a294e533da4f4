/**
 * The learner: after a turn is committed it writes what the turn taught about its person. It never delays an answer and
 * never fails a turn; what a dying process leaves undone stands in Postgres and is done by a later sweep.
 */

import { modelToAsk } from '../agents/breaker.ts';
import { condenseLines, findFacts, type LearnOptions } from '../agents/learn.ts';
import type { AgentModel } from '../agents/model.ts';
import type { Clock } from '../core/clock.ts';
import { leftLines, windowOf } from '../core/conversation.ts';
import type { Embedder } from '../core/embedding.ts';
import { errorCode } from '../core/errors.ts';
import { audienceOfSaid, expiryOf, MAX_FACTS_PER_TURN, type SaidFact } from '../core/fact.ts';
import type { TurnId } from '../core/ids.ts';
import { mayTeach, personWords, speaksOfSelf } from '../core/lesson.ts';
import { saidFacts } from '../core/said-facts.ts';
import type { Turn } from '../core/turn.ts';
import type { NewFact } from '../memory/facts.ts';
import type { Memory } from '../memory/memory.ts';
import type { Log } from './outside.ts';

export type LearnerParts = {
  readonly memory: Pick<Memory, 'facts' | 'threads' | 'turns'>;
  readonly embedder: Embedder;
  /** The one that chooses among agents: small and quick. Null: rules alone. */
  readonly model: AgentModel | null;
  readonly clock: Clock;
  readonly monotonic: Clock;
  readonly log: Log;
  /** Calls of the model in an hour; beyond them rules alone learn. */
  readonly callsPerHour?: number;
};

export type Learner = {
  /** Takes a committed turn; returns at once. */
  readonly note: (turn: Turn) => void;
  /** Does what nobody finished. Resolves when everything taken so far is done. */
  readonly sweep: () => Promise<void>;
  readonly start: () => void;
  /** Lets the lesson that runs end; the others stay in Postgres. */
  readonly stop: () => Promise<void>;
};

const SWEEP_MS = 30_000;
const SWEEP_LIMIT = 50;
/** More wait in Postgres, not in memory. */
const MAX_WAITING = 200;
const CALLS_PER_HOUR = 300;
const HOUR_MS = 3_600_000;
/** A summary is worth a call when so many lines have left the window. */
const LINES_PER_SUMMARY = 6;
const LINES_READ = 40;

export function createLearner(parts: LearnerParts): Learner {
  const waiting: Turn[] = [];
  const stopping = new AbortController();
  const student: Student = { ...parts, mayAsk: createBudget(parts), signal: stopping.signal };
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  const work = async (): Promise<void> => {
    for (let turn = waiting.shift(); turn && !stopping.signal.aborted; turn = waiting.shift()) {
      await learn(student, turn).catch((error: unknown) =>
        parts.log.warn('a lesson waits for the next sweep', { turn: turn?.id, code: errorCode(error) }),
      );
    }
  };
  /** One lesson at a time: nobody waits for it. */
  const wake = (): Promise<void> => {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  };
  const sweep = async (): Promise<void> => {
    const known = new Set<TurnId>(waiting.map(({ id }) => id));
    const left = (await parts.memory.facts.listUnlearned(SWEEP_LIMIT)).filter((id) => !known.has(id));
    // One record that cannot be read keeps no other from being learned.
    const turns = await Promise.allSettled(left.map((id) => parts.memory.turns.get(id)));
    waiting.push(...turns.flatMap((turn) => (turn.status === 'fulfilled' ? [turn.value] : [])));
    await wake();
  };
  return {
    note: (turn) => {
      if (stopping.signal.aborted || waiting.length >= MAX_WAITING) return;
      waiting.push(turn);
      void wake();
    },
    sweep,
    start: () => {
      timer = setInterval(() => {
        sweep().catch((error: unknown) => parts.log.warn('lessons were not listed', { code: errorCode(error) }));
      }, SWEEP_MS).unref();
    },
    stop: async () => {
      if (timer) clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}

type Student = LearnerParts & { readonly mayAsk: () => boolean; readonly signal: AbortSignal };

/** So many calls within an hour; the clock is the platform's. */
function createBudget({ clock, callsPerHour = CALLS_PER_HOUR }: LearnerParts): () => boolean {
  let hour = { began: clock(), calls: 0 };
  return () => {
    if (clock() - hour.began > HOUR_MS) hour = { began: clock(), calls: 0 };
    hour.calls += 1;
    return hour.calls <= callsPerHour;
  };
}

/** Facts first, in the transaction that ends the lesson; then the summary, which may be made again at the next turn. */
async function learn(student: Student, turn: Turn): Promise<void> {
  const { memory } = student;
  const { id, handle, startedAt } = turn;
  await memory.facts.learn({ turn: id, handle, learnedAt: startedAt, facts: await factsOf(student, turn) });
  await summarise(student, turn).catch((error: unknown) =>
    student.log.warn('no summary this time', { turn: id, code: errorCode(error) }),
  );
}

async function factsOf(student: Student, turn: Turn): Promise<readonly NewFact[]> {
  const words = personWords(turn.events.map(({ event }) => event));
  if (!mayTeach(words, { hasModel: student.model !== null })) return [];
  const bySubject = new Map<string, SaidFact>();
  // Rules are surer than a model: where both speak of one subject, theirs counts.
  for (const fact of [...(await askForFacts(student, { words, turn })), ...saidFacts(words)]) {
    bySubject.set(`${fact.kind}/${fact.subject}`, fact);
  }
  const said = [...bySubject.values()].slice(-MAX_FACTS_PER_TURN);
  const vectors = await vectorsOf(student, said);
  const audience = audienceOfSaid(turn.events[0]?.event.thread.clearance ?? 'public');
  return said.map(({ days, ...fact }, index) => ({
    ...fact,
    audience,
    expiresAt: expiryOf(days, turn.startedAt),
    vector: { embedder: student.embedder.name, vector: vectors[index] ?? [] },
  }));
}

type Words = { readonly words: string; readonly turn: Turn };

/** Nothing when there is no model, no budget, or no answer: what rules read is learned all the same. */
async function askForFacts(student: Student, { words, turn }: Words): Promise<readonly SaidFact[]> {
  const options = speaksOfSelf(words) ? modelOptions(student, turn) : null;
  if (options === null) return [];
  try {
    return await findFacts(words, options);
  } catch (error) {
    student.log.warn('facts are read by rules alone', { turn: turn.id, code: errorCode(error) });
    return [];
  }
}

/** The options of one call, or null when none may be made. Asking uses up one call of the budget. */
function modelOptions({ model, mayAsk, signal, monotonic, log }: Student, turn: Turn): LearnOptions | null {
  const asked = model === null || !mayAsk() ? 'no_model' : modelToAsk(model);
  if (typeof asked === 'string') return null;
  return {
    model: asked,
    turn: turn.id,
    signal,
    elapsed: monotonic,
    onModelCall: ({ outcome, inputTokens, outputTokens }) =>
      log.info('learned with a model', { turn: turn.id, outcome, inputTokens, outputTokens }),
  };
}

/** A fact without a vector is still a fact. */
async function vectorsOf(
  { embedder, signal }: Student,
  said: readonly SaidFact[],
): Promise<readonly (readonly number[])[]> {
  if (said.length === 0) return [];
  return embedder
    .embed(
      said.map(({ text, quote }) => `${text} ${quote}`),
      signal,
    )
    .catch(() => []);
}

async function summarise(student: Student, turn: Turn): Promise<void> {
  if (student.model === null) return;
  const { thread, handle } = turn;
  const conversation = await student.memory.threads.conversation({ thread, handle, limit: LINES_READ });
  const left = leftLines(conversation, windowOf(conversation, student.clock()));
  const last = left.at(-1);
  const hasEnded = conversation.episodeAt !== null && Date.parse(conversation.episodeAt) >= Date.parse(turn.startedAt);
  if (!last || (left.length < LINES_PER_SUMMARY && !hasEnded)) return;
  const options = modelOptions(student, turn);
  if (options === null) return;
  const text = await condenseLines({ summary: conversation.summary?.text ?? null, lines: left }, options);
  const since = conversation.episodeAt;
  await student.memory.threads.saveSummary({ thread, handle, text, through: last.at, since });
}
