/** Runs the pipeline over one burst, and makes the honest end of a burst that cannot be answered. */
import { errorCode, TransientError } from '../core/errors.ts';
import { eventText } from '../core/event.ts';
import { deliveryIdOf } from '../core/ids.ts';
import type { Turn } from '../core/turn.ts';
import { phrase } from '../core/workspace.ts';
import type { Burst } from '../memory/inbox.ts';
import type { TurnCommit } from '../memory/turns.ts';
import type { Recorder } from '../traces/recorder.ts';
import type { createPipeline } from './pipeline.ts';
import type { Pass, TurnPorts } from './state.ts';
import { fixedReply } from './steps/check.ts';
import { vectorOf } from './steps/vector.ts';

export type Pipeline = ReturnType<typeof createPipeline>;

/** Steps of one turn; far above what the pipeline has, far below what a loop would take. */
const MAX_STEPS = 30;
/** How far back a turn reads in its thread. */
const LINES = 12;

export type RunOptions = Pick<Pass, 'signal' | 'yieldToNewer' | 'onToken' | 'onWithdraw'> & {
  readonly recorder: Recorder;
};

/** The words of a burst, oldest first. */
function burstText(burst: Burst): string {
  return burst.events
    .map(({ event }) => eventText(event))
    .filter((text) => text.trim() !== '')
    .join('\n');
}

/**
 * One pass. Throws what stopped it: the signal's reason (superseded, lane lost), TransientError('model_timeout') at the
 * turn's deadline, or the first error of a step.
 */
export async function runTurn(
  pipeline: Pipeline,
  burst: Burst,
  { ports, ...options }: RunOptions & { readonly ports: TurnPorts },
): Promise<TurnCommit> {
  const text = burstText(burst);
  const pass: Pass = {
    ...options,
    ports,
    turn: burst.turn,
    text,
    embedding: once(() => vectorOf(text, { ports, signal: options.signal })),
    conversation: once(() =>
      ports.memory.threads.conversation({ thread: burst.thread, handle: burst.handle, limit: LINES }),
    ),
  };
  try {
    const state = await pipeline.invoke(
      { burst },
      { context: { pass }, signal: options.signal, recursionLimit: MAX_STEPS },
    );
    const spans = [...options.recorder.finish()];
    return { ...state.commit, turn: { ...state.commit.turn, spans, milliseconds: options.recorder.elapsed() } };
  } catch (error) {
    throw options.signal.aborted ? stopReason(options.signal) : error;
  }
}

/** Steps that run side by side share one answer. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask();
    return answer;
  };
}

function stopReason(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  if (reason instanceof TransientError) return reason;
  return new TransientError('model_timeout', 'The turn reached its deadline.', { cause: reason });
}

/** Nothing here may fail for the reason the turn failed: two reads, a fixed sentence, an alert. */
export async function apologise(ports: TurnPorts, burst: Burst, error: unknown): Promise<TurnCommit> {
  const person = await ports.memory.people.ofHandle(burst.handle);
  const reply = fixedReply(phrase(ports.workspace.tone.phrases.failed, person.locale), person.locale);
  const code = errorCode(error);
  const turn: Turn = {
    id: burst.turn,
    thread: burst.thread,
    person: person.id,
    handle: burst.handle,
    status: 'error',
    events: burst.events.map(({ id, event }) => ({ id, event })),
    journeyBefore: null,
    journeyAfter: null,
    moves: [],
    screening: null,
    intent: null,
    recalled: [],
    route: null,
    draft: null,
    check: null,
    reply,
    deliveries: [deliveryIdOf(burst.turn, 0)],
    modelCalls: [],
    spans: [],
    fingerprint: { prompt: null, model: null, workspace: ports.workspace.version },
    error: { code, message: error instanceof Error ? error.message.slice(0, 300) : 'unknown' },
    startedAt: new Date(ports.clock()).toISOString(),
    milliseconds: 0,
  };
  return {
    turn,
    deliveries: [{ reply, replyTo: burst.events.at(-1)?.event.answerUnder ?? null }],
    journey: null,
    alerts: [{ kind: 'parked', summary: `A message could not be answered (${code}); it is parked.` }],
    ownership: 'waiting',
    yieldToNewer: false,
    toLearn: false,
  };
}
