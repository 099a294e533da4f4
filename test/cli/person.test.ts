/** People by the console's API and by the command line: shown, linked, parted, handed over, erased. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { addPerson } from '../../cli/person.ts';
import { runProgram } from '../../cli/program.ts';
import {
  START_TIMEOUT_MS,
  startTestApp,
  type TestApp,
  until,
  type Visitor,
  visit,
  WORKSPACE,
} from '../server/support.ts';

const CANARY = 'kanarienvogel7391';
let test: TestApp;
let ana: Visitor;
let ben: Visitor;
let names: readonly [string, string];

beforeAll(async () => {
  test = await startTestApp();
  [ana, ben] = [await visit(test), await visit(test)];
  await ana.ask(`my name is ${CANARY} and how long is the breathwork course?`);
  await ben.ask('how long is the breathwork course?');
  names = [`web:${await keyOf(ana)}`, `web:${await keyOf(ben)}`];
}, START_TIMEOUT_MS);

afterAll(async () => {
  vi.unstubAllEnvs();
  await test.stop();
});

async function keyOf(visitor: Visitor): Promise<string> {
  return (await test.app.platform.memory.threads.get(await visitor.thread())).key;
}

const Shown = z.object({
  person: z.object({ id: z.string(), handles: z.array(z.object({ id: z.string() })) }),
  links: z.array(z.object({ proof: z.string(), strength: z.string() })),
});

async function shown(name: string): Promise<z.infer<typeof Shown>> {
  return Shown.parse(await (await test.console('GET', `/api/persons/${encodeURIComponent(name)}`)).json());
}

describe('by the console', () => {
  it('asks for the admin token', async () => {
    for (const path of [
      '/api/persons/x',
      '/api/persons/x/export',
      '/api/erasures',
      '/api/link-cases',
      '/api/calls',
      '/api/journey',
    ]) {
      expect((await test.get(path)).status, path).toBe(401);
    }
    const ours = { 'x-throughline': 'console' };
    for (const path of [
      '/api/persons/x/erase',
      '/api/persons/x/split',
      '/api/persons/x/journey',
      '/api/links',
      '/api/links/remove',
      '/api/link-cases/x/decide',
    ]) {
      expect((await test.post(path, {}, ours)).status, path).toBe(401);
      expect((await test.post(path, {})).status, path).toBe(403);
    }
  });

  it('moves somebody and disputes a move, with who and why; nothing without both', async () => {
    const [, name] = names;
    const path = `/api/persons/${encodeURIComponent(name)}/journey`;
    const Moves = z.object({
      journey: z.object({ stage: z.string() }),
      moves: z.array(z.record(z.string(), z.unknown())),
    });
    const view = async () =>
      Moves.parse(await (await test.console('GET', `/api/persons/${encodeURIComponent(name)}`)).json());
    const before = await view();
    const says = { by: 'Olga', reason: 'told me so' };
    expect((await test.console('POST', path, { to: 'alumnus', by: 'Olga' })).status).toBe(400);
    expect((await test.console('POST', path, { to: 'nowhere', ...says })).status).toBe(400);
    expect((await test.console('POST', path, { to: 'alumnus', ...says })).status).toBe(200);
    const moved = await view();
    expect(moved.journey.stage).toBe('alumnus');
    expect(moved.moves[0]).toMatchObject({ to: 'alumnus', operator: 'Olga', reason: 'told me so' });
    await test.console('POST', path, { to: before.journey.stage, ...says });
    const [, , first] = (await view()).moves;
    expect((await test.console('POST', path, { of: String(first?.['id']), ...says })).status).toBe(200);
    expect((await view()).moves[0]).toMatchObject({ transition: 'dispute', of: first?.['id'] });
  });

  it('shows the journey as it is walked now', async () => {
    const Picture = z.object({
      regions: z.array(
        z.object({
          stages: z.array(z.object({ people: z.number() })),
          edges: z.array(z.object({ count: z.number() })),
        }),
      ),
    });
    const [main] = Picture.parse(await (await test.console('GET', '/api/journey')).json()).regions;
    expect(main?.stages.reduce((sum, { people }) => sum + people, 0)).toBe(2);
    expect(main?.edges.some(({ count }) => count >= 2)).toBe(true);
  });

  it('links and parts two by an operator’s word', async () => {
    const [a, b] = names;
    const former = await Promise.all([shown(a), shown(b)]);
    const linked = await test.console('POST', '/api/links', { a, b, reason: 'both called about the same order' });
    // Also by the id somebody had before.
    const [left, right] = await Promise.all(former.map(({ person }) => shown(person.id)));
    expect(left?.person.id).toBe(right?.person.id);
    expect(await linked.json()).toEqual({ kind: 'linked' });
    const one = await shown(b);
    expect(one.person.handles).toHaveLength(2);
    expect(one.links).toMatchObject([{ proof: 'operator', strength: 'plain' }]);
    expect((await shown(one.person.id)).person.id).toBe(one.person.id);
    expect(await (await test.console('POST', '/api/links/remove', { a: b, b: a })).json()).toEqual({ removed: true });
    expect((await shown(b)).person.handles).toHaveLength(1);
    await test.console('POST', '/api/links', { a, b, reason: 'again' });
    expect(await (await test.console('POST', `/api/persons/${encodeURIComponent(b)}/split`)).json()).toEqual({
      links: 1,
    });
  });

  it('refuses what it does not know', async () => {
    expect((await test.console('GET', '/api/persons/web:nobody')).status).toBe(404);
    expect((await test.console('POST', '/api/links', { a: names[0], b: names[1] })).status).toBe(400);
    expect((await test.console('POST', '/api/link-cases/x/decide', { outcome: 'linked', by: 'Olga' })).status).toBe(
      404,
    );
  });

  it('hands over a ZIP', async () => {
    const response = await test.console('GET', `/api/persons/${encodeURIComponent(names[0])}/export`);
    expect(response.headers.get('content-type')).toBe('application/zip');
    expect(Buffer.from(await response.arrayBuffer()).toString('latin1')).toMatch(/^PK[\s\S]*index\.html/);
  });
});

describe('by the command line, on a stopped installation', () => {
  /** Runs one command line in this process, on the folder of the installation. */
  async function run(
    ...args: string[]
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    for (const name of ['DATABASE_URL', 'REDIS_URL', 'PORT']) vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries({ DATA_DIR: test.folder, WORKSPACE, LOG_LEVEL: 'silent' }))
      vi.stubEnv(name, value);
    const written = { stdout: '', stderr: '' };
    const output = (key: 'stdout' | 'stderr') => ({
      write: (text: string): void => {
        written[key] += text;
      },
      isTerminal: false,
      hasColors: false,
      columns: 100,
    });
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.stdout += String(text);
      return true;
    });
    const outputs = { stdout: output('stdout'), stderr: output('stderr') };
    const code = await runProgram(['person', ...args], { verbs: [addPerson], outputs, isDebug: () => false }).finally(
      () => spy.mockRestore(),
    );
    return { code, ...written };
  }

  beforeAll(async () => {
    await until('nothing waits', async () =>
      (await test.app.platform.memory.inbox.depth()).events === 0 ? true : undefined,
    );
    for (const visitor of [ana, ben]) visitor.leave();
    await test.app.stop();
  });

  it('shows, links and unlinks', { timeout: 120_000 }, async () => {
    const [a, b] = names;
    expect((await run('show', a)).stdout).toMatch(/Person [0-9a-f-]{36}[\s\S]*web:[\s\S]*Links:\n {2}none/);
    expect((await run('link', a, b, '--reason', 'same order')).stdout).toBe('They are one person now.\n');
    expect((await run('show', b)).stdout).toMatch(/operator \(plain\).*same order/);
    expect(JSON.parse((await run('unlink', a, b, '--json')).stdout)).toEqual({ removed: true });
    expect(await run('show', 'telegram:1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Nobody is known as "telegram:1"') as unknown,
    });
    expect((await run('link', a, b)).code).toBe(2);
  });

  it('exports once, for its owner only', { timeout: 120_000 }, async () => {
    const file = join(test.folder, 'ana.zip');
    const said = await run('export', names[0], '--out', file, '--json');
    expect(JSON.parse(said.stdout)).toMatchObject({ file, rows: { handles: 1, inbox: 1 } });
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(await run('export', names[0], '--out', file)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not there yet') as unknown,
    });
    rmSync(file);
  });

  it('erases only when told twice; then no file holds a word of it', { timeout: 120_000 }, async () => {
    expect((await run('erase', names[0], '--by', 'Olga')).stdout).toMatch(/^Would erase .*1 inbox.*Nothing was done/);
    expect(filesWith(CANARY)).not.toEqual([]);
    const receipt: unknown = JSON.parse((await run('erase', names[0], '--by', 'Olga', '--yes', '--json')).stdout);
    expect(receipt).toMatchObject({
      erasedBy: 'Olga',
      handles: 1,
      counts: { handles: 1, persons: 1, inbox: 1, turns: 1 },
    });
    expect(JSON.stringify(receipt)).not.toContain(CANARY);
    expect(filesWith(CANARY)).toEqual([]);
    expect((await run('show', names[0])).code).toBe(2);
    expect((await run('show', names[1])).code).toBe(0);
  });
});

/** Files of the data folder in which these words stand. */
function filesWith(words: string): readonly string[] {
  expect(existsSync(test.folder)).toBe(true);
  const files = readdirSync(test.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path).includes(words));
}
