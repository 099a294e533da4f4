/** Setting up: installs when it must, once, says so on standard error, and gets out of the way. */
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTree, eventually, LOCKED, type Tree } from './setup/tree.ts';

const setup = ['setup/setup.js'];
const setupWithDev = ['setup/setup.js', '--with-dev'];

let tree: Tree;
beforeEach(() => {
  tree = createTree();
});
afterEach(() => tree.remove());

/** The lockfile with one package at another version. */
function lockWith(version: string): string {
  return JSON.stringify({ packages: { ...LOCKED, 'node_modules/runs': { version, integrity: 'sha512-a' } } });
}

/** What `npm ci --omit=dev` leaves. */
function installWithoutDev(): void {
  const { 'node_modules/builds': _, ...present } = LOCKED;
  tree.write('node_modules/.package-lock.json', JSON.stringify({ packages: present }));
}

describe('dependencies', () => {
  it('are installed when there are none, and left alone from then on', async () => {
    const first = await tree.run(setup);
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toMatch(
      /^Setting up: installing dependencies \(about a minute the first time\) … done in [\d.]+ s\n$/,
    );
    expect(await tree.run(setup)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(tree.npmCalls()).toHaveLength(1);
    expect(tree.npmCalls()[0]).toContain('--ignore-scripts');
  });

  it('are installed again when package-lock.json moved on', async () => {
    await tree.run(setup);
    tree.write('package-lock.json', lockWith('1.0.1'));
    await tree.run(setup);
    await tree.run(setup);
    expect(tree.npmCalls()).toHaveLength(2);
  });

  it('are not installed when someone ran npm ci before', async () => {
    tree.write('node_modules/.package-lock.json', JSON.stringify({ packages: LOCKED }));
    expect((await tree.run(setup)).code).toBe(0);
    expect(tree.npmCalls()).toEqual([]);
  });

  it('may lack builds for other platforms', async () => {
    const { 'node_modules/node-elsewhere': _, ...present } = LOCKED;
    tree.write('node_modules/.package-lock.json', JSON.stringify({ packages: present }));
    await tree.run(setupWithDev);
    expect(tree.npmCalls()).toEqual([]);
  });

  it('may lack what only development needs, unless that is asked for', async () => {
    installWithoutDev();
    expect((await tree.run(setup)).code).toBe(0);
    expect(tree.npmCalls()).toEqual([]);
    await tree.run(setupWithDev);
    expect(tree.npmCalls()).toHaveLength(1);
  });

  it('are not taken for installed after an interrupted installation', async () => {
    await tree.run(setup);
    rmSync(join(tree.root, 'node_modules/.package-lock.json'));
    tree.write('node_modules/half/package.json', '{}');
    await tree.run(setup);
    expect(tree.npmCalls()).toHaveLength(2);
    expect(tree.has('node_modules/half')).toBe(false);
  });

  it('that cannot be installed end the start with npm’s words and the remedy', async () => {
    tree.write('fail', '');
    const failed = await tree.run([...setup, 'cli/main.ts']);
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toContain('npm error code ENOTFOUND');
    expect(failed.stderr).toContain('npm ping');
    expect(failed.stderr).not.toContain('    at ');
    expect(tree.has('.setup-lock')).toBe(false);
    rmSync(join(tree.root, 'fail'));
    expect((await tree.run(setup)).code).toBe(0);
  });
});

describe('two processes at once', () => {
  it('install once: the second waits and says for whom', async () => {
    tree.write('hold', '');
    const first = tree.start(setup);
    await eventually(() => tree.npmCalls().length === 1);
    const second = tree.start(setup);
    await second.saysOnStderr(`waiting for process ${first.child.pid}`);
    rmSync(join(tree.root, 'hold'));
    expect((await first.ended).code).toBe(0);
    expect((await second.ended).code).toBe(0);
    expect(tree.npmCalls()).toHaveLength(1);
    expect(tree.has('.setup-lock')).toBe(false);
  });

  it('do not wait for one that died', async () => {
    tree.write('hold', '');
    const first = tree.start(setup);
    await eventually(() => tree.npmCalls().length === 1);
    process.kill(-(first.child.pid ?? 0), 'SIGKILL');
    await first.ended;
    expect(tree.has('.setup-lock/pid')).toBe(true);
    rmSync(join(tree.root, 'hold'));
    const second = await tree.run(setup);
    expect(second.code).toBe(0);
    expect(second.stderr).not.toContain('waiting');
    expect(tree.npmCalls()).toHaveLength(2);
  });
});

describe('the console', () => {
  const vite = `
    import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
    appendFileSync('vite-calls', process.argv.slice(2).join(' ') + '\\n');
    mkdirSync('console/dist', { recursive: true });
    writeFileSync('console/dist/index.html', 'page');
    if (process.env['VITE_FAILS']) { console.error('main.tsx:3 is wrong'); process.exit(1); }
  `;
  const builds = (): number => (tree.has('vite-calls') ? tree.read('vite-calls').trimEnd().split('\n').length : 0);

  beforeEach(async () => {
    await tree.run(setup);
    tree.write('node_modules/vite/bin/vite.js', vite);
    tree.write('node_modules/vite/package.json', '{ "type": "module" }');
  });

  it('is not built where it has no sources', async () => {
    await tree.run(setup);
    expect(builds()).toBe(0);
  });

  it('is built once, and again when a source changed, appeared, moved or went', async () => {
    tree.write('console/vite.config.ts', 'export default {}');
    tree.write('console/main.tsx', 'one');
    const first = await tree.run(setup);
    expect(first.stderr).toMatch(/^Setting up: building the console … done in [\d.]+ s\n$/);
    expect(await tree.run(setup)).toMatchObject({ stdout: '', stderr: '' });
    expect(builds()).toBe(1);
    tree.write('console/main.tsx', 'two');
    await tree.run(setup);
    tree.write('console/pages/inbox.tsx', 'new');
    await tree.run(setup);
    renameSync(join(tree.root, 'console/pages/inbox.tsx'), join(tree.root, 'console/pages/outbox.tsx'));
    await tree.run(setup);
    rmSync(join(tree.root, 'console/pages/outbox.tsx'));
    await tree.run(setup);
    expect(builds()).toBe(5);
  });

  it('comes ready in an image without Vite', async () => {
    rmSync(join(tree.root, 'node_modules/vite'), { recursive: true });
    tree.write('console/vite.config.ts', 'export default {}');
    tree.write('console/dist/index.html', 'ready');
    expect(await tree.run(setup)).toMatchObject({ code: 0, stderr: '' });
    expect(tree.read('console/dist/index.html')).toBe('ready');
  });

  it('that is neither built nor buildable ends the start with the remedy', async () => {
    rmSync(join(tree.root, 'node_modules/vite'), { recursive: true });
    tree.write('console/vite.config.ts', 'export default {}');
    expect(await tree.run(setup)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('npm ci --include=dev') as string,
    });
  });

  it('that cannot be built ends the start with Vite’s words, and is tried again', async () => {
    tree.write('console/vite.config.ts', 'export default {}');
    tree.write('node_modules/vite/bin/vite.js', `process.env['VITE_FAILS'] = '1';\n${vite}`);
    expect(await tree.run(setup)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('main.tsx:3 is wrong') as string,
    });
    tree.write('node_modules/vite/bin/vite.js', vite);
    expect((await tree.run(setup)).code).toBe(0);
    expect(builds()).toBe(2);
  });
});

describe('the throughline command', () => {
  it('runs cli/main.ts with the arguments, and keeps standard output to it even on the first run', async () => {
    tree.write(
      'cli/main.ts',
      'const words: readonly string[] = process.argv.slice(2);\nconsole.log(JSON.stringify(words));\nprocess.exitCode = 7;\n',
    );
    const ended = await tree.run(['cli/throughline.js', 'eval', 'run', '--json']);
    expect(ended.code).toBe(7);
    expect(JSON.parse(ended.stdout)).toEqual(['eval', 'run', '--json']);
    expect(ended.stderr).toContain('Setting up');
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes %s on and ends as its child ends', async (signal) => {
    tree.write(
      'cli/main.ts',
      `process.on('${signal}', () => process.exit(9));\nconsole.error('ready');\nsetInterval(() => {}, 1000);\n`,
    );
    const running = tree.start(['cli/throughline.js']);
    await running.saysOnStderr('ready');
    running.child.kill(signal);
    expect((await running.ended).code).toBe(9);
  });

  it('dies of the signal its child died of', async () => {
    tree.write('cli/main.ts', "process.kill(process.pid, 'SIGTERM');\nsetInterval(() => {}, 1000);\n");
    expect((await tree.run(['cli/throughline.js'])).signal).toBe('SIGTERM');
  });

  it('is linked where npx looks first', async () => {
    await tree.run(setup);
    expect(readFileSync(join(tree.root, 'node_modules/.bin/throughline'), 'utf8')).toBe(
      tree.read('cli/throughline.js'),
    );
  });
});

describe('the machine’s Node', () => {
  it.each([['setup/setup.js'], ['cli/throughline.js']])('older than 20: %s says so in one line', async (file) => {
    const ended = await tree.run([file], { nodeVersion: '18.20.8' });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^Throughline needs Node 20 or later; this is Node 18\.20\.8\..*\n$/);
    expect(tree.npmCalls()).toEqual([]);
  });

  it('is used where npm brought none for the platform, if it is 24 or later', async () => {
    tree.write('node_modules/.package-lock.json', JSON.stringify({ packages: LOCKED }));
    tree.write('hello.ts', "const word: string = 'hello';\nconsole.log(word);\n");
    expect(await tree.run([...setup, 'hello.ts'])).toMatchObject({ code: 0, stdout: 'hello\n' });
  });

  it('between the two, with none from npm: one line with the remedy', async () => {
    tree.write('node_modules/.package-lock.json', JSON.stringify({ packages: LOCKED }));
    const ended = await tree.run(setup, { nodeVersion: '22.1.0' });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      /^There is no ready-made Node 24 for .* this is Node 22\.1\.0: install Node 24 or later.*\n$/,
    );
  });

  it('is used, too, where the one from npm does not run', async () => {
    tree.write('node_modules/node-here/package.json', '{ "bin": { "node": "bin/node" } }');
    tree.write(
      'tools/npm-cli.js',
      tree
        .read('tools/npm-cli.js')
        .replace('symlinkSync(process.execPath,', "writeFileSync('broken', '');symlinkSync('../../../broken',"),
    );
    tree.write('hello.ts', "console.log('hello');\n");
    expect(await tree.run([...setup, 'hello.ts'])).toMatchObject({ code: 0, stdout: 'hello\n' });
    expect(await tree.run([...setup, 'hello.ts'])).toMatchObject({ code: 0, stdout: 'hello\n' });
  });
});
