/** The build: one command, the files the server serves, and nothing heavier than promised. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');
const dist = mkdtempSync(join(tmpdir(), 'throughline-console-'));
const read = (name: string) => readFileSync(join(dist, name));
const weight = (names: readonly string[]) =>
  names.reduce((sum, name) => sum + gzipSync(read(name), { level: 9 }).length, 0);

let assets: readonly string[] = [];

beforeAll(async () => {
  const vite = join(project, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '-c', 'console/vite.config.ts', '--outDir', dist, '--emptyOutDir'];
  await promisify(execFile)(process.execPath, args, { cwd: project });
  assets = readdirSync(join(dist, 'assets')).map((name) => `assets/${name}`);
});

afterAll(() => rmSync(dist, { recursive: true }));

describe('the build', () => {
  it('makes a page without inline scripts that finds its files under /assets/', () => {
    const page = read('index.html').toString();
    for (const [, attributes = '', body = ''] of page.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)) {
      expect(body.trim()).toBe('');
      expect(attributes).toMatch(/src="\/assets\//);
    }
    for (const [, file = ''] of page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)) expect(assets).toContain(file);
  });

  it('makes a loader for a plain script tag, of at most 3 KB', () => {
    const loader = read('widget.js').toString();
    expect(loader).not.toMatch(/^\s*(?:import|export)\b/m);
    expect(() => new Function(loader)).not.toThrow();
    expect(weight(['widget.js'])).toBeLessThanOrEqual(3 * 1024);
  });

  it('tells the loader the name of the panel, which is of at most 30 KB and stands alone', () => {
    const panels = assets.filter((name) => name.startsWith('assets/widget-panel-'));
    expect(panels).toHaveLength(1);
    expect(read('widget.js').toString()).toContain(panels[0]);
    expect(read(panels[0] ?? '').toString()).not.toMatch(/\bfrom\s*["'`]\.|import\(/);
    expect(weight(panels)).toBeLessThanOrEqual(30 * 1024);
  });

  it('makes a console of at most 100 KB', () => {
    expect(weight(assets.filter((name) => !name.startsWith('assets/widget-panel-')))).toBeLessThanOrEqual(100 * 1024);
  });

  it('brings no code of the server along', () => {
    for (const name of ['widget.js', ...assets]) expect(read(name).toString()).not.toMatch(/ZodError|invalid_type/);
  });
});
