/** The series of `/metrics`: every name the platform publishes stands here and in docs/operations.md. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Counted } from '../channels/bridge/count.ts';
import { AgentName } from '../core/agent-name.ts';
import type { PermanentCode, TransientCode } from '../core/errors.ts';
import { TurnStatus } from '../core/turn.ts';
import type { Health } from '../memory/health.ts';

export type Series = {
  readonly counted: Readonly<Record<Counted, Counter>>;
  /** One for each number of the store's health; times in seconds. */
  readonly gauges: Readonly<Record<keyof Health, Gauge>>;
  readonly turns: Counter;
  readonly turnSeconds: Histogram;
  readonly fallbackTurns: Counter;
  readonly modelCalls: Counter;
  readonly modelTokens: Counter;
  readonly modelCost: Counter;
  readonly firstToken: Histogram;
  readonly crisisReply: Histogram;
  readonly storeUp: Gauge;
  readonly loopLag: Gauge;
  readonly memory: Gauge;
};

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 45, 60];

export function createSeries(registry: Registry): Series {
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: readonly string[] = []): Counter =>
    new Counter({ name: `throughline_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = (name: string, help: string, labelNames: readonly string[] = []): Gauge =>
    new Gauge({ name: `throughline_${name}`, help, labelNames: [...labelNames], registers });
  const histogram = (name: string, help: string, labelNames: readonly string[] = []): Histogram =>
    new Histogram({ name: `throughline_${name}`, help, labelNames: [...labelNames], buckets: SECONDS, registers });
  return {
    counted: bridgeCounters(counter),
    gauges: storeGauges(gauge),
    turns: counter('turns_total', 'Turns committed by this process.', ['status', 'agent', 'channel']),
    turnSeconds: histogram('turn_seconds', 'From the first step of a turn to its last.', ['status']),
    fallbackTurns: counter('fallback_turns_total', 'Turns that were answered without the model they wanted.', [
      'agent',
      'why',
    ]),
    modelCalls: counter('model_calls_total', 'Calls of a model.', ['agent', 'model', 'outcome']),
    modelTokens: counter('model_tokens_total', 'Tokens to and from a model.', ['agent', 'model', 'direction']),
    modelCost: counter('model_cost_total', 'What the tokens cost by MODEL_PRICES, in its money.', ['agent', 'model']),
    firstToken: histogram('model_first_token_seconds', 'From the call to the first token.', ['model']),
    crisisReply: histogram('crisis_reply_seconds', 'From a crisis message being accepted to its answer having left.'),
    storeUp: gauge('store_up', '1 while the store answers; 0 makes every number of what waits NaN.'),
    loopLag: gauge('event_loop_lag_seconds', 'Lag of the event loop since the last scrape.', ['quantile']),
    memory: gauge('resident_memory_bytes', 'Memory of this process.'),
  };
}

/** The label values a process knows of from its start. */
export type Labels = {
  readonly connections: readonly { readonly channel: string; readonly connection: string }[];
  readonly models: readonly string[];
  /** Of these models the cost is known. */
  readonly priced: readonly string[];
  readonly embeddingModel?: string | undefined;
};

const KINDS = ['lane', 'delivery'];
const ENDS = ['sent', 'unknown', 'suppressed', 'failed'];
/** What becomes of a model call (agents/failure.ts), or stops it from outside. */
const MODEL_FAILURES: readonly (PermanentCode | TransientCode)[] = [
  'model_rate_limited',
  'model_unavailable',
  'model_timeout',
  'model_refused',
  'model_garbage',
  'superseded',
  'lane_lost',
];
/** Why an agent did without a model. */
const FALLBACKS = ['breaker_open', 'no_model', 'fixed_text', 'choice', 'memory', 'not_private', ...MODEL_FAILURES];

/** Whatever may be counted here stands at zero before it is, so that `increase()` sees the first one too. */
export function beginAtZero(series: Series, labels: Labels): void {
  const { counted } = series;
  const { connections } = labels;
  for (const kind of KINDS) counted.sweeper_rescues.inc({ kind }, 0);
  for (const one of connections) counted.rate_limited.inc({ ...one }, 0);
  for (const channel of new Set(connections.map((one) => one.channel))) {
    const { dedupe_hits, refused_events, unknown_sends, parked, superseded_turns } = counted;
    for (const counter of [dedupe_hits, refused_events, unknown_sends, parked, superseded_turns])
      counter.inc({ channel }, 0);
    for (const state of ENDS) counted.deliveries.inc({ state, channel }, 0);
    for (const status of TurnStatus.options) {
      for (const agent of ['none', ...AgentName.options]) series.turns.inc({ status, agent, channel }, 0);
    }
  }
  for (const agent of AgentName.options) {
    for (const why of FALLBACKS) series.fallbackTurns.inc({ agent, why }, 0);
    for (const model of labels.models)
      beginModelAtZero(series, { agent, model, isPriced: labels.priced.includes(model) });
  }
  const { embeddingModel: model } = labels;
  if (model) beginModelAtZero(series, { agent: 'embedder', model, isPriced: labels.priced.includes(model) });
}

type Spender = { readonly agent: string; readonly model: string; readonly isPriced: boolean };

function beginModelAtZero({ modelCalls, modelTokens, modelCost }: Series, { agent, model, isPriced }: Spender): void {
  for (const outcome of ['ok', ...MODEL_FAILURES]) modelCalls.inc({ agent, model, outcome }, 0);
  for (const direction of ['input', 'output']) modelTokens.inc({ agent, model, direction }, 0);
  if (isPriced) modelCost.inc({ agent, model }, 0);
}

type Make<T> = (name: string, help: string, labelNames?: readonly string[]) => T;

function bridgeCounters(counter: Make<Counter>): Series['counted'] {
  return {
    dedupe_hits: counter('dedupe_hits_total', 'Events that were there already.', ['channel']),
    refused_events: counter('refused_events_total', 'Events refused with 503 because too many wait.', ['channel']),
    lease_losses: counter('lease_losses_total', 'Turns whose lane was taken over while they ran.'),
    sweeper_rescues: counter('sweeper_rescues_total', 'Unfinished work that was nobody’s.', ['kind']),
    unknown_sends: counter('unknown_sends_total', 'Sends that may or may not have arrived.', ['channel']),
    parked: counter('parked_total', 'Bursts given up with an apology.', ['channel']),
    rate_limited: counter('rate_limited_total', 'Times a channel told us to wait.', ['channel', 'connection']),
    superseded_turns: counter('superseded_turns_total', 'Turns that made room for a newer message.', ['channel']),
    deliveries: counter('deliveries_total', 'Deliveries that came to an end.', ['state', 'channel']),
  };
}

function storeGauges(gauge: Make<Gauge>): Series['gauges'] {
  return {
    pendingEvents: gauge('pending_events', 'Events without an end yet.'),
    oldestPendingMs: gauge('oldest_unfinished_event_age_seconds', 'Age of the oldest event without an end.'),
    parkedEvents: gauge('parked_events', 'Events that were given up.'),
    dueDeliveries: gauge('due_deliveries', 'Deliveries whose time has come and that nobody sends yet.'),
    oldestDueMs: gauge('oldest_due_delivery_age_seconds', 'How long the most overdue delivery waits.'),
    claimedDeliveries: gauge('claimed_deliveries', 'Deliveries a sender has in hand.'),
    unknownDeliveries: gauge('unknown_deliveries', 'Deliveries nobody knows the end of.'),
    turnsToLearn: gauge('turns_to_learn', 'Turns something may still be learned from.'),
    openAlerts: gauge('open_alerts', 'Alerts no operator has acknowledged.'),
  };
}
