/** Metrics: what `/metrics` says. Names and closed labels only; no person, no thread, no word of anybody. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Registry } from 'prom-client';
import type { Count } from '../channels/bridge/count.ts';
import type { Delivery } from '../core/delivery.ts';
import type { ModelCall, Turn } from '../core/turn.ts';
import type { Health } from '../memory/health.ts';
import type { Memory } from '../memory/memory.ts';
import { beginAtZero, createSeries, type Labels, type Series } from './metrics-series.ts';
import type { Log } from './outside.ts';

/** Per million tokens of each model, in whatever money the operator counts. */
export type ModelPrices = Readonly<Record<string, { readonly input: number; readonly output: number }>>;

export type MetricsParts = {
  readonly memory: Pick<Memory, 'health'>;
  readonly prices: ModelPrices;
  /** Whose series begin at zero: an increase from nothing is none to whoever reads them. */
  readonly labels: Labels;
  readonly log: Log;
};

export type Metrics = {
  /** For the bridge. */
  readonly count: Count;
  /** A model was asked, for whatever purpose, and whatever became of it. */
  readonly noteModelCall: (call: CountedCall) => void;
  /** A turn was committed here. */
  readonly noteTurn: (turn: Turn) => void;
  /** A delivery left; crisis words are timed from the message they answer. */
  readonly noteSent: (delivery: Pick<Delivery, 'messageClass' | 'turn'>) => void;
  /** The text of a scrape. While the store is away its gauges say NaN, and `throughline_store_up` 0: what cannot be read is not zero. */
  readonly scrape: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly close: () => void;
};

/** A model call as it is counted; the embedder's have no agent behind them. */
export type CountedCall = Pick<ModelCall, 'model' | 'outcome' | 'inputTokens' | 'outputTokens' | 'firstTokenMs'> & {
  readonly agent: ModelCall['agent'] | 'embedder';
};

const LOOP_RESOLUTION_MS = 10;
/** A scraper gives up after ten seconds. */
const STORE_LIMIT_MS = 4_000;
const MILLION = 1_000_000;

export function createMetrics({ memory, prices, labels, log }: MetricsParts): Metrics {
  const registry = new Registry();
  const series = createSeries(registry);
  beginAtZero(series, labels);
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  return {
    count: (what, labels = {}, by = 1) => series.counted[what].inc({ ...labels }, by),
    noteModelCall: (call) => noteModelCall(series, call, prices),
    noteTurn: (turn) => noteTurn(series, turn),
    noteSent: ({ messageClass, turn }) => {
      if (messageClass !== 'crisis' || turn === null) return;
      memory.health.sinceReceived(turn).then(
        (ms) => {
          if (ms !== null) series.crisisReply.observe(ms / 1_000);
        },
        () => log.warn('a crisis reply was sent but could not be timed', { turn }),
      );
    },
    scrape: async () => {
      setGauges(series, await readHealth(memory));
      for (const percentile of [50, 99, 100]) {
        const ms = Math.max(0, loop.percentile(percentile) / 1e6 - LOOP_RESOLUTION_MS);
        series.loopLag.set({ quantile: String(percentile / 100) }, ms / 1_000);
      }
      loop.reset();
      series.memory.set(process.memoryUsage.rss());
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    close: () => loop.disable(),
  };
}

/** Null: the store is away, or does not answer. */
function readHealth({ health }: MetricsParts['memory']): Promise<Health | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), STORE_LIMIT_MS);
    health
      .read()
      .then(resolve, () => resolve(null))
      .finally(() => clearTimeout(timer));
  });
}

function setGauges({ gauges, storeUp }: Series, health: Health | null): void {
  storeUp.set(health === null ? 0 : 1);
  if (health === null) {
    for (const gauge of Object.values(gauges)) gauge.set(Number.NaN);
    return;
  }
  gauges.pendingEvents.set(health.pendingEvents);
  gauges.oldestPendingMs.set(health.oldestPendingMs / 1_000);
  gauges.parkedEvents.set(health.parkedEvents);
  gauges.dueDeliveries.set(health.dueDeliveries);
  gauges.oldestDueMs.set(health.oldestDueMs / 1_000);
  gauges.claimedDeliveries.set(health.claimedDeliveries);
  gauges.unknownDeliveries.set(health.unknownDeliveries);
  gauges.turnsToLearn.set(health.turnsToLearn);
  gauges.openAlerts.set(health.openAlerts);
}

function noteTurn(series: Series, turn: Turn): void {
  const channel = turn.events.at(-1)?.event.channel ?? 'none';
  series.turns.inc({ status: turn.status, agent: turn.draft?.agent ?? 'none', channel });
  series.turnSeconds.observe({ status: turn.status }, turn.milliseconds / 1_000);
  const { draft } = turn;
  if (draft?.fallback !== undefined) series.fallbackTurns.inc({ agent: draft.agent, why: draft.fallback });
}

function noteModelCall(series: Series, call: CountedCall, prices: ModelPrices): void {
  const { agent, model, outcome } = call;
  series.modelCalls.inc({ agent, model, outcome });
  series.modelTokens.inc({ agent, model, direction: 'input' }, call.inputTokens);
  series.modelTokens.inc({ agent, model, direction: 'output' }, call.outputTokens);
  if (call.firstTokenMs !== null) series.firstToken.observe({ model }, call.firstTokenMs / 1_000);
  const price = prices[model];
  if (!price) return;
  const cost = (call.inputTokens * price.input + call.outputTokens * price.output) / MILLION;
  series.modelCost.inc({ agent, model }, cost);
}
