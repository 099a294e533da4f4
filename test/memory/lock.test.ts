/** The lock of a data folder: one process at a time, and a dead one holds nothing. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../../memory/postgres/lock.ts';
import { containing, failsWith } from './support.ts';

/** Above every limit a system sets for process ids. */
const DEAD = 2 ** 22 + 7;
/** Lives as long as this test does, and is not this process. */
const ALIVE = process.ppid;

let folder: string;
const lockFile = (): string => join(folder, 'lock');

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'throughline-lock-')), 'data');
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

describe('lockFolder', () => {
  it('makes the folder, says who holds it, and gives it back', async () => {
    const lock = await lockFolder(folder, process.pid);
    expect(await readFile(lockFile(), 'utf8')).toBe(`${process.pid}`);
    await lock.release();
    expect(existsSync(lockFile())).toBe(false);
    await lock.release();
    await (await lockFolder(folder, ALIVE)).release();
  });

  it('refuses a folder that a live process uses, naming process, folder and remedy', async () => {
    await lockFolder(folder, ALIVE);
    const refused = lockFolder(folder, process.pid);
    await expect(refused).rejects.toEqual(failsWith('PermanentError', 'data_folder_in_use'));
    await expect(refused).rejects.toThrow(
      `The data folder "${folder}" is used by process ${ALIVE}. Stop that process, or set DATA_DIR to another folder.`,
    );
    expect(await readFile(lockFile(), 'utf8')).toBe(`${ALIVE}`);
  });

  it.each([
    ['a dead process', `${DEAD}`],
    ['nobody: the file is empty', ''],
    ['nobody: the file holds something else', 'not a process'],
    ['this process id, from before a restart', `${process.pid}`],
  ])('takes over what is held by %s', async (_, content) => {
    await mkdir(folder);
    await writeFile(lockFile(), content);
    const lock = await lockFolder(folder, process.pid);
    expect(await readFile(lockFile(), 'utf8')).toBe(`${process.pid}`);
    await lock.release();
  });

  it.each([
    ['a new folder', null],
    ['a folder that a dead process left', `${DEAD}`],
  ])('gives %s to one of many who start at the same moment', async (_, left) => {
    for (let round = 0; round < 60; round += 1) {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
      if (left !== null) await writeFile(lockFile(), left);
      const asked = await Promise.allSettled([process.pid, ALIVE, 1].map((pid) => lockFolder(folder, pid)));
      expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const one of asked) {
        if (one.status === 'rejected') expect(one.reason).toEqual(failsWith('PermanentError', 'data_folder_in_use'));
      }
    }
  });

  it('says that a folder cannot be written, and why', async () => {
    await writeFile(join(folder, '..', 'a-file'), '');
    const under = join(folder, '..', 'a-file', 'data');
    const refused = lockFolder(under, process.pid);
    await expect(refused).rejects.toEqual(failsWith('PermanentError', 'data_folder_unwritable'));
    await expect(refused).rejects.toThrow(
      `The data folder "${under}" cannot be written (ENOTDIR). Give this user write access, or set DATA_DIR to another folder.`,
    );
  });

  it('says so too when only the lock cannot be made', async () => {
    await mkdir(lockFile(), { recursive: true });
    await expect(lockFolder(folder, process.pid)).rejects.toEqual(
      expect.objectContaining({ name: 'PermanentError', message: containing(`"${folder}"`) }),
    );
  });
});
