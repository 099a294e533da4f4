/** What a process that died still holds. */
import type { Database } from './database.ts';

/**
 * Gives back every lane, lease and claim at once instead of when its time is over. Only for whoever knows that no other process
 * is alive: the holder of a data folder's lock. What was on its way at the end of its sender is still for the class rule.
 */
export function releaseLeftovers(database: Database): Promise<void> {
  return database.transaction(async (sql) => {
    await sql.rows(`update lanes set leased_until = '-infinity', holder = null where leased_until > now()`);
    await sql.rows(`update leases set leased_until = '-infinity' where leased_until > now()`);
    await sql.rows(`update deliveries set claimed_until = '-infinity' where state = 'claimed'`);
  });
}
