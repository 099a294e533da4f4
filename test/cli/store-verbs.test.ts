/** trace, migrate and doctor: the verbs that open the store of a stopped installation. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { addDoctor } from '../../cli/doctor.ts';
import { addMigrate } from '../../cli/migrate.ts';
import { runProgram } from '../../cli/program.ts';
import { addTrace } from '../../cli/trace.ts';
import type { Outputs } from '../../cli/verb.ts';
import type { Turn } from '../../core/turn.ts';
import { type OpenAiPeer, startOpenAi } from '../peers/openai.ts';
import { like, START_TIMEOUT_MS, startTestApp, type TestApp, visit, WORKSPACE } from '../server/support.ts';

let test: TestApp;
let model: OpenAiPeer;
/** Of a member who asked where they were. */
let turn: Turn;
const ours = [
  'DATA_DIR',
  'WORKSPACE',
  'DATABASE_URL',
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'EMBEDDING_MODEL',
  'PORT',
  'LOG_LEVEL',
];

beforeAll(async () => {
  model = await startOpenAi({ apiKey: 'right-key' });
  test = await startTestApp();
  const visitor = await visit(test, { member: '1001' });
  await visitor.ask('where was I in my course?');
  turn = await visitor.turn();
  visitor.leave();
  // The verbs open the folder themselves, so the server must have let go of it.
  await test.app.stop();
}, START_TIMEOUT_MS);

afterAll(async () => {
  vi.unstubAllEnvs();
  await test.stop();
  await model.close();
});

/** Runs one command line in this process, on the folder of the stopped installation. */
async function run(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  for (const name of ours) vi.stubEnv(name, undefined);
  const environment = { DATA_DIR: test.folder, WORKSPACE, LOG_LEVEL: 'silent', ...variables };
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
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.stdout += String(text);
    return true;
  });
  process.exitCode = 0;
  try {
    const code = await runProgram(args, { verbs: [addTrace, addMigrate, addDoctor], outputs, isDebug: () => false });
    return { code: code || Number(process.exitCode), ...written };
  } finally {
    spy.mockRestore();
    process.exitCode = 0;
  }
}

describe('throughline trace', { timeout: START_TIMEOUT_MS }, () => {
  it('lists the last turns', async () => {
    const { code, stdout } = await run(['trace', 'ls']);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stdout).toMatch(new RegExp(`${turn.id}  web +ok +\\S+ +course +\\d+ ms`));
    expect(JSON.parse((await run(['trace', 'ls', '--json'])).stdout)).toMatchObject({
      turns: [{ id: turn.id, agent: 'course' }],
    });
  });

  it('shows one turn with its steps', async () => {
    const { stdout } = await run(['trace', 'show', turn.id]);
    expect(stdout).toMatch(/^heard {4}where was I in my course\?$/m);
    expect(stdout).toMatch(/^fallback no_model$/m);
    for (const step of ['identify', 'screen', 'classify', 'recall', 'supervise', 'act', 'check', 'remember']) {
      expect(stdout).toMatch(new RegExp(`^ +\\d+\\.\\d    ${step} +\\d+\\.\\d ms  ok$`, 'm'));
    }
    // Below the act, and in front of the step that came after it.
    expect(stdout).toMatch(
      /^ +\d+\.\d {4}act [^\n]+\n(?: +\d+\.\d {6}\S[^\n]+\n)* +\d+\.\d {6}my_courses +\d+\.\d ms {2}ok$/m,
    );
    expect(stdout).toMatch(/my_courses \((prefetch|fallback)\) ok/);
    expect(stdout).toMatch(/^said {5}.*5 of 12/m);
    expect(JSON.parse((await run(['trace', 'show', turn.id, '--json'])).stdout)).toEqual(turn);
  });

  it.each([
    ['no-turn', /"no-turn" is not the id of a turn\. "throughline trace ls" lists them\./],
    ['01996d2e-8a4b-7c3d-9e5f-0123456789ab', /There is no turn/],
  ])('says that %s is not there', async (id, message) => {
    const { code, stdout, stderr } = await run(['trace', 'show', id]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('says who has the folder', async () => {
    const lock = join(test.folder, 'lock');
    writeFileSync(lock, String(process.ppid));
    const { code, stderr } = await run(['trace', 'ls']);
    expect(code).toBe(2);
    expect(stderr).toContain(`is used by process ${process.ppid}`);
    expect(readFileSync(lock, 'utf8')).toBe(String(process.ppid));
    writeFileSync(lock, '999999999');
    expect((await run(['trace', 'ls'])).code).toBe(0);
  });
});

describe('throughline migrate', { timeout: START_TIMEOUT_MS }, () => {
  it('has nothing to do where the server has run', async () => {
    expect(await run(['migrate'])).toMatchObject({ code: 0, stdout: 'Nothing to do: the database is up to date.\n' });
    expect(JSON.parse((await run(['migrate', '--json'])).stdout)).toEqual({ applied: [] });
  });

  it('makes a new database', async () => {
    const { stdout } = await run(['migrate'], { DATA_DIR: join(test.folder, 'new') });
    expect(stdout).toMatch(/^Applied: 0001/);
  });
});

describe('throughline doctor', { timeout: START_TIMEOUT_MS }, () => {
  const Findings = z.object({ findings: z.array(z.object({ what: z.string(), ok: z.boolean(), says: z.string() })) });
  const examine = async (variables: Readonly<Record<string, string>> = {}) => {
    const { code, stdout } = await run(['doctor', '--json'], variables);
    const { findings } = Findings.parse(JSON.parse(stdout));
    return { code, wrong: findings.filter(({ ok }) => !ok), findings };
  };

  it('finds nothing wrong with a sound installation', async () => {
    const { code, wrong, findings } = await examine();
    expect({ code, wrong }).toEqual({ code: 0, wrong: [] });
    expect(findings.map(({ what }) => what)).toEqual([
      'node',
      'configuration',
      'workspace',
      'console',
      'database',
      'retention',
      'vectors',
      'embeddings',
      'model',
    ]);
    expect(findings.find(({ what }) => what === 'database')?.says).toMatch(/^1 threads, 1 turns, 0 parked$/);
    expect((await run(['doctor'])).stdout).toMatch(/^ok {4}workspace +Tidewell School: \d+ articles/m);
  });

  it('asks the model’s endpoint', async () => {
    const endpoint = { OPENAI_BASE_URL: model.url };
    expect((await examine({ ...endpoint, OPENAI_API_KEY: 'right-key' })).wrong).toEqual([]);
    const { code, wrong } = await examine({ ...endpoint, OPENAI_API_KEY: 'wrong-key' });
    expect(code).toBe(1);
    expect(wrong).toEqual([{ what: 'model', ok: false, says: like(/\/models answered 401\. Check OPENAI_API_KEY/) }]);
    expect(JSON.stringify(wrong)).not.toContain('wrong-key');
  });

  it('tries the embeddings, and says what to run after a change', async () => {
    let numbers = 1_536;
    const endpoint = createServer((request, response) => {
      const embedding = Array.from({ length: numbers }, () => 1);
      const body = request.url?.endsWith('/models') ? { data: [] } : { data: [{ index: 0, embedding }] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    const { port } = endpoint.address() as AddressInfo;
    const variables = { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, EMBEDDING_MODEL: 'wide' };
    const remedy = like(/Once the line "embeddings" is ok, run "throughline ingest" .* the next start\.$/);
    expect((await examine(variables)).wrong).toEqual([
      { what: 'vectors', ok: false, says: remedy },
      { what: 'embeddings', ok: false, says: like(/^EMBEDDING_MODEL wide gives 1536 numbers, the store holds 512/) },
    ]);
    numbers = 512;
    expect((await examine(variables)).wrong).toEqual([{ what: 'vectors', ok: false, says: remedy }]);
    endpoint.closeAllConnections();
    endpoint.close();
  });

  it('names a wrong configuration and stops there', async () => {
    const { code, wrong, findings } = await examine({ PORT: 'http' });
    expect(code).toBe(1);
    expect(wrong).toMatchObject([{ what: 'configuration', says: like(/^PORT is "http"/) }]);
    expect(findings).toHaveLength(2);
  });

  it('names a workspace that cannot be read, and examines the rest', async () => {
    const { wrong } = await examine({ WORKSPACE: join(test.folder, 'nowhere') });
    expect(wrong.map(({ what }) => what)).toEqual(['workspace']);
  });
});
