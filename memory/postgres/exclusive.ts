/** Work that only one process may do at a time while it starts; the lock goes with the connection, so a dead process holds nobody up. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** Any number, as long as it is only ours. */
const LOCK = 7_461_204;
const AGAIN_MS = 200;

/** Waits for its turn, however long the others take; asks again and again, because a waiting statement has a time limit. */
export async function exclusively<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const isMine = async (): Promise<boolean> => {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [LOCK]);
    return rows[0]?.mine === true;
  };
  let isBroken = true;
  try {
    while (!(await isMine())) await sleep(AGAIN_MS);
    const result = await work();
    await client.query('select pg_advisory_unlock($1)', [LOCK]);
    isBroken = false;
    return result;
  } finally {
    // A connection that is thrown away takes its lock along.
    client.release(isBroken);
  }
}
