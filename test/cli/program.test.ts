import { describe, expect, it } from 'vitest';
import { runProgram } from '../../cli/program.ts';
import type { AddVerb, Outputs } from '../../cli/verb.ts';
import { HandoffNeeded, InvalidPayloadError, PermanentError, TransientError } from '../../core/errors.ts';

type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

async function run(
  args: readonly string[],
  options: { readonly action?: () => unknown; readonly isDebug?: boolean } = {},
): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const outputOf = (key: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[key] += text;
    },
    isTerminal: false,
    hasColors: false,
    columns: 80,
  });
  const outputs: Outputs = { stdout: outputOf('stdout'), stderr: outputOf('stderr') };
  const addGo: AddVerb = (program) => {
    program
      .command('go')
      .description('goes')
      .option('--fast', 'hurries')
      .action(async () => void (await options.action?.()));
  };
  const code = await runProgram(args, { verbs: [addGo], outputs, isDebug: () => options.isDebug ?? false });
  return { code, ...written };
}

describe('the program', () => {
  it('ends with 0 when the verb ended well', async () => {
    expect(await run(['go'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('prints help where it was asked for', async () => {
    const top = await run(['--help']);
    expect(top).toMatchObject({ code: 0, stderr: '' });
    expect(top.stdout).toContain('Usage: throughline');
    const verb = await run(['go', '--help']);
    expect(verb).toMatchObject({ code: 0, stderr: '' });
    expect(verb.stdout).toContain('--fast');
  });

  it.each([[['walk']], [['go', '--slow']], [['go', 'extra']]])(
    'ends with 2 for %j, and says what was wrong',
    async (args) => {
      const { code, stdout, stderr } = await run(args);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^error: /);
    },
  );

  it('suggests what was probably meant', async () => {
    expect((await run(['goo'])).stderr).toContain('Did you mean go?');
  });

  it.each([
    new TransientError('store_down', 'The database is away. Start it.'),
    new PermanentError('port_in_use', 'The port is taken. Set PORT.'),
    new InvalidPayloadError('malformed', 'That is not JSON. Correct it.'),
    new HandoffNeeded('needs_approval', 'Somebody must approve it.'),
  ])('makes one line of our own errors: $code', async (error) => {
    const { code, stderr } = await run(['go'], { action: () => Promise.reject(error) });
    expect(code).toBe(2);
    expect(stderr).toBe(`throughline: ${error.message}\n`);
  });

  it('keeps a stack to itself, unless LOG_LEVEL is debug', async () => {
    const action = (): never => {
      throw new RangeError('too far\nand more');
    };
    const quiet = await run(['go'], { action });
    expect(quiet.code).toBe(1);
    expect(quiet.stderr).toBe(
      'throughline: too far\nThis was not foreseen; LOG_LEVEL=debug shows where it happened.\n',
    );
    const loud = await run(['go'], { action, isDebug: true });
    expect(loud.code).toBe(1);
    expect(loud.stderr).toContain('RangeError: too far');
    expect(loud.stderr).toContain('program.test.ts');
  });
});
