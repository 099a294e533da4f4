/** Paces as rows: every sender takes its slots from the same ones. */
import type { Pace, PacePort } from '../paces.ts';
import type { Database } from './database.ts';

/** The first slot that is free, and not longer ago than what may be made up for. */
const SLOT = `greatest(p.slot_at + a.every_ms * interval '1 ms', now() - a.slack_ms * interval '1 ms')`;

const TAKE = `
  update send_paces p set slot_at = ${SLOT}
  from unnest($1::text[], $2::float8[], $3::float8[]) as a(key, every_ms, slack_ms)
  where p.key = a.key and greatest(${SLOT}, p.closed_until) <= now() + $4 * interval '1 ms'
  returning p.key, extract(epoch from greatest(p.slot_at, p.closed_until) - now())::float8 * 1000 as wait_ms`;

const CLOSE = `
  insert into send_paces (key, closed_until) values ($1, now() + $2 * interval '1 ms')
  on conflict (key) do update set closed_until = greatest(send_paces.closed_until, excluded.closed_until)`;

export function createPaces(database: Database): PacePort {
  return {
    take: async (paces, maxWaitMs) => {
      const taken = await take(database, paces, maxWaitMs);
      const left = paces.filter(({ key }) => !taken.has(key));
      if (left.length > 0) {
        // New keys, or slots too far away; only a second look tells, because others may add the same key now.
        await database.rows('insert into send_paces (key) select unnest($1::text[]) on conflict do nothing', [
          left.map(({ key }) => key),
        ]);
        for (const [key, waitMs] of await take(database, left, maxWaitMs)) taken.set(key, waitMs);
      }
      return taken.size < paces.length ? null : Math.max(0, ...taken.values());
    },
    close: async (key, afterMs) => {
      await database.rows(CLOSE, [key, afterMs]);
    },
    isOpen: async (key) =>
      (await database.row('select 1 from send_paces where key = $1 and closed_until > now()', [key])) === undefined,
    tidy: async () => {
      await database.count(`delete from send_paces where slot_at < now() - interval '1 hour' and closed_until < now()`);
    },
  };
}

/** The waits of the slots that were near enough, by key. */
async function take(database: Database, paces: readonly Pace[], maxWaitMs: number): Promise<Map<string, number>> {
  const columns = [paces.map((one) => one.key), paces.map((one) => one.everyMs), paces.map((one) => one.slackMs)];
  const rows = await database.rows<{ key: string; wait_ms: number }>(TAKE, [...columns, maxWaitMs]);
  return new Map(rows.map((row) => [row.key, row.wait_ms]));
}
