/** On the embedded engine the files are ours: what was erased is not in them either. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { openStore } from '../../memory/postgres/index.ts';
import { DEFAULTS, OPEN_TIMEOUT_MS } from '../support/store.ts';
import { keepCanary, tablesWith } from './contract/erasures.ts';

/** The files below a folder in which these bytes stand. */
function filesWith(folder: string, words: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path).includes(words));
}

it('a canary is in no file of the data folder after it was erased', { timeout: OPEN_TIMEOUT_MS }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-canary-'));
  const store = await openStore({
    location: { kind: 'folder', folder },
    mint: uuidv7,
    pid: process.pid,
    defaults: DEFAULTS,
  });
  try {
    const { words, handle } = await keepCanary(store);
    expect(filesWith(folder, words)).not.toEqual([]);
    await store.memory.erasures.erase(handle, 'Olga');
    expect(await tablesWith(store, words)).toEqual([]);
    expect(filesWith(folder, words)).toEqual([]);
  } finally {
    await store.memory.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
