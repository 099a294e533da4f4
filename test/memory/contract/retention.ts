/** What every memory keeps of retention: what is older goes, by its class alone, and unfinished work stays. */
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { RetentionClass } from '../../../core/retention.ts';
import type { Store } from '../../../memory/postgres/index.ts';
import { appendOne, messageFrom } from '../../support/store.ts';
import { answer, countRows, factOf, newTurnId, type OpenStore, only, rows } from '../support.ts';

/** Far older than anything another test leaves behind, so that only these rows go. */
const AGE = '4000 days';
const DAYS = 3000;

/** The columns that say how old a row is. */
const TIMES = [
  ['inbox', 'received_at'],
  ['deliveries', 'created_at'],
  ['turns', 'started_at'],
  ['facts', 'learned_at'],
  ['thread_summaries', 'through'],
  ['tickets', 'opened_at'],
  ['alerts', 'raised_at'],
  ['effects', 'created_at'],
  ['exemplar_candidates', 'created_at'],
  ['calls', 'shown_at'],
] as const;

type Seeded = { readonly handle: string; readonly thread: string; readonly turn: string; readonly visitor: string };

/** One of everything, as old as that. */
async function seed(store: Store, age: string): Promise<Seeded> {
  const visitor = `visitor:${uuidv7()}`;
  const call = {
    id: uuidv7(),
    position: 0,
    purpose: 'visit',
    name: 'offer:x',
    label: 'x',
    url: 'https://x.example',
    stage: null,
    lifeHours: 1,
  } as const;
  const { burst, thread, person } = await answer(store, {
    visitor,
    learned: [factOf()],
    calls: [call],
    alerts: [{ kind: 'hand_over', summary: 'x' }],
  });
  const { handle, turn } = burst;
  const { memory } = store;
  await memory.threads.saveSummary({ thread, handle, text: 'x', through: new Date().toISOString(), since: null });
  const ticket = { thread, subject: 'x', summary: 'x', kind: 'question' } as const;
  const { number } = await memory.catalogue.openTicket(person, ticket, { turn, tool: 'open_ticket', arguments: {} });
  await memory.operators.closeTicket(number);
  await memory.exemplars.propose({ text: uuidv7(), intent: 'price', reason: 'tie-break', turn });
  await rows(store, `update deliveries set state = 'sent' where turn_id = $1`, [turn]);
  await rows(store, 'update alerts set acknowledged_at = now() where turn_id = $1', [turn]);
  await rows(store, `update inbox set raw = 'as it came' where turn_id = $1`, [turn]);
  await rows(store, `update turns set record = record || '{"spans": [{"id": "x"}]}' where id = $1`, [turn]);
  await rows(store, `update calls set expires_at = shown_at - $2::interval where turn_id = $1`, [turn, age]);
  const of: Record<string, string> = {
    facts: 'handle_id',
    thread_summaries: 'handle_id',
    tickets: 'handle_id',
    inbox: 'handle_id',
  };
  for (const [table, column] of TIMES) {
    const key = table === 'turns' ? 'id' : (of[table] ?? 'turn_id');
    await rows(store, `update ${table} set ${column} = now() - $2::interval where ${key} = $1`, [
      key === 'handle_id' ? handle : turn,
      age,
    ]);
  }
  return { handle, thread, turn, visitor };
}

async function left(store: Store, { handle, turn }: Seeded): Promise<Readonly<Record<string, number>>> {
  const counts = await Promise.all(
    TIMES.map(async ([table]) => {
      const where = ['facts', 'thread_summaries', 'tickets', 'inbox'].includes(table)
        ? 'handle_id = $1'
        : table === 'turns'
          ? 'id = $1'
          : 'turn_id = $1';
      return [
        table,
        await countRows(store, `${table} where ${where}`, [where.startsWith('handle') ? handle : turn]),
      ] as const;
    }),
  );
  const extra = only(
    await rows<{ raw: number; spans: number }>(
      store,
      `select (select count(*)::int from inbox where handle_id = $1 and raw <> '') as raw,
         (select count(*)::int from turns where id = $2 and record->'spans' <> '[]') as spans`,
      [handle, turn],
    ),
  );
  return { ...Object.fromEntries(counts), ...extra };
}

const ALL = {
  inbox: 1,
  deliveries: 1,
  turns: 1,
  facts: 1,
  thread_summaries: 1,
  tickets: 1,
  alerts: 1,
  effects: 1,
  exemplar_candidates: 1,
  calls: 1,
  raw: 1,
  spans: 1,
};
const GONE: Readonly<Record<RetentionClass, Partial<typeof ALL>>> = {
  raw: { raw: 0 },
  traces: { spans: 0 },
  facts: { facts: 0 },
  candidates: { exemplar_candidates: 0 },
  calls: { calls: 0 },
  // A turn goes with what hangs on it; a candidate nobody accepted, too.
  messages: {
    inbox: 0,
    raw: 0,
    deliveries: 0,
    turns: 0,
    spans: 0,
    thread_summaries: 0,
    tickets: 0,
    alerts: 0,
    effects: 0,
    exemplar_candidates: 0,
    calls: 0,
  },
};

export function describeRetention(open: OpenStore): void {
  it.each(RetentionClass.options)('of %s takes what is older, and nothing else; it is counted', async (name) => {
    const [old, young] = [await seed(open(), AGE), await seed(open(), '10 days')];
    expect(await left(open(), old)).toEqual(ALL);
    const gone = await open().memory.retention.enforce(name, DAYS);
    expect(gone).toBeGreaterThan(0);
    expect(await left(open(), old)).toEqual({ ...ALL, ...GONE[name] });
    expect(await left(open(), young)).toEqual(ALL);
    const run = (await open().memory.retention.runs()).find((one) => one.class === name);
    expect(run).toMatchObject({ days: DAYS, lastRows: gone, totalRows: gone });
    expect(await open().memory.retention.enforce(name, DAYS)).toBe(0);
    expect((await open().memory.retention.runs()).find((one) => one.class === name)).toMatchObject({
      lastRows: 0,
      totalRows: gone,
    });
    // The next class begins with nothing old.
    for (const other of RetentionClass.options) await open().memory.retention.enforce(other, DAYS);
    await rows(open(), 'delete from retention_runs');
  });

  it('leaves what is unfinished, however old', async () => {
    const { handle } = await appendOne(open(), messageFrom(`visitor:${uuidv7()}`, 'still waits'));
    const waiting = await seed(open(), AGE);
    await rows(open(), `update deliveries set state = 'queued' where turn_id = $1`, [waiting.turn]);
    await rows(open(), `update tickets set status = 'open' where handle_id = $1`, [waiting.handle]);
    await rows(open(), 'update alerts set acknowledged_at = null where turn_id = $1', [waiting.turn]);
    await rows(open(), 'update inbox set received_at = now() - $2::interval where handle_id = $1', [handle, AGE]);
    await open().memory.retention.enforce('messages', DAYS);
    expect(await countRows(open(), 'inbox where handle_id = $1', [handle])).toBe(1);
    expect(await left(open(), waiting)).toMatchObject({ deliveries: 1, turns: 1, tickets: 1, alerts: 1 });
    await rows(open(), 'delete from inbox where handle_id = $1', [handle]);
    await rows(open(), `update deliveries set state = 'sent', created_at = now() where turn_id = $1`, [waiting.turn]);
  });

  it('leaves a turn that teaches the intents', async () => {
    const taught = await seed(open(), AGE);
    await rows(open(), `update exemplar_candidates set state = 'accepted' where turn_id = $1`, [taught.turn]);
    for (const name of RetentionClass.options) await open().memory.retention.enforce(name, DAYS);
    expect(await left(open(), taught)).toMatchObject({ turns: 1, exemplar_candidates: 1, inbox: 0 });
    await rows(open(), 'delete from exemplar_candidates where turn_id = $1', [taught.turn]);
  });

  it('takes many, in more statements than one', async () => {
    const { handle, thread } = await seed(open(), '1 day');
    await rows(
      open(),
      `insert into facts (id, handle_id, kind, text, audience, confidence, learned_at)
       select gen_random_uuid(), $1, 'goal', 'x', 'private', 1, now() - $2::interval from generate_series(1, 1234)`,
      [handle, AGE],
    );
    expect(await open().memory.retention.enforce('facts', DAYS)).toBe(1234);
    expect(thread).not.toBe(newTurnId());
  });
}
