/** One process per data folder: a lock file that says who holds it. */
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PermanentError } from '../../core/errors.ts';

const LOOKS = 3;
const LOOK_AGAIN_MS = 30;

export type FolderLock = { release(): Promise<void> };

/**
 * Takes the folder or throws PermanentError: `data_folder_unwritable`, or `data_folder_in_use` naming the process. A
 * lock whose process is gone (kill -9) is taken over.
 */
export async function lockFolder(folder: string, pid: number): Promise<FolderLock> {
  const file = join(folder, 'lock');
  try {
    await mkdir(folder, { recursive: true });
    if ((await tryCreate(file, pid)) || (await takeOver(file, pid)))
      return { release: () => rm(file, { force: true }) };
  } catch (error) {
    throw unwritable(folder, error);
  }
  const holder = await readHolder(file);
  const who = isHeld(holder, pid) ? `is used by process ${holder}` : 'was taken by another process just now';
  throw new PermanentError(
    'data_folder_in_use',
    `The data folder "${folder}" ${who}. Stop that process, or set DATA_DIR to another folder.`,
  );
}

/**
 * Replaces the lock of a dead process. Of many who try, the one that makes the second file may: without it, the late
 * one would remove the lock that the early one has just taken.
 */
async function takeOver(file: string, pid: number): Promise<boolean> {
  if (isHeld(await readHolder(file), pid)) return false;
  const guard = `${file}.takeover`;
  // A process that died in the middle of this left its guard behind.
  const guardian = await readHolder(guard);
  if (guardian > 0 && !isHeld(guardian, pid)) await rm(guard, { force: true });
  if (!(await tryCreate(guard, pid))) return false;
  try {
    if (isHeld(await readHolder(file), pid)) return false;
    await rm(file, { force: true });
    return await tryCreate(file, pid);
  } finally {
    await rm(guard, { force: true });
  }
}

/** The process id in a lock file; 0 when there is none. */
async function readHolder(file: string): Promise<number> {
  for (let look = 1; ; look += 1) {
    const text = (await readFile(file, 'utf8').catch(() => '-')).trim();
    // Empty means that its maker is about to write: look again before calling it dead.
    if (text !== '' || look === LOOKS) return Number(text) || 0;
    await sleep(LOOK_AGAIN_MS);
  }
}

async function tryCreate(file: string, pid: number): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(String(pid));
    await handle.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Our own id is nobody else's: it is what an earlier container, which had the same one, left behind. */
function isHeld(holder: number, pid: number): boolean {
  if (!Number.isInteger(holder) || holder <= 0 || holder === pid) return false;
  try {
    process.kill(holder, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function unwritable(folder: string, cause: unknown): PermanentError {
  const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  return new PermanentError(
    'data_folder_unwritable',
    `The data folder "${folder}" cannot be written (${why}). Give this user write access, or set DATA_DIR to another folder.`,
    { cause },
  );
}
