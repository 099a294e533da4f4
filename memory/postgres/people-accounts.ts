/** Two addresses that the site itself proved to be one account are one person: linked when the second one writes first. */
import type { InboundEvent } from '../../core/event.ts';
import type { HandleId } from '../../core/ids.ts';
import type { Sql } from './database.ts';
import { type LinkParts, linkWithin, ONE_AT_A_TIME } from './people-links.ts';

/** Call it in the transaction that takes the newcomer in, before their first event: the event belongs to the person they are. */
export async function linkAccount(
  sql: Sql,
  { channel, connection, sender }: InboundEvent,
  parts: LinkParts,
): Promise<void> {
  if (!sender.isMember) return;
  const same = await sql.row<{ own: HandleId; other: HandleId }>(SAME, [channel, connection, sender.externalId]);
  if (!same) return;
  await sql.rows(ONE_AT_A_TIME);
  const proof = channel === 'web' ? 'signed_widget' : 'site_login';
  const why = { proof, reason: 'the site proved both to be one account' } as const;
  await linkWithin(sql, { ...parts, a: same.own, b: same.other, why });
}

/** The site's own id of a member stands behind `member:` on the web, and plain in its community. */
const SAME = `
  select m.handle_id as own, o.id as other
  from member_handles m join handles h on h.id = m.handle_id
  join handles o on o.is_member and o.id <> h.id and (
    (o.channel = 'web' and o.external_id = 'member:' || m.member_ref)
    or (o.channel = 'buddyboss' and o.external_id = m.member_ref))
  where h.channel = $1 and h.connection = $2 and h.external_id = $3
  order by o.created_at, o.id limit 1`;
