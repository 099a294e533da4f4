/** Leases as rows. */
import type { LeasePort } from '../leases.ts';
import type { Database } from './database.ts';

const HOLD = `
  insert into leases (name, holder, leased_until) values ($1, $2, now() + $3 * interval '1 ms')
  on conflict (name) do update set holder = excluded.holder, leased_until = excluded.leased_until
  where leases.holder = excluded.holder or leases.leased_until < now()`;

export function createLeases(database: Database): LeasePort {
  return {
    hold: async (name, { holder, leaseMs }) => (await database.count(HOLD, [name, holder, leaseMs])) === 1,
    release: async (name, holder) => {
      await database.count('delete from leases where name = $1 and holder = $2', [name, holder]);
    },
  };
}
