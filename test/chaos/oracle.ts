/**
 * The oracle: what became of every message, from the database (oracle.sql) and the outside's history. It shares no code
 * with the product, and believes neither side alone: what the database calls sent must have arrived.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Written } from './fake-channel.ts';
import type { History, Sent } from './history.ts';
import { codesIn } from './words.ts';

export const ORACLE_SQL = readFileSync(join(import.meta.dirname, 'oracle.sql'), 'utf8');

/** Laid into a scenario's database before its first process: who wrote a turn, and who held the lane then. */
export const OBSERVE_SQL: readonly string[] = [
  'create schema chaos',
  'create table chaos.commits (turn_id uuid, writer text, holder text, at timestamptz default clock_timestamp())',
  `create function chaos.note_commit() returns trigger language plpgsql as $$
   begin
     insert into chaos.commits (turn_id, writer, holder)
       select new.id, current_setting('application_name'),
         (select holder from public.lanes where lane = new.person_id);
     return new;
   end $$`,
  'create trigger chaos_note after insert on turns for each row execute function chaos.note_commit()',
];

const Found = z.object({
  events: z.array(
    z.object({
      id: z.string(),
      update: z.string(),
      state: z.string(),
      reason: z.string().nullable(),
      thread: z.string(),
      turn: z.string().nullable(),
      arrival: z.number(),
      attempts: z.number(),
      finishedAt: z.number().nullable(),
    }),
  ),
  turns: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      agent: z.string().nullable(),
      fallback: z.string().nullable(),
      events: z.array(z.string()).nullable(),
    }),
  ),
  deliveries: z.array(
    z.object({
      id: z.string(),
      turn: z.string().nullable(),
      thread: z.string(),
      state: z.string(),
      class: z.string(),
      failure: z.string().nullable(),
      attempts: z.number(),
      partsSent: z.number(),
      platformIds: z.array(z.string().nullable()),
      sequence: z.number(),
    }),
  ),
  commits: z.array(z.object({ turn: z.string(), writer: z.string(), holder: z.string().nullable() })),
});
export type Found = z.infer<typeof Found>;
type Event = Found['events'][number];
type Turn = Found['turns'][number];
type Delivery = Found['deliveries'][number];

export type Judgement = {
  readonly messages: number;
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  readonly outOfOrder: readonly string[];
  readonly unknown: readonly string[];
  readonly unheard: readonly string[];
  readonly recoveries: readonly number[];
  /** Milliseconds from the acknowledgement to the answer, by update. */
  readonly answerMs: ReadonlyMap<number, number>;
  /** What the database held, for a scenario's own questions. */
  readonly found: Found;
};

const TERMINAL = new Set(['sent', 'unknown', 'failed', 'suppressed']);
/** What may arrive twice when its fate was unknown in between. */
const AT_LEAST_ONCE = new Set(['crisis', 'hand_over']);

export function judge(
  rows: unknown,
  { written, history }: { readonly written: readonly Written[]; readonly history: History },
): Judgement {
  const found = Found.parse(rows);
  const outside = outsideOf(history);
  const facts: Facts = { found, outside, written, ...indexOf(found) };
  const ends = new Map(written.map((message) => [message.update, endOf(facts, message)]));
  const unknown = found.deliveries.filter(({ state }) => state === 'unknown');
  return {
    messages: written.length,
    lost: lostIn(facts),
    duplicated: [...doubleRows(facts), ...doubleTurns(facts), ...doubleSends(facts)],
    outOfOrder: outOfOrderIn(facts),
    unknown: unknown.map((delivery) => delivery.id),
    unheard: unknown.filter((delivery) => isUnheard(facts, delivery)).map((delivery) => delivery.id),
    recoveries: recoveriesOf(written, { ends, history }),
    answerMs: new Map(
      written.flatMap(({ update, ackedAt }) => {
        const end = ends.get(update);
        return end === undefined || end === null || ackedAt === null ? [] : [[update, end - ackedAt] as const];
      }),
    ),
    found,
  };
}

type Outside = {
  /** What people saw, in order. */
  readonly accepted: readonly Sent[];
  readonly byId: ReadonlyMap<number, Sent>;
  readonly byChat: ReadonlyMap<string, readonly Sent[]>;
  /** By code and chat. */
  readonly byCode: ReadonlyMap<string, readonly Sent[]>;
};

function outsideOf(history: History): Outside {
  const accepted = history.lines.filter((line): line is Sent => line.kind === 'sent' && line.isAccepted);
  return {
    accepted,
    byId: new Map(accepted.map((send) => [send.messageId, send])),
    byChat: Map.groupBy(accepted, ({ chat }) => String(chat)),
    byCode: groupMany(accepted, ({ chat, text }) => codesIn(text).map((code) => `${code} in chat ${chat}`)),
  };
}

type Index = {
  readonly eventOf: ReadonlyMap<string, Event>;
  readonly turnOf: ReadonlyMap<string, Turn>;
  /** The turns that say they answered an event. */
  readonly turnsOfEvent: ReadonlyMap<string, readonly Turn[]>;
  readonly deliveriesOf: ReadonlyMap<string, readonly Delivery[]>;
};
type Facts = Index & { readonly found: Found; readonly outside: Outside; readonly written: readonly Written[] };

function indexOf({ events, turns, deliveries }: Found): Index {
  return {
    eventOf: new Map(events.map((event) => [event.update, event])),
    turnOf: new Map(turns.map((turn) => [turn.id, turn])),
    turnsOfEvent: groupMany(turns, (turn) => turn.events ?? []),
    deliveriesOf: Map.groupBy(
      deliveries.filter(({ turn }) => turn !== null),
      ({ turn }) => String(turn),
    ),
  };
}

/** Acknowledged, and without an end that somebody can see. */
function lostIn(facts: Facts): readonly string[] {
  const lost: string[] = [];
  for (const message of facts.written) {
    const why =
      message.ackedAt === null ? 'never acknowledged' : whyLost(facts, facts.eventOf.get(String(message.update)));
    if (why !== null) lost.push(`${nameOf(message)} ${why}`);
  }
  for (const delivery of facts.found.deliveries) {
    const why = whyNotArrived(facts, delivery);
    if (why !== null) lost.push(`delivery ${delivery.id} ${why}`);
  }
  return lost;
}

function nameOf({ update, chat, number, text }: Written): string {
  return `message ${update} (chat ${chat}, number ${number}, ${codesIn(text).join(' ') || 'no code'})`;
}

function whyLost(facts: Facts, event: Event | undefined): string | null {
  if (event === undefined) return 'is not in the inbox';
  if (event.state === 'pending') return `is still pending (attempts ${event.attempts}, turn ${event.turn ?? 'none'})`;
  if (event.state === 'ignored') return event.reason === null ? 'is ignored without a reason' : null;
  const [turn] = facts.turnsOfEvent.get(event.id) ?? [];
  if (turn === undefined) return `is ${event.state}, and no turn tells of it`;
  if (turn.status === 'silent') return null;
  const deliveries = facts.deliveriesOf.get(turn.id) ?? [];
  if (deliveries.length === 0) return `was answered by turn ${turn.id} (${turn.status}), which left no delivery`;
  const open = deliveries.find(({ state }) => !TERMINAL.has(state));
  return open ? `waits in delivery ${open.id}, which is ${open.state} after ${open.attempts} attempts` : null;
}

/** Said to be sent: then each part must have arrived in that chat. Said to have failed: then it says why. */
function whyNotArrived({ outside }: Facts, { state, failure, platformIds, thread }: Delivery): string | null {
  if (state === 'failed' && failure === null) return 'failed without a reason';
  if (state !== 'sent') return null;
  const missing = platformIds.find((id) => String(outside.byId.get(Number(id))?.chat) !== thread);
  if (missing !== undefined) return `is called sent as ${missing}, and nothing like that arrived in chat ${thread}`;
  return platformIds.length === 0 ? 'is called sent without any part' : null;
}

function doubleRows({ found }: Facts): readonly string[] {
  const rows = Map.groupBy(found.events, ({ update }) => update);
  return [...rows]
    .filter(([, same]) => same.length > 1)
    .map(([update, same]) => `update ${update} has ${same.length} rows`);
}

function doubleTurns({ turnsOfEvent }: Facts): readonly string[] {
  return [...turnsOfEvent]
    .filter(([, turns]) => turns.length > 1)
    .map(([event, turns]) => `event ${event} was answered by turns ${turns.map(({ id }) => id).join(' and ')}`);
}

/** By the code an answer repeats, and by counting: a chat never sees more messages than its deliveries have parts. */
function doubleSends(facts: Facts): readonly string[] {
  const { outside, found } = facts;
  const mayRepeat = new Set(found.deliveries.filter((one) => AT_LEAST_ONCE.has(one.class)).map(({ thread }) => thread));
  const byCode = [...outside.byCode]
    .filter(([, sends]) => sends.length > 1 && !mayRepeat.has(String(sends[0]?.chat)))
    .map(([code, sends]) => `${code} was answered ${sends.length} times`);
  const deliveries = Map.groupBy(found.deliveries, ({ thread }) => thread);
  const byCount = [...outside.byChat].flatMap(([chat, sends]) => {
    const allowed = (deliveries.get(chat) ?? []).reduce((sum, one) => sum + allowedSends(one), 0);
    return sends.length > allowed ? [`chat ${chat} saw ${sends.length} messages; its deliveries allow ${allowed}`] : [];
  });
  return [...byCode, ...byCount];
}

/** An unknown one may have arrived once more than was recorded; what is sent at least once, once per attempt. */
function allowedSends({ state, partsSent, attempts, class: messageClass }: Delivery): number {
  if (AT_LEAST_ONCE.has(messageClass)) return partsSent + Math.max(0, attempts - 1) + (state === 'unknown' ? 1 : 0);
  return partsSent + (state === 'sent' ? 0 : 1);
}

/** What a chat saw must follow what it wrote: by the turns' events, and by the codes alone. */
function outOfOrderIn(facts: Facts): readonly string[] {
  return [...facts.outside.byChat].flatMap(([chat, sends]) => [
    ...orderByTurns(facts, { chat, sends }),
    ...orderByCodes(facts, { chat, sends }),
  ]);
}

type ChatSends = { readonly chat: string; readonly sends: readonly Sent[] };

function orderByTurns({ found, turnOf }: Facts, { chat, sends }: ChatSends): readonly string[] {
  const byPlatformId = new Map(
    found.deliveries
      .filter(({ thread, class: messageClass }) => thread === chat && messageClass !== 'crisis')
      .flatMap((delivery) => delivery.platformIds.map((id) => [Number(id), delivery] as const)),
  );
  const arrivals = new Map(found.events.map((event) => [event.id, event.arrival]));
  let last = -1;
  let before = '';
  for (const { messageId } of sends) {
    const turn = turnOf.get(byPlatformId.get(messageId)?.turn ?? '');
    if (turn === undefined) continue;
    const newest = Math.max(...(turn.events ?? []).map((id) => arrivals.get(id) ?? 0));
    if (newest < last) return [`chat ${chat}: the answer of turn ${turn.id} came after that of turn ${before}`];
    last = newest;
    before = turn.id;
  }
  return [];
}

function orderByCodes({ written }: Facts, { chat, sends }: ChatSends): readonly string[] {
  const ours = written.filter((message) => String(message.chat) === chat);
  if (ours.some((message) => message.isHeld)) return [];
  const numbers = new Map(ours.flatMap(({ text, number }) => codesIn(text).map((code) => [code, number] as const)));
  let last = 0;
  for (const { text } of sends) {
    const answered = codesIn(text).map((code) => numbers.get(code) ?? 0);
    if (answered.length === 0) continue;
    if (Math.min(...answered) < last)
      return [`chat ${chat}: message ${Math.min(...answered)} was answered after ${last}`];
    last = Math.max(...answered);
  }
  return [];
}

/** Nothing in its chat can be this delivery: every message there belongs to another one. */
function isUnheard({ found, outside }: Facts, delivery: Delivery): boolean {
  const known = new Set(found.deliveries.flatMap(({ platformIds }) => platformIds.map(Number)));
  const strangers = (outside.byChat.get(delivery.thread) ?? []).filter(({ messageId }) => !known.has(messageId));
  return delivery.partsSent === 0 && strangers.length === 0;
}

/** When the message had its visible end: its answer arrived, or the database ended it otherwise. Null: not at all. */
function endOf(facts: Facts, message: Written): number | null {
  const event = facts.eventOf.get(String(message.update));
  if (event === undefined || event.finishedAt === null) return null;
  const [turn] = facts.turnsOfEvent.get(event.id) ?? [];
  const ids = (facts.deliveriesOf.get(turn?.id ?? '') ?? []).flatMap(({ platformIds }) => platformIds.map(Number));
  const arrived = ids.flatMap((id) => facts.outside.byId.get(id)?.at ?? []);
  return arrived.length > 0 ? Math.min(...arrived) : event.finishedAt;
}

type Ends = { readonly ends: ReadonlyMap<number, number | null>; readonly history: History };

/** From the first kill while a message was under way to its end. */
function recoveriesOf(written: readonly Written[], { ends, history }: Ends): readonly number[] {
  const kills = history.lines.filter((line) => line.kind === 'hurt' && line.isKill).map(({ at }) => at);
  return written.flatMap(({ update, ackedAt }) => {
    const end = ends.get(update) ?? null;
    if (end === null || ackedAt === null) return [];
    const kill = kills.find((at) => at >= ackedAt && at <= end);
    return kill === undefined ? [] : [end - kill];
  });
}

function groupMany<T>(
  values: readonly T[],
  keysOf: (value: T) => readonly string[],
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    for (const key of new Set(keysOf(value))) {
      const group = groups.get(key);
      if (group) group.push(value);
      else groups.set(key, [value]);
    }
  }
  return groups;
}
