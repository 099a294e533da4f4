/** Lanes: one writer per person, by a lease with a fencing number, on the database's clock. */
import type { LanePort, Lease } from '../inbox.ts';
import type { Database } from './database.ts';

const ACQUIRE = `
  insert into lanes (lane, holder, fence, leased_until)
  values ($1, $2, 1, now() + $3 * interval '1 ms')
  on conflict (lane) do update set
    holder = excluded.holder, fence = lanes.fence + 1, leased_until = excluded.leased_until
  where lanes.leased_until < now()
  returning fence`;

const RENEW = `
  update lanes set leased_until = now() + $4 * interval '1 ms'
  where lane = $1 and holder = $2 and fence = $3 and leased_until >= now()`;

/** The fence stays, so that a stale holder can never match again. */
const RELEASE = `
  update lanes set leased_until = '-infinity', holder = null where lane = $1 and holder = $2 and fence = $3`;

export function createLanes(database: Database): LanePort {
  return {
    acquire: async (lane, { holder, leaseMs }): Promise<Lease | null> => {
      const row = await database.row<{ fence: string }>(ACQUIRE, [lane, holder, leaseMs]);
      return row ? { lane, holder, fence: Number(row.fence) } : null;
    },
    renew: async (lease, leaseMs) =>
      (await database.count(RENEW, [lease.lane, lease.holder, lease.fence, leaseMs])) === 1,
    release: async (lease) => {
      await database.count(RELEASE, [lease.lane, lease.holder, lease.fence]);
    },
  };
}
