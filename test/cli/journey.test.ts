/** throughline journey: shown with counts, played, moved and disputed, on a store that no server has open. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { journeyVerb } from '../../cli/journey.ts';
import { runProgram } from '../../cli/program.ts';
import type { Outputs } from '../../cli/verb.ts';
import type { PersonId } from '../../core/ids.ts';
import { openStore, type Store } from '../../memory/postgres/index.ts';
import { WORKSPACE } from '../server/support.ts';
import { appendOne, messageFrom, newVisitor, OPEN_TIMEOUT_MS } from '../support/store.ts';

const NOW = Date.parse('2026-11-20T10:00:00.000Z');
let room = '';
let person: PersonId;

async function withFolder<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const defaults = { locale: 'en', timeZone: 'UTC' };
  const location = { kind: 'folder' as const, folder: join(room, 'data') };
  const store = await openStore({ location, mint: uuidv7, pid: process.pid, defaults });
  return work(store).finally(() => store.memory.close());
}

beforeAll(async () => {
  room = await mkdtemp(join(tmpdir(), 'throughline-journey-'));
  await cp(WORKSPACE, join(room, 'workspace'), { recursive: true });
  person = await withFolder(async ({ memory, ...store }) => {
    const { lane } = await appendOne({ memory, ...store }, messageFrom(newVisitor(), 'Hello'));
    const after = { stage: 'curious', definition: 1, since: '2026-11-01T10:00:00.000Z', version: 0, tags: [] };
    const move = { transition: 'first-words', from: 'stranger', to: 'curious', cause: 'event:message' };
    await memory.journeys.operate(lane, { before: null, after, move });
    return lane;
  });
}, OPEN_TIMEOUT_MS);
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(room, { recursive: true, force: true });
});

async function run(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  vi.stubEnv('DATABASE_URL', undefined);
  const environment = { DATA_DIR: join(room, 'data'), WORKSPACE, LOG_LEVEL: 'silent', ...variables };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const written = { stdout: '', stderr: '' };
  const output = (key: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[key] += text;
    },
    isTerminal: false,
    hasColors: false,
    columns: 100,
  });
  const outputs: Outputs = { stdout: output('stdout'), stderr: output('stderr') };
  process.exitCode = 0;
  try {
    const verbs = [journeyVerb({ outputs, clock: () => NOW })];
    const code = await runProgram(['journey', ...args], { verbs, outputs, isDebug: () => false });
    return { code: code || Number(process.exitCode), ...written };
  } finally {
    process.exitCode = 0;
  }
}

type Kept = { readonly moves: readonly { readonly id: string; readonly transition: string; readonly of?: string }[] };
const movesOf = async (): Promise<Kept['moves']> =>
  (JSON.parse((await run(['moves', person, '--json'])).stdout) as Kept).moves;

describe('journey show', { timeout: OPEN_TIMEOUT_MS }, () => {
  it('tells stages, ways and how many people there are', async () => {
    const { code, stdout, stderr } = await run(['show']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ {2}curious +1 {2}Has written/m);
    expect(stdout).toMatch(/^ {2}first-words +stranger → curious {2}on event message {2}×1$/m);
    expect(stdout).toMatch(/^ {2}lead-goes-quiet +lead → curious {2}after 30d {2}when not-in in-care {2}×0$/m);
    expect(stdout).toMatch(/^ {2}asks-to-be-forgotten +anywhere → stranger/m);
  });

  it('as a mermaid diagram and as JSON', async () => {
    const { stdout } = await run(['show', '--mermaid']);
    expect(stdout).toMatch(/^stateDiagram-v2\n/);
    expect(stdout).toContain('state "curious (1)" as curious\n');
    expect(stdout).toContain('stranger --> curious : first-words, event message ×1\n');
    const shown = JSON.parse((await run(['show', '--json'])).stdout) as { readonly transitions: readonly object[] };
    expect(shown).toMatchObject({
      version: 1,
      lost: [],
      regions: [{ name: 'main' }, { name: 'attendance' }, { name: 'care' }],
    });
    expect(shown.transitions.length).toBeGreaterThanOrEqual(18);
  });

  it('makes no folder and opens nothing where it need not', async () => {
    const elsewhere = { DATA_DIR: join(room, 'nowhere') };
    expect((await run(['show'], elsewhere)).stdout).not.toContain('×');
    expect((await run(['show', '--no-counts'])).stdout).not.toContain('×');
    await expect(readFile(join(room, 'nowhere'))).rejects.toThrow('ENOENT');
  });

  it('tells the definition without counts while a server has the folder', async () => {
    const lock = join(room, 'data', 'lock');
    await writeFile(lock, String(process.ppid));
    const { code, stdout, stderr } = await run(['show']);
    await rm(lock);
    expect(code).toBe(0);
    expect(stdout).toContain('first-words');
    expect(stderr).toContain(`Without counts: `);
  });

  it('names the people whose stage is gone', async () => {
    const file = join(room, 'workspace', 'journey.yaml');
    const sound = await readFile(join(WORKSPACE, 'journey.yaml'), 'utf8');
    const renamed = sound.replaceAll(/\bcurious\b/g, 'interested');
    await writeFile(file, renamed);
    const { stderr } = await run(['show'], { WORKSPACE: join(room, 'workspace') });
    expect(stderr).toBe(
      '1 person stands in "curious" of version 1, which is gone: add { from: 1, stages: { curious: … } } to migrations and raise version\n',
    );
    await writeFile(
      file,
      renamed.replace('version: 1\n', 'version: 2\nmigrations: [{ from: 1, stages: { curious: interested } }]\n'),
    );
    expect(await run(['show'], { WORKSPACE: join(room, 'workspace') })).toMatchObject({ code: 0, stderr: '' });
    await writeFile(file, sound);
  });
});

describe('journey simulate', { timeout: OPEN_TIMEOUT_MS }, () => {
  it('plays a file and the steps after it, and prints each', async () => {
    const file = join(room, 'events.txt');
    await writeFile(file, '# a first day\nmessage\nintent:price  # asks\n\n');
    const { code, stdout } = await run(['simulate', '--events', file, '-e', 'linked', '-e', '31d']);
    expect(code).toBe(0);
    expect(stdout).toBe(`2026-01-05 09:00  message
    moved    stranger → curious  first-words
2026-01-05 09:00  intent:price
    moved    curious → lead  asks-price
    effect   tag asked-price
2026-01-05 09:00  linked
    refused  signs-in: only for members
2026-02-05 09:00  31d
    moved    lead → curious  lead-goes-quiet
    effect   tag went-quiet
    effect   offer taster-evening
    effect   message "It has been a month. Shall I keep a place for you at the next Breathwork Taster Evening?"
ends     curious  tags asked-price, went-quiet
`);
  });

  it('begins where it is told to, and prints JSON', async () => {
    const { stdout } = await run(['simulate', '--from', 'student', '--tag', 'x', '-e', 'flag:inactive', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      steps: [
        { step: 'flag:inactive', moves: [{ transition: 'goes-missing' }], state: { stage: 'student', tags: ['x'] } },
      ],
    });
  });

  it.each([
    [[], 'There is nothing to play: give -e or --events. Steps: '],
    [['-e', 'two words'], '-e: "two words" is no step: write one of '],
    [['-e', 'message', '--from', 'baron'], '--from is "baron"; write one of stranger, curious, '],
    [['-e', 'message', '--at', 'noon'], '--at is "noon"; write a time such as '],
    [['--events', 'nowhere.txt'], '--events: "nowhere.txt" cannot be read (ENOENT); name a text file'],
  ])('refuses %j', async (args, says) => {
    const { code, stderr } = await run(['simulate', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });

  it.each(['show', 'simulate'])('ends with 1 and the line when the definition has a mistake: %s', async (verb) => {
    const file = join(room, 'workspace', 'journey.yaml');
    const sound = await readFile(join(WORKSPACE, 'journey.yaml'), 'utf8');
    await writeFile(file, sound.replace('to: alumnus\n', 'to: alumna\n'));
    const { code, stdout, stderr } = await run([verb, ...(verb === 'show' ? [] : ['-e', 'message'])], {
      WORKSPACE: join(room, 'workspace'),
    });
    await writeFile(file, sound);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^workspace\/journey\.yaml:\d+: transitions\[7\]\.to is "alumna"; there is no such stage/);
  });
});

describe('journey move and dispute', { timeout: OPEN_TIMEOUT_MS }, () => {
  const hand = ['--reason', 'Told me so.', '--operator', 'Ines'];

  it('move somebody and take it back, each kept with who and why', async () => {
    expect(await run(['move', person, 'student', ...hand])).toEqual({
      code: 0,
      stdout: 'moved    curious → student  operator  by Ines: Told me so.\nstands   student\n',
      stderr: '',
    });
    expect((await run(['show'])).stdout).toMatch(/^ {2}student +1 /m);
    const [operated, first] = await movesOf();
    // They moved on since: the dispute is kept, and moves nobody.
    expect((await run(['dispute', person, first?.id ?? '', ...hand])).stdout).toContain('student → student  dispute');
    expect((await run(['dispute', person, operated?.id ?? '', ...hand])).stdout).toContain('stands   curious');
    const { stdout } = await run(['moves', person]);
    expect(stdout.trim().split('\n')).toHaveLength(4);
    expect(stdout).toMatch(
      new RegExp(`student → curious {2}dispute {2}by Ines: Told me so\\..*\\(disputes ${operated?.id}\\)`),
    );
    expect(stdout).toMatch(/stranger → curious {2}first-words {2}event:message {2}\(disputed\)/);
  });

  it('refuse, and change nothing', async () => {
    const before = await movesOf();
    const nobody = uuidv7();
    for (const [args, says] of [
      [['move', person, 'baron', ...hand], 'Nothing was changed: there is no stage "baron": write one of stranger, '],
      [['move', person, 'curious', ...hand], 'Nothing was changed: the person is in "curious" already.'],
      [['move', person, 'lead', '--reason', ' '], 'Nothing was changed: a reason is missing'],
      [['move', person, 'lead'], "required option '--reason <words>' not specified"],
      [['move', 'nobody', 'lead', ...hand], '"nobody" is not the id of a person.'],
      [['move', nobody, 'lead', ...hand], `person ${nobody} is not there or moved meanwhile`],
      [['dispute', person, '999999', ...hand], 'Nothing was changed: the person has no move "999999"'],
      [['dispute', person, before.at(-1)?.id ?? '', ...hand], 'was disputed before'],
    ] as const) {
      const { code, stderr } = await run(args);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(stderr).toContain(says);
    }
    expect(await movesOf()).toEqual(before);
  });
});

it('has help for every verb', async () => {
  for (const verb of ['show', 'simulate', 'moves', 'move', 'dispute']) {
    const { code, stdout } = await run([verb, '--help']);
    expect({ verb, code }).toEqual({ verb, code: 0 });
    expect(stdout).toContain(`Usage: throughline journey ${verb}`);
  }
});
