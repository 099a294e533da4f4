/** Lets one process at a time set the folder up; the others wait. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './report.js';

const POLL_MS = 200;
/** After a reboot the number of a dead holder may belong to someone else: nobody holds the lock for longer than this. */
const STALE_MS = 15 * 60_000;

/**
 * Runs `work` while no other process does. A lock whose holder died is taken over.
 * @param {string} root
 * @param {() => void} work
 * @throws {SetupError} when the folder cannot be written
 */
export function withLock(root, work) {
  const lock = join(root, '.setup-lock');
  let told = false;
  while (!take(lock)) {
    const holder = holderOf(lock);
    if (holder === null) continue;
    if (isDead(lock, holder)) {
      clear(lock, holder);
      continue;
    }
    if (!told) console.error(`Setting up: waiting for process ${holder}, which is doing it already …`);
    told = true;
    sleep(POLL_MS);
  }
  try {
    work();
  } finally {
    release(lock);
  }
}

/**
 * The lock appears with its holder's number already inside, by a rename: there is no moment without a holder.
 * @param {string} lock
 * @returns {boolean}
 */
function take(lock) {
  const mine = `${lock}.${process.pid}`;
  try {
    rmSync(mine, { recursive: true, force: true });
    mkdirSync(mine);
    writeFileSync(join(mine, 'pid'), String(process.pid));
  } catch (error) {
    throw new SetupError(
      `The project folder cannot be written (${messageOf(error)}): set it up as the user who owns it.`,
    );
  }
  try {
    renameSync(mine, lock);
    return true;
  } catch {
    rmSync(mine, { recursive: true, force: true });
    return false;
  }
}

/**
 * Moved away before it is emptied: an empty lock could be taken by another and then be deleted under it.
 * @param {string} lock
 */
function release(lock) {
  const mine = `${lock}.${process.pid}`;
  renameSync(lock, mine);
  rmSync(mine, { recursive: true, force: true });
}

/**
 * The number of the process that holds the lock; null when it was released just now.
 * @param {string} lock
 * @returns {number | null}
 */
function holderOf(lock) {
  try {
    return Number(readFileSync(join(lock, 'pid'), 'utf8'));
  } catch {
    return null;
  }
}

/**
 * @param {string} lock
 * @param {number} holder
 */
function isDead(lock, holder) {
  try {
    if (Date.now() - statSync(lock).mtimeMs > STALE_MS) return true;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    // EPERM: it lives, under another user.
    return !(error instanceof Error && 'code' in error && error.code === 'EPERM');
  }
}

/**
 * Removes a dead holder's lock. Two may try: whoever moves away a lock that is not the dead one's puts it back.
 * @param {string} lock
 * @param {number} dead
 */
function clear(lock, dead) {
  const away = `${lock}.away-${process.pid}`;
  try {
    renameSync(lock, away);
    if (holderOf(away) !== dead) renameSync(away, lock);
  } catch {
    // Another process was quicker; the loop looks again.
  }
  rmSync(away, { recursive: true, force: true });
}

/** @param {number} ms */
function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
