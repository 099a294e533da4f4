/** Metrics: what `/metrics` says. Names and closed labels only; no person, no thread, no word of anybody. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Registry } from 'prom-client';
import type { Count } from '../channels/bridge/count.ts';
import type { Delivery } from '../core/delivery.ts';
import type { Turn } from '../core/turn.ts';
import type { Health } from '../memory/health.ts';
import type { Memory } from '../memory/memory.ts';
import { createSeries, type Series } from './metrics-series.ts';
import type { Log } from './outside.ts';

/** Per million tokens of each model, in whatever money the operator counts. */
export type ModelPrices = Readonly<Record<string, { readonly input: number; readonly output: number }>>;

export type MetricsParts = {
  readonly memory: Pick<Memory, 'health'>;
  readonly prices: ModelPrices;
  readonly log: Log;
};

export type Metrics = {
  /** For the bridge. */
  readonly count: Count;
  /** A turn was committed here. */
  readonly noteTurn: (turn: Turn) => void;
  /** A delivery left; crisis words are timed from the message they answer. */
  readonly noteSent: (delivery: Pick<Delivery, 'messageClass' | 'turn'>) => void;
  /** The text of a scrape. Throws TransientError('store_down'): a gauge that cannot be read is not zero. */
  readonly scrape: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly close: () => void;
};

const LOOP_RESOLUTION_MS = 10;
const MILLION = 1_000_000;

export function createMetrics({ memory, prices, log }: MetricsParts): Metrics {
  const registry = new Registry();
  const series = createSeries(registry);
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  return {
    count: (what, labels = {}, by = 1) => series.counted[what].inc({ ...labels }, by),
    noteTurn: (turn) => noteTurn(series, turn, prices),
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
      setGauges(series, await memory.health.read());
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

function setGauges({ gauges }: Series, health: Health): void {
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

function noteTurn(series: Series, turn: Turn, prices: ModelPrices): void {
  const channel = turn.events.at(-1)?.event.channel ?? 'none';
  series.turns.inc({ status: turn.status, agent: turn.draft?.agent ?? 'none', channel });
  series.turnSeconds.observe({ status: turn.status }, turn.milliseconds / 1_000);
  const { draft } = turn;
  if (draft?.fallback !== undefined) series.fallbackTurns.inc({ agent: draft.agent, why: draft.fallback });
  for (const call of turn.modelCalls) {
    const { agent, model, outcome } = call;
    series.modelCalls.inc({ agent, model, outcome });
    series.modelTokens.inc({ agent, model, direction: 'input' }, call.inputTokens);
    series.modelTokens.inc({ agent, model, direction: 'output' }, call.outputTokens);
    if (call.firstTokenMs !== null) series.firstToken.observe({ model }, call.firstTokenMs / 1_000);
    const price = prices[model];
    if (!price) continue;
    const cost = (call.inputTokens * price.input + call.outputTokens * price.output) / MILLION;
    series.modelCost.inc({ agent, model }, cost);
  }
}
