/** docs/operations.md speaks of the metrics there are, of all of them, and of settings and files there are. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createSeries } from '../../server/metrics-series.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/operations.md');

const registry = new Registry();
createSeries(registry);
const published = (await registry.getMetricsAsJSON()).map(({ name }) => name);
const named = [...page.matchAll(/throughline_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));

describe('docs/operations.md', () => {
  it('names only metrics that are published', () => {
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !published.includes(name))).toEqual([]);
  });

  it('names every metric that is published', () => {
    expect(published.filter((name) => !named.includes(name))).toEqual([]);
  });

  it('says the limits the code has', () => {
    const limits = [
      ['channels/bridge/pressure.ts', 'MOST_PENDING = 20_000', '(20 000)'],
      ['channels/bridge/bridge.ts', 'DRAIN_MS = 15_000', '(15 s)'],
      ['server/main.ts', 'MOST_MS = 29_000', 'within 29 s'],
      ['server/watchdog.ts', 'SILENT_MS = 30_000', 'after 30 s of silence'],
      ['memory/postgres/engine.ts', 'CONNECTIONS = 20', '20 connections'],
      ['memory/postgres/engine.ts', 'urgent: 5_000, work: 30_000', 'waits for after 5 s, other work after 30 s'],
    ] as const;
    for (const [file, code, words] of limits) {
      expect(read(file)).toContain(code);
      expect(page.replaceAll('\n', ' ')).toContain(words);
    }
  });

  it('points at files there are', () => {
    for (const [, path] of page.matchAll(/\((deploy\/[\w.-]+)\)/g))
      expect(existsSync(join(ROOT, path ?? ''))).toBe(true);
  });
});

describe('metric names', () => {
  it('carry the unit, and total for what only grows', async () => {
    for (const { name, type } of await registry.getMetricsAsJSON()) {
      expect(name).toMatch(/^throughline_[a-z_]+$/);
      const kind = String(type);
      expect(name.endsWith('_total')).toBe(kind === 'counter');
      if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
    }
  });
});
