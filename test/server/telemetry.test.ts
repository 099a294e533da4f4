/** Traces of turns, as a collector sees them: one trace a turn, from the wake-up to the delivery, without a word in it. */
import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { START_TIMEOUT_MS, startTestApp, type TestApp, until, type Visitor, visit } from './support.ts';

const Value = z.object({ stringValue: z.string().optional(), intValue: z.coerce.number().optional() }).loose();
const OtlpSpan = z.looseObject({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  startTimeUnixNano: z.coerce.bigint(),
  endTimeUnixNano: z.coerce.bigint(),
  attributes: z.array(z.object({ key: z.string(), value: Value })),
});
type OtlpSpan = z.infer<typeof OtlpSpan>;
const Traces = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(z.object({ key: z.string(), value: Value })) }),
      scopeSpans: z.array(z.object({ spans: z.array(OtlpSpan) })),
    }),
  ),
});

/** A collector that keeps what it was sent. */
async function startCollector() {
  const bodies: string[] = [];
  const paths: string[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      paths.push(request.url ?? '');
      bodies.push(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const spans = (): readonly OtlpSpan[] =>
    bodies.flatMap((body) =>
      Traces.parse(JSON.parse(body)).resourceSpans.flatMap(({ scopeSpans }) =>
        scopeSpans.flatMap((scope) => scope.spans),
      ),
    );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, bodies, paths, spans, close: () => new Promise((resolve) => server.close(resolve)) };
}

describe('with a collector', () => {
  let collector: Awaited<ReturnType<typeof startCollector>>;
  let test: TestApp;
  let visitor: Visitor;
  beforeAll(async () => {
    collector = await startCollector();
    test = await startTestApp({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    visitor = await visit(test);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    visitor.leave();
    await test.stop();
    await collector.close();
  });

  const traceOf = (id: string): readonly OtlpSpan[] =>
    collector.spans().filter(({ traceId }) => traceId === id.replaceAll('-', ''));

  it('a turn is one trace: wake-up, turn, steps, delivery, each below the one before', async () => {
    await visitor.ask('Which courses do you have, says Zebulon Quartermain?');
    const turn = await visitor.turn();
    const spans = await until('the trace', () => {
      const found = traceOf(turn.id);
      return ['process lanes', 'process threads', 'delivery'].every((name) => found.some((span) => span.name === name))
        ? found
        : undefined;
    });
    const named = (name: string): OtlpSpan => {
      const [span, ...others] = spans.filter((one) => one.name === name);
      expect(others).toEqual([]);
      if (!span) throw new Error(`no span ${name}`);
      return span;
    };
    const [wakeUp, root, sending] = [named('process lanes'), named('turn'), named('process threads')];
    expect(wakeUp.parentSpanId ?? '').toBe('');
    expect(root.parentSpanId).toBe(wakeUp.spanId);
    expect(sending.parentSpanId).toBe(root.spanId);
    expect(named('delivery').parentSpanId).toBe(sending.spanId);
    for (const step of ['identify', 'screen', 'act', 'check']) expect(named(step).parentSpanId).toBe(root.spanId);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    for (const { startTimeUnixNano, endTimeUnixNano } of spans) {
      expect(endTimeUnixNano >= startTimeUnixNano).toBe(true);
      // Of this century: seconds, milliseconds and nanoseconds were not mixed up.
      expect(startTimeUnixNano > 1_600_000_000_000_000_000n && startTimeUnixNano < 4_000_000_000_000_000_000n).toBe(
        true,
      );
    }
    const attributes = Object.fromEntries(
      root.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]),
    );
    expect(attributes).toMatchObject({
      'throughline.turn': turn.id,
      'throughline.status': 'ok',
      'throughline.channel': 'web',
    });
  });

  it('every turn of a run has a trace of its own', async () => {
    await visitor.ask('What does it cost?');
    const turn = await visitor.turn(2);
    await until('the second trace', () => (traceOf(turn.id).some(({ name }) => name === 'turn') ? true : undefined));
    expect(traceOf(turn.id).filter(({ name }) => name === 'turn')).toHaveLength(1);
  });

  it('nothing but turns is sent, no word of anybody, and under our name', async () => {
    await visitor.ask('My name is Zebulon Quartermain and my mail is zebulon@quartermain.example');
    const turns = await test.app.platform.memory.turns.list({ limit: 100 });
    await until('the last trace', () => (turns.every(({ id }) => traceOf(id).length > 0) ? true : undefined));
    const known = new Set(turns.map(({ id }) => id.replaceAll('-', '')));
    expect(collector.spans().filter(({ traceId }) => !known.has(traceId))).toEqual([]);
    const sent = collector.bodies.join('\n');
    expect(sent).not.toMatch(/zebulon|quartermain|courses do you have/i);
    expect(sent).toContain('"throughline"');
    expect(new Set(collector.paths)).toEqual(new Set(['/v1/traces']));
  });
});

describe('a collector that is away', () => {
  it(
    'keeps nobody from an answer, nor the process from stopping',
    async () => {
      const test = await startTestApp({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
      const visitor = await visit(test);
      await expect(visitor.ask('Which courses do you have?')).resolves.toBeDefined();
      visitor.leave();
      await test.stop();
    },
    START_TIMEOUT_MS,
  );
});

describe('without a collector', () => {
  it('nothing of it is loaded', () => {
    const server = new URL('../../server/app.ts', import.meta.url).href;
    const code = `import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => { if (/opentelemetry\\/(sdk|exporter)|bullmq-otel/.test(url)) console.log(url); return next(url, context); } });
      await import(${JSON.stringify(server)}); console.log('loaded');`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    expect(stdout.trim()).toBe('loaded');
  });
});
