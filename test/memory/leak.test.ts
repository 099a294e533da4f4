/**
 * Ten people with overlapping stories in one store, each with several handles, some of them linked; 2 000 recalls of
 * facts, conversations, summaries and owned passages: nothing of anybody else, nothing private where others read.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audiencesHeard, type Clearance, type Hearing } from '../../core/audience.ts';
import { earlierOf, windowOf } from '../../core/conversation.ts';
import { embedLexically } from '../../core/embedding.ts';
import type { HandleId, PersonId, ThreadId } from '../../core/ids.ts';
import type { Store } from '../../memory/postgres/index.ts';
import { append, messageFrom, newVisitor, OPEN_TIMEOUT_MS, openTestStore, take } from '../support/store.ts';
import { commitOf, factOf, only, replyOf, rows, turnOf } from './support.ts';

const PEOPLE = 10;
const HANDLES = 3;
const QUERIES = 2_000;
const PROOF = { proof: 'deep_link', reason: 'clicked' } as const;
/** One story, told by everybody: only the mark in each sentence says whose it is. */
const STORIES = ['sleep better at night', 'the breathwork course', 'two charges on my order', 'evenings after work'];
const CLEARANCES: readonly Clearance[] = ['public', 'members', 'private'];

/** Whose words these are is written in them: `p3.private` is of person 3, and for private threads. */
const markOf = (owner: number, audience: string): string => `p${owner}.${audience}`;
const MARK = /p(\d+)\.(\w+)/g;

type Place = {
  readonly owner: number;
  readonly handle: HandleId;
  readonly thread: ThreadId;
  readonly clearance: Clearance;
};

let store: Store;
/** Every thread somebody spoke on. A public one is shared by all. */
const places: Place[] = [];
const people = new Map<number, PersonId>();

async function speak(owner: number, { visitor, clearance }: { visitor: string; clearance: Clearance }): Promise<Place> {
  const key = clearance === 'private' ? visitor : `page:${clearance}`;
  const text = `I want ${STORIES[owner % STORIES.length]}, says ${markOf(owner, clearance)}`;
  const accepted = only(await append(store, messageFrom(visitor, text, { thread: { key, clearance } })));
  const { lease, burst } = await take(store, accepted.lane);
  const intent = { name: 'price', confidence: 1, neighbours: [], runnersUp: [], priors: [] };
  const turn = turnOf(burst, { intent });
  const deliveries = [{ reply: replyOf(`An answer to ${markOf(owner, clearance)}`), replyTo: null }];
  await store.memory.turns.commit(lease, commitOf(burst, { turn, deliveries, toLearn: true }));
  await store.memory.lanes.release(lease);
  const { handle, thread } = burst;
  const facts = (['public', 'members', 'person', 'private', 'operators'] as const).map((audience) => {
    const said = `${STORIES[owner % STORIES.length]} ${markOf(owner, audience)}`;
    const vector = { embedder: 'e', vector: embedLexically(said) };
    const subject = `${audience}-${clearance}-${'abc'[places.length % 3]}`;
    return factOf({ kind: 'interest', subject, text: said, quote: said, audience, vector });
  });
  await store.memory.facts.learn({ turn: burst.turn, handle, learnedAt: new Date().toISOString(), facts });
  const summary = `In short: ${STORIES[0]} ${markOf(owner, clearance)}`;
  await store.memory.threads.saveSummary({
    thread,
    handle,
    text: summary,
    through: '2026-01-01T00:00:00.000Z',
    since: null,
  });
  return { owner, handle, thread, clearance };
}

/** A page of the person's own, as a booking confirmation would be. */
async function own(owner: number, handle: HandleId): Promise<void> {
  for (const audience of ['person', 'private'] as const) {
    const id = `leak/${owner}-${audience}`;
    const text = `${STORIES[owner % STORIES.length]} ${markOf(owner, audience)}`;
    const document = { id, title: 'Booking', audience, language: 'en', body: text };
    const passage = {
      id: `${id}#0`,
      document: id,
      title: 'Booking',
      headings: [],
      text,
      audience,
      language: 'en',
      url: null,
    };
    await store.memory.documents.save({
      source: id,
      documents: [{ hash: '1', document, passages: [{ ...passage, position: 0, embedding: embedLexically(text) }] }],
    });
    await rows(store, 'update documents set owner_handle_id = $2 where id = $1', [id, handle]);
    await rows(store, 'update passages set owner_handle_id = $2 where document_id = $1', [id, handle]);
  }
}

beforeAll(async () => {
  store = await openTestStore();
  for (let owner = 0; owner < PEOPLE; owner += 1) {
    const mine: Place[] = [];
    for (let handle = 0; handle < HANDLES; handle += 1) {
      const visitor = newVisitor();
      for (const clearance of CLEARANCES) mine.push(await speak(owner, { visitor, clearance }));
    }
    places.push(...mine);
    const handles = [...new Set(mine.map((place) => place.handle))];
    for (const [index, next] of handles.slice(1).entries())
      await store.memory.people.link(handles[index] ?? next, next, PROOF);
    await own(owner, only(handles.slice(0, 1)));
    people.set(owner, (await store.memory.people.ofHandle(only(handles.slice(0, 1)))).id);
  }
  // A link that was taken back leaves nothing behind.
  const [first, second] = [places[0], places[HANDLES * CLEARANCES.length]];
  if (!first || !second) throw new Error('nobody spoke');
  await store.memory.people.link(first.handle, second.handle, PROOF);
  await store.memory.people.unlink(first.handle, second.handle);
}, OPEN_TIMEOUT_MS);
afterAll(() => store.memory.close());

/** What one turn of this person on this thread would be shown, from every source. */
async function shown(place: Place, query: number): Promise<Readonly<Record<string, string>>> {
  const person = people.get(place.owner) ?? ('' as PersonId);
  const hearing: Hearing = { clearance: place.clearance, isMember: query % 2 === 0, person };
  const asked = `${STORIES[query % STORIES.length]} ${markOf(query % PEOPLE, 'private')}`;
  const embedding = embedLexically(asked);
  const { facts, threads, knowledge } = store.memory;
  const near = { embedder: 'e', vector: embedding };
  const [recalled, conversation, passages] = await Promise.all([
    facts.recall(hearing, query % 5 === 0 ? { limit: 50 } : { limit: 50, near }),
    threads.conversation({ thread: place.thread, handle: place.handle, limit: 50 }),
    query % 4 === 0 ? knowledge.search({ text: asked, embedding, hearing, limit: 20, vectorWeight: 0.5 }) : [],
  ]);
  const window = windowOf(conversation, Date.now());
  return {
    facts: JSON.stringify(recalled),
    lines: JSON.stringify(conversation.lines),
    earlier: earlierOf(conversation, window) ?? '',
    passages: JSON.stringify(passages),
  };
}

/** Everything shown that is another's, or too private for the thread. */
function leaksIn(
  place: Place,
  { text, isMember }: { readonly text: string; readonly isMember: boolean },
): readonly string[] {
  const heard: readonly string[] = audiencesHeard({ clearance: place.clearance, isMember });
  // Lines and summaries carry the clearance of the thread they were said on.
  const mayBeShown = (owner: string, audience: string): boolean =>
    Number(owner) === place.owner && (heard.includes(audience) || audience === place.clearance);
  return [...text.matchAll(MARK)]
    .filter(([, owner = '', audience = '']) => !mayBeShown(owner, audience))
    .map(([mark]) => mark);
}

describe('ten people in one store', () => {
  it(`in ${QUERIES} recalls see nothing of each other, and nothing private where others read`, {
    timeout: 120_000,
  }, async () => {
    const leaks = new Map<string, number>();
    const own = { facts: 0, lines: 0, earlier: 0, passages: 0 };
    for (let query = 0; query < QUERIES; query += 1) {
      const place = places[query % places.length];
      if (!place) throw new Error('nobody spoke');
      for (const [source, text] of Object.entries(await shown(place, query))) {
        for (const mark of leaksIn(place, { text, isMember: query % 2 === 0 })) {
          const leak = `${source} on a ${place.clearance} thread of p${place.owner}: ${mark}`;
          leaks.set(leak, (leaks.get(leak) ?? 0) + 1);
        }
        own[source as keyof typeof own] += [...text.matchAll(MARK)].length;
      }
    }
    expect([...leaks].slice(0, 10)).toEqual([]);
    // A recall that returns nothing leaks nothing, and proves nothing.
    for (const [source, marks] of Object.entries(own)) expect(marks, source).toBeGreaterThan(QUERIES / 10);
  });

  it('nobody forgets for another', async () => {
    const [me, they] = [people.get(1), people.get(2)];
    if (!me || !they) throw new Error('nobody there');
    const hearing = (person: PersonId): Hearing => ({ clearance: 'private', isMember: true, person });
    const theirs = await store.memory.facts.recall(hearing(they), { limit: 100 });
    const turn = (await store.memory.turns.list({ limit: 1 }))[0]?.id;
    if (!turn) throw new Error('no turn');
    const key = { turn, tool: 'forget_facts', arguments: {} };
    expect(
      await store.memory.facts.forget(
        me,
        theirs.map(({ id }) => id),
        key,
      ),
    ).toBe(0);
    expect(await store.memory.facts.recall(hearing(they), { limit: 100 })).toHaveLength(theirs.length);
  });
});
