/** Every table that holds something of a person, once: what is handed over and what is erased can never be two lists. */

/**
 * `$1` handles, `$2` persons, `$3` threads nobody else wrote on, `$4` turns, `$5` member accounts nobody else has, `$6` the keys
 * under which the pace of those threads is kept. In the order of erasing: nothing goes before what refers to it.
 */
export type PersonStore = {
  readonly table: string;
  readonly where: string;
  /** Columns that are no use to the person: vectors, and what is kept as text beside it. */
  readonly hidden?: readonly string[];
  /** Machinery: erased, and not handed over. */
  readonly isInner?: true;
};

const own = 'handle_id = any($1)';

export const PERSON_STORES: readonly PersonStore[] = [
  {
    table: 'continuations',
    where: `${own} or from_handle_id = any($1) or thread_id = any($3) or from_thread_id = any($3)`,
  },
  { table: 'calls', where: `${own} or thread_id = any($3) or turn_id = any($4)` },
  { table: 'thread_summaries', where: `${own} or thread_id = any($3)` },
  {
    table: 'link_cases',
    where: `a = any($1) or b = any($1) or exists (select from jsonb_array_elements(sides) s, jsonb_array_elements(s->'handles') h
      where (h->>'id')::uuid = any($1))`,
  },
  { table: 'links', where: 'a = any($1) or b = any($1)' },
  { table: 'claims', where: own },
  { table: 'told', where: own },
  { table: 'journey_states', where: own, isInner: true },
  { table: 'journey_moves', where: own },
  { table: 'journeys', where: 'person_id = any($2)' },
  { table: 'facts', where: own, hidden: ['embedding'] },
  { table: 'holds', where: own },
  { table: 'tickets', where: `${own} or thread_id = any($3)` },
  { table: 'alerts', where: 'thread_id = any($3) or turn_id = any($4)' },
  { table: 'effects', where: 'turn_id = any($4)', isInner: true },
  { table: 'exemplar_candidates', where: 'turn_id = any($4)' },
  { table: 'deliveries', where: `${own} or thread_id = any($3) or turn_id = any($4)` },
  { table: 'inbox', where: own },
  { table: 'turns', where: 'id = any($4)' },
  { table: 'passages', where: 'owner_handle_id = any($1)', hidden: ['embedding', 'words'] },
  { table: 'documents', where: 'owner_handle_id = any($1)' },
  { table: 'enrolments', where: 'member_ref = any($5)' },
  { table: 'orders', where: 'member_ref = any($5)' },
  { table: 'send_paces', where: 'key = any($6)', isInner: true },
  { table: 'threads', where: 'id = any($3)' },
  { table: 'handles', where: 'id = any($1)' },
  { table: 'persons', where: 'id = any($2)' },
];

/** What the clauses above are about. */
export type PersonScope = {
  readonly handles: readonly string[];
  readonly persons: readonly string[];
  readonly threads: readonly string[];
  readonly turns: readonly string[];
  readonly members: readonly string[];
  readonly paces: readonly string[];
};

/** The values in the order of the parameters; those a clause does not name are not sent. */
export function valuesFor(
  where: string,
  scope: PersonScope,
): { readonly where: string; readonly values: readonly unknown[] } {
  const all = [scope.handles, scope.persons, scope.threads, scope.turns, scope.members, scope.paces];
  const types = ['uuid', 'uuid', 'uuid', 'uuid', 'text', 'text'];
  const used = all.map((_, index) => index).filter((index) => where.includes(`$${index + 1}`));
  const renamed = used.reduce(
    // A sign no clause has, so that a number given once is not given again.
    (text, index, place) => text.replaceAll(`$${index + 1}`, `§${place + 1}::${types[index] ?? 'text'}[]`),
    where,
  );
  return { where: renamed.replaceAll('§', '$'), values: used.map((index) => all[index]) };
}
