/** Metrics: what a scrape says of a running platform, who may read it, and that nobody is in it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TurnId } from '../../core/ids.ts';
import type { Turn } from '../../core/turn.ts';
import type { Health } from '../../memory/health.ts';
import { createMetrics } from '../../server/metrics.ts';
import { ModelPricesText } from '../../server/model-prices.ts';
import { burstOf } from '../channels/bridge/fakes.ts';
import { newTurnId, turnOf } from '../memory/support.ts';
import { ADMIN_TOKEN, START_TIMEOUT_MS, startTestApp, type TestApp, until, visit } from './support.ts';

const HEALTH: Health = {
  pendingEvents: 7,
  oldestPendingMs: 31_500,
  parkedEvents: 1,
  dueDeliveries: 4,
  oldestDueMs: 2_000,
  claimedDeliveries: 2,
  unknownDeliveries: 3,
  turnsToLearn: 5,
  openAlerts: 6,
};

const LABELS = {
  connections: [{ channel: 'web', connection: 'main' }],
  models: ['small'],
  priced: ['small'],
  embeddingModel: 'vectors',
};

function openMetrics(sinceReceived: (turn: TurnId) => Promise<number | null> = () => Promise.resolve(null)) {
  const warnings: string[] = [];
  const metrics = createMetrics({
    memory: { health: { read: () => Promise.resolve(HEALTH), sinceReceived } },
    prices: ModelPricesText.parse('small=0.50/2, large=10/30'),
    labels: LABELS,
    log: { warn: (message) => warnings.push(message), info: () => undefined },
  });
  return { ...metrics, warnings };
}

/** The values of a scrape, by name and labels. */
function valuesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const call: Turn['modelCalls'][number] = {
  agent: 'sales',
  model: 'small',
  prompt: 'abc',
  outcome: 'ok',
  milliseconds: 400,
  firstTokenMs: 300,
  inputTokens: 1_000,
  outputTokens: 100,
};

describe('a scrape', () => {
  it('reads what waits from the store, in base units', async () => {
    const { scrape, close } = openMetrics();
    const values = valuesOf((await scrape()).text);
    close();
    expect(values.get('throughline_pending_events')).toBe(7);
    expect(values.get('throughline_oldest_unfinished_event_age_seconds')).toBe(31.5);
    expect(values.get('throughline_oldest_due_delivery_age_seconds')).toBe(2);
    expect(values.get('throughline_parked_events')).toBe(1);
    expect(values.get('throughline_event_loop_lag_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0);
  });

  it('tells what this process knows while the store is away; what cannot be read is not zero', async () => {
    const away = new Error('away');
    const metrics = createMetrics({
      memory: { health: { read: () => Promise.reject(away), sinceReceived: () => Promise.reject(away) } },
      prices: {},
      labels: LABELS,
      log: { warn: () => undefined, info: () => undefined },
    });
    metrics.count('lease_losses');
    const values = valuesOf((await metrics.scrape()).text);
    metrics.close();
    expect(values.get('throughline_store_up')).toBe(0);
    expect(values.get('throughline_pending_events')).toBeNaN();
    expect(values.get('throughline_lease_losses_total')).toBe(1);
  });

  it('begins at zero with everything it may count, so that the first of each is an increase', async () => {
    const { scrape, close } = openMetrics();
    const values = valuesOf((await scrape()).text);
    close();
    expect(values.get('throughline_store_up')).toBe(1);
    for (const series of [
      'parked_total{channel="web"}',
      'unknown_sends_total{channel="web"}',
      'deliveries_total{state="failed",channel="web"}',
      'rate_limited_total{channel="web",connection="main"}',
      'sweeper_rescues_total{kind="delivery"}',
      'lease_losses_total',
      'turns_total{status="error",agent="none",channel="web"}',
      'model_tokens_total{agent="sales",model="small",direction="input"}',
      'model_calls_total{agent="sales",model="small",outcome="ok"}',
      'model_calls_total{agent="sales",model="small",outcome="model_timeout"}',
      'model_calls_total{agent="embedder",model="vectors",outcome="model_unavailable"}',
      'model_cost_total{agent="sales",model="small"}',
      'fallback_turns_total{agent="sales",why="breaker_open"}',
    ]) {
      expect(values.get(`throughline_${series}`), series).toBe(0);
    }
  });

  it('counts turns by outcome, with their calls, tokens and cost', async () => {
    const { noteTurn, noteModelCall, scrape, close } = openMetrics();
    const modelCalls = [call];
    // Its own record of them is not counted once more.
    noteTurn(turnOf(burstOf(), { status: 'ok', modelCalls, milliseconds: 700 }));
    noteModelCall(call);
    noteModelCall({ ...call, model: 'local', outcome: 'model_timeout', firstTokenMs: null, outputTokens: 0 });
    noteTurn(turnOf(burstOf(), { status: 'error', draft: null }));
    const values = valuesOf((await scrape()).text);
    close();
    const turns = [...values].filter(([name, value]) => name.startsWith('throughline_turns_total') && value > 0);
    expect(turns.map(([, value]) => value)).toEqual([1, 1]);
    expect(turns.map(([name]) => name)).toContain('throughline_turns_total{status="error",agent="none",channel="web"}');
    expect(values.get('throughline_model_calls_total{agent="sales",model="local",outcome="model_timeout"}')).toBe(1);
    expect(values.get('throughline_model_tokens_total{agent="sales",model="small",direction="input"}')).toBe(1_000);
    expect(values.get('throughline_model_cost_total{agent="sales",model="small"}')).toBeCloseTo(0.0007, 10);
    expect(values.has('throughline_model_cost_total{agent="sales",model="local"}')).toBe(false);
    expect(values.get('throughline_model_first_token_seconds_count{model="small"}')).toBe(1);
  });

  it('times crisis words from the message they answer, and nothing else', async () => {
    const { noteSent, scrape, close } = openMetrics(() => Promise.resolve(1_200));
    noteSent({ messageClass: 'crisis', turn: newTurnId() });
    noteSent({ messageClass: 'crisis', turn: null });
    noteSent({ messageClass: 'answer', turn: newTurnId() });
    await new Promise(setImmediate);
    const values = valuesOf((await scrape()).text);
    close();
    expect(values.get('throughline_crisis_reply_seconds_count')).toBe(1);
    expect(values.get('throughline_crisis_reply_seconds_sum')).toBe(1.2);
  });

  it('counts what the bridge tells', async () => {
    const { count, scrape, close } = openMetrics();
    count('dedupe_hits', { channel: 'web' }, 3);
    count('lease_losses');
    count('rate_limited', { channel: 'telegram', connection: 'main' });
    const values = valuesOf((await scrape()).text);
    close();
    expect(values.get('throughline_dedupe_hits_total{channel="web"}')).toBe(3);
    expect(values.get('throughline_lease_losses_total')).toBe(1);
    expect(values.get('throughline_rate_limited_total{channel="telegram",connection="main"}')).toBe(1);
  });
});

describe('prices', () => {
  it.each(['small', 'small=1', 'small=1/x', 'small=1/2,,', '=1/2'])('written as %s are refused', (text) => {
    expect(ModelPricesText.safeParse(text).success).toBe(false);
  });
});

describe('over HTTP', () => {
  let test: TestApp;
  const scraper = 'a-token-for-the-scraper';
  beforeAll(async () => {
    test = await startTestApp({ METRICS_TOKEN: scraper });
  }, START_TIMEOUT_MS);
  afterAll(() => test.stop());
  const scrape = (token?: string) => test.get('/metrics', token ? { authorization: `Bearer ${token}` } : {});

  it('is shown to the scraper and the admin, and to nobody else', async () => {
    for (const token of [undefined, 'wrong', `${scraper}x`]) {
      const refused = await scrape(token);
      expect(refused.status).toBe(401);
      expect(await refused.text()).not.toContain('throughline_');
    }
    expect((await scrape(ADMIN_TOKEN)).status).toBe(200);
    const response = await scrape(scraper);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain.*version=0\.0\.4/);
    // It opens nothing else.
    expect((await test.get('/api/overview', { authorization: `Bearer ${scraper}` })).status).toBe(401);
  });

  it('counts a turn and a crisis, and names neither person nor thread nor words', async () => {
    const words = 'Which courses do you have, says Zebulon Quartermain?';
    const visitor = await visit(test);
    await visitor.ask(words);
    await visitor.ask('I want to kill myself');
    visitor.leave();
    const values = await until('a timed crisis', async () => {
      const found = valuesOf(await (await scrape(scraper)).text());
      return found.get('throughline_crisis_reply_seconds_count') === 1 ? found : undefined;
    });
    const turns = [...values].filter(([name]) => name.startsWith('throughline_turns_total'));
    expect(turns.reduce((sum, [, value]) => sum + value, 0)).toBe(2);
    expect(values.get('throughline_crisis_reply_seconds_bucket{le="5"}')).toBe(1);
    const text = await (await scrape(scraper)).text();
    expect(text).not.toContain('Zebulon');
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/);
  });

  it('tells apart that it lives and that it can take work', async () => {
    expect(await (await test.get('/healthz')).json()).toEqual({ ok: true, isStuck: false });
    const ready = await test.get('/readyz');
    expect([ready.status, await ready.json()]).toMatchObject([200, { ok: true, isStopping: false, isQueueUp: true }]);
  });
});
