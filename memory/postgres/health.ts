/** Health as one query over the partial indexes of what is open. */
import type { Health, HealthPort } from '../health.ts';
import type { Database } from './database.ts';

const age = (since: string): string => `coalesce(extract(epoch from now() - ${since}) * 1000, 0)::float8`;

const READ = `
  select i.events as "pendingEvents", i.age as "oldestPendingMs", d.due as "dueDeliveries", d.age as "oldestDueMs",
    d.claimed as "claimedDeliveries",
    (select count(*)::int from inbox where state = 'parked') as "parkedEvents",
    (select count(*)::int from deliveries where state = 'unknown') as "unknownDeliveries",
    (select count(*)::int from turns where to_learn) as "turnsToLearn",
    (select count(*)::int from alerts where acknowledged_at is null) as "openAlerts"
  from
    (select count(*)::int as events, ${age('min(received_at)')} as age from inbox where state = 'pending') i,
    (select count(*) filter (where state = 'queued')::int as due, count(*) filter (where state = 'claimed')::int as claimed,
      ${age('min(due_at)')} as age
     from deliveries where state in ('queued', 'claimed') and due_at <= now()) d`;

/** The thread first: it has an index, the turn has none. */
const SINCE = `
  select extract(epoch from now() - min(received_at))::float8 * 1000 as ms from inbox
  where thread_id = (select thread_id from turns where id = $1) and turn_id = $1`;

const NOTHING: Health = {
  pendingEvents: 0,
  oldestPendingMs: 0,
  parkedEvents: 0,
  dueDeliveries: 0,
  oldestDueMs: 0,
  claimedDeliveries: 0,
  unknownDeliveries: 0,
  turnsToLearn: 0,
  openAlerts: 0,
};

export function createHealth(database: Database): HealthPort {
  return {
    read: async () => (await database.row<Health>(READ)) ?? NOTHING,
    sinceReceived: async (turn) => (await database.row<{ ms: number | null }>(SINCE, [turn]))?.ms ?? null,
  };
}
