/** The review of candidate exemplars, in the terminal and by the console's API, on one installation. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { addExemplars } from '../../cli/exemplars.ts';
import { runProgram } from '../../cli/program.ts';
import type { Output } from '../../cli/verb.ts';
import { START_TIMEOUT_MS, startTestApp, type TestApp, visit, WORKSPACE } from '../server/support.ts';

const Listed = z.object({
  candidates: z.array(z.object({ id: z.string(), text: z.string(), intent: z.string().nullable(), state: z.string() })),
  intents: z.array(z.string()).optional(),
});

let test: TestApp;

beforeAll(async () => {
  test = await startTestApp();
  const { exemplars } = test.app.platform.memory;
  for (const text of ['first in doubt', 'second in doubt', 'third in doubt']) {
    await exemplars.propose({
      text,
      intent: text.startsWith('first') ? 'price' : null,
      reason: 'tie-break',
      turn: null,
    });
  }
}, START_TIMEOUT_MS);

afterAll(async () => {
  vi.unstubAllEnvs();
  await test.stop();
});

async function run(...args: readonly string[]) {
  for (const name of ['DATABASE_URL', 'OPENAI_API_KEY', 'PORT']) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries({ DATA_DIR: test.folder, WORKSPACE, LOG_LEVEL: 'silent' })) {
    vi.stubEnv(name, value);
  }
  const said = { stdout: '', stderr: '' };
  const write = (name: keyof typeof said) => (text: string | Uint8Array) => {
    said[name] += String(text);
    return true;
  };
  const output = (name: keyof typeof said): Output => {
    return { write: write(name), isTerminal: false, hasColors: false, columns: 100 };
  };
  const outputs = { stdout: output('stdout'), stderr: output('stderr') };
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation(write('stdout'));
  try {
    const code = await runProgram(['exemplars', ...args], { verbs: [addExemplars], outputs, isDebug: () => false });
    return { code, ...said };
  } finally {
    spy.mockRestore();
  }
}

describe('candidate exemplars', { timeout: START_TIMEOUT_MS }, () => {
  it('are listed and decided by the console', async () => {
    const list = await test.console('GET', '/api/exemplar-candidates');
    const { candidates, intents } = Listed.parse(await list.json());
    expect(candidates).toMatchObject([
      { text: 'first in doubt', intent: 'price', state: 'pending' },
      { text: 'second in doubt', intent: null },
      { text: 'third in doubt', intent: null },
    ]);
    expect(intents).toContain('price');
    const [first, second] = candidates.map(({ id }) => id);
    const unknown = await test.console('POST', `/api/exemplar-candidates/${first}/accept`, { intent: 'no-such' });
    expect(unknown.status).toBe(404);
    const bare = await test.console('POST', `/api/exemplar-candidates/${second}/accept`, {});
    expect(bare.status).toBe(400);
    const accepted = await test.console('POST', `/api/exemplar-candidates/${first}/accept`, {});
    expect(await accepted.json()).toMatchObject({ state: 'accepted', intent: 'price' });
  });

  it('come from an operator who says what a turn was about', async () => {
    const visitor = await visit(test);
    await visitor.ask('what would the breathing set me back');
    const { id } = await visitor.turn();
    visitor.leave();
    const unknown = await test.console('POST', '/api/exemplar-candidates', { turn: id, intent: 'no-such' });
    expect(unknown.status).toBe(404);
    const corrected = await test.console('POST', '/api/exemplar-candidates', { turn: id, intent: 'price' });
    expect(corrected.status).toBe(204);
    const { candidates } = Listed.parse(await (await test.console('GET', '/api/exemplar-candidates')).json());
    expect(candidates.at(-1)).toMatchObject({ text: 'what would the breathing set me back', intent: 'price' });
    await test.console('POST', `/api/exemplar-candidates/${candidates.at(-1)?.id}/reject`);
  });

  it('are not shown to strangers', async () => {
    expect((await test.get('/api/exemplar-candidates')).status).toBe(401);
    // Without our header it might come from another page in a signed-in browser.
    expect((await test.post('/api/exemplar-candidates/1/reject', {})).status).toBe(403);
  });

  it('are reviewed in the terminal', async () => {
    // The verbs open the folder themselves, so the server must have let go of it.
    await test.app.stop();
    expect((await run('review')).stdout).toMatch(/tie-break +\? +second in doubt\n.*third in doubt\n\nAccept with/);
    const { candidates } = Listed.parse(JSON.parse((await run('review', '--json')).stdout));
    const [second = '', third = ''] = candidates.map(({ id }) => id);
    const unknown = await run('accept', second, '--intent', 'no-such-intent');
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('Write one of about-assistant');
    expect((await run('accept', second)).stderr).toContain(`accept ${second} --intent`);
    expect((await run('accept', second, '--intent', 'gift')).stdout).toContain('teaches "gift" from the next start on');
    expect((await run('reject', third)).stdout).toContain('is rejected: third in doubt');
    expect((await run('review')).stdout).toMatch(/intents were clear without a model[\s\S]*No candidates wait\./);
    expect((await run('reject', '424242')).code).toBe(2);
  });
});
