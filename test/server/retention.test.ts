/** retention.yaml: refused with its lines, enforced for the classes it names, by one process. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Memory } from '../../memory/memory.ts';
import { enforceRetention, readRetention, startRetention } from '../../server/retention.ts';
import { until, WORKSPACE } from './support.ts';

let folder: string;

beforeAll(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'throughline-retention-')), 'school');
  mkdirSync(folder);
});

afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

async function read(text: string): ReturnType<typeof readRetention> {
  writeFileSync(join(folder, 'retention.yaml'), text);
  return readRetention(folder);
}

async function refusal(text: string): Promise<string> {
  return read(text).then(
    () => 'taken',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );
}

describe('the file', () => {
  it('of the sample school is taken', async () => {
    expect((await readRetention(WORKSPACE)).days).toMatchObject({ raw: 30, traces: 180 });
  });

  it('that is not there keeps everything', async () => {
    expect(await readRetention(join(folder, 'elsewhere'))).toEqual({ days: {} });
  });

  it('may name some classes only', async () => {
    expect(await read('days:\n  raw: 7\n')).toEqual({ days: { raw: 7 } });
  });

  it.each([
    ['days:\n  raw: 30\n  chats: 5\n', /^school\/retention\.yaml:3: .*chats/],
    ['days:\n  raw: 30\n  facts: 0\n', /^school\/retention\.yaml:3: .*facts/],
    ['days:\n  facts: soon\n', /^school\/retention\.yaml:2: .*facts.*soon/],
    ['days:\n  messages: 30\n\n  raw: 60\n', /^school\/retention\.yaml:4: .*raw.*longer than the messages/],
    ['weeks:\n  raw: 3\n', /^school\/retention\.yaml:1: /],
    ['days: [raw\n', /^school\/retention\.yaml:\d: /],
  ])('is refused with its line: %j', async (text, says) => {
    expect(await refusal(text)).toMatch(says);
  });
});

type Asked = [string, number][];

function memoryThat(asked: Asked): Pick<Memory, 'retention'> {
  return {
    retention: {
      enforce: (name, days) => {
        asked.push([name, days]);
        return Promise.resolve(2);
      },
      runs: () => Promise.resolve([]),
    },
  };
}

describe('enforcing', () => {
  it('asks for the named classes and no other', async () => {
    const asked: Asked = [];
    const rows = await enforceRetention({ memory: memoryThat(asked), retention: { days: { raw: 30, facts: 90 } } });
    expect({ rows, asked }).toEqual({
      rows: 4,
      asked: [
        ['raw', 30],
        ['facts', 90],
      ],
    });
  });

  it('happens only in the process that holds the lease', async () => {
    const asked: Asked = [];
    let mayHold = false;
    const leases = { hold: () => Promise.resolve(mayHold), release: () => Promise.resolve() };
    const log = { warn: () => undefined, info: () => undefined };
    const parts = { memory: memoryThat(asked), retention: { days: { raw: 30 } } };
    const keeping = startRetention(parts, { leases, holder: 'test', log, beatMs: 5 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).toEqual([]);
    mayHold = true;
    await until('a run', () => (asked.length > 0 ? true : undefined));
    await keeping.stop();
    expect(asked).toEqual([['raw', 30]]);
  });
});
