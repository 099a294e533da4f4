/** What every memory of knowledge keeps: what a thread may not hear cannot be found there, whatever is asked. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Audience, Clearance, Hearing } from '../../../core/audience.ts';
import { embedLexically } from '../../../core/embedding.ts';
import type { PersonId } from '../../../core/ids.ts';
import type { KnowledgeDocument } from '../../../core/knowledge.ts';
import type { StoredPassage } from '../../../memory/knowledge.ts';
import { appendOne, messageFrom, newVisitor } from '../../support/store.ts';
import { aNumber, closeTo, newPersonId, type OpenStore, rows } from '../support.ts';

type Article = { readonly id: string; readonly title: string; readonly text: string; readonly audience?: Audience };

function documentOf({ id, title, text, audience = 'public' }: Article): KnowledgeDocument {
  return { id, title, audience, language: 'en', body: text };
}

function passageOf(article: Article): StoredPassage {
  const { id, title, text, audience = 'public' } = article;
  const embedding = embedLexically(`${title} ${text}`);
  const place = { id: `${id}#0`, document: id, position: 0, headings: [title], language: 'en', url: null };
  return { ...place, title, text, audience, embedding };
}

async function load(open: OpenStore, source: string, articles: readonly Article[]): Promise<void> {
  const { documents } = open().memory;
  await documents.remove(source, [...(await documents.hashes(source)).keys()]);
  await documents.save({
    source,
    documents: articles.map((article) => ({
      hash: '1',
      document: documentOf(article),
      passages: [passageOf(article)],
    })),
  });
}

const audiences: readonly Audience[] = ['public', 'members', 'person', 'private', 'operators'];
const clearances: readonly Clearance[] = ['public', 'members', 'private'];
const owners = ['nobody', 'me', 'somebody'] as const;

/** The rule in words, apart from the one in core and the one in SQL. */
function mayHear(audience: Audience, clearance: Clearance, isMember: boolean): boolean {
  if (audience === 'public') return true;
  if (audience === 'members') return isMember && clearance !== 'public';
  return (audience === 'person' || audience === 'private') && clearance === 'private';
}

/** One document for every audience and owner; each says something nobody else says. */
const secrets = audiences.flatMap((audience) =>
  owners.map((owner) => {
    const id = `secret/${audience}-${owner}`;
    const text = `The ${audience} breathing code of ${owner} is zebra${audience}${owner} and everybody breathes slowly.`;
    return { id, title: `Breathing ${audience} ${owner}`, text, audience, owner };
  }),
);

export function describeKnowledge(open: OpenStore): void {
  describe('search and open', () => describeAudience(open));
  describe('search', () => describeSearch(open));
  describe('exemplars', () => describeExemplars(open));
}

/** Loads the secrets and gives the owned ones to two people. */
async function loadSecrets(open: OpenStore): Promise<{ readonly me: PersonId; readonly somebody: PersonId }> {
  const me = await appendOne(open(), messageFrom(newVisitor(), 'Hello'));
  const somebody = await appendOne(open(), messageFrom(newVisitor(), 'Hello'));
  await load(open, 'secrets', secrets);
  for (const table of ['documents where id', 'passages where document_id']) {
    const [name, column] = table.split(' where ');
    for (const [owner, { handle }] of [['me', me] as const, ['somebody', somebody] as const]) {
      const ids = secrets.filter((secret) => secret.owner === owner).map(({ id }) => id);
      await rows(open(), `update ${name} set owner_handle_id = $1 where ${column} = any($2)`, [handle, ids]);
    }
  }
  return { me: me.lane, somebody: somebody.lane };
}

/** Words of the secrets, operators of the query language, letters of other scripts, emptiness, and things that hurt. */
const queries = fc.record({
  text: fc.oneof(
    fc.constantFrom(...secrets.flatMap(({ text, title }) => [text, title])),
    fc
      .array(
        fc.constantFrom(
          'zebra',
          'zebraoperatorsme',
          'breathing',
          'code',
          'private',
          "'",
          '&',
          '|',
          '!',
          ':*',
          '<->',
          '()',
          '\\',
          '\u0000',
          '%',
          '_',
          'ذهب',
          '🙂',
          'https://a.example/b?c=1&d=2',
        ),
        { maxLength: 8 },
      )
      .map((words) => words.join(' ')),
    fc.string({ unit: 'binary', maxLength: 60 }),
  ),
  about: fc.constantFrom(...secrets),
});

function describeAudience(open: OpenStore): void {
  it.each(clearances.flatMap((clearance) => [true, false].map((isMember) => ({ clearance, isMember }))))(
    'never give what a $clearance thread may not hear (member: $isMember), in 200 generated queries',
    async ({ clearance, isMember }) => {
      const { me } = await loadSecrets(open);
      const hearing: Hearing = { clearance, isMember, person: me };
      const allowed = secrets
        .filter(({ audience, owner }) => owner !== 'somebody' && mayHear(audience, clearance, isMember))
        .map(({ id }) => id)
        .toSorted();
      const found = new Set<string>();
      const ask = async ({ text, about }: { text: string; about: Article }): Promise<void> => {
        const embedding = embedLexically(`${about.title} ${about.text}`);
        const passages = await open().memory.knowledge.search({
          text,
          embedding,
          hearing,
          limit: 50,
          vectorWeight: 0.5,
        });
        for (const { document, score } of passages) {
          if (document.startsWith('secret/')) found.add(document);
          expect(score).toBeGreaterThan(0);
        }
      };
      for (const query of fc.sample(queries, { numRuns: 200, seed: 20261122 })) await ask(query);
      expect([...found].toSorted()).toEqual(allowed);
    },
  );

  it('open gives null for what may not be heard as for what does not exist', async () => {
    const { me, somebody } = await loadSecrets(open);
    const opened = async (id: string, hearing: Hearing): Promise<string | undefined> =>
      (await open().memory.knowledge.open(id, hearing))?.id;
    for (const clearance of clearances) {
      for (const isMember of [true, false]) {
        for (const { id, audience, owner } of secrets) {
          const heard = mayHear(audience, clearance, isMember);
          const mine = await opened(id, { clearance, isMember, person: me });
          expect(mine, `${id} for me`).toBe(heard && owner !== 'somebody' ? id : undefined);
          const theirs = await opened(id, { clearance, isMember, person: somebody });
          expect(theirs, `${id} for somebody`).toBe(heard && owner !== 'me' ? id : undefined);
        }
      }
    }
    const hearing: Hearing = { clearance: 'private', isMember: true, person: me };
    expect(await open().memory.knowledge.open('secret/unknown', hearing)).toBeNull();
    expect(await open().memory.knowledge.open('secret/operators-me', hearing)).toBeNull();
  });

  it('give the rows of an owner to every handle linked to it, and no longer after unlink', async () => {
    const { me } = await loadSecrets(open);
    const [mine] = await rows<{ id: never }>(open(), 'select id from handles where person_id = $1', [me]);
    if (!mine) throw new Error('no handle');
    const phone = await appendOne(open(), messageFrom(newVisitor(), 'Hello', { channel: 'telegram' }));
    const heardBy = async (person: PersonId): Promise<boolean> => {
      const hearing: Hearing = { clearance: 'private', isMember: false, person };
      return (await open().memory.knowledge.open('secret/private-me', hearing)) !== null;
    };
    expect(await heardBy(phone.lane)).toBe(false);
    await open().memory.people.link(mine.id, phone.handle, { proof: 'deep_link', reason: 'clicked' });
    expect(await heardBy((await open().memory.people.ofHandle(phone.handle)).id)).toBe(true);
    await open().memory.people.unlink(mine.id, phone.handle);
    expect(await heardBy(phone.lane)).toBe(false);
  });
}

function describeSearch(open: OpenStore): void {
  const hearing: Hearing = { clearance: 'public', isMember: false, person: newPersonId() };
  const articles = [
    { id: 'look/breathwork', title: 'Breathwork course', text: 'The breathwork course takes eight weeks.' },
    { id: 'look/foundation', title: 'Foundation programme', text: 'The foundation programme takes twelve weeks.' },
    { id: 'look/refunds', title: 'Refunds', text: 'Money comes back within fourteen days.' },
  ];
  const search = async (text: string, vectorOf = text, limit = 5): Promise<readonly string[]> => {
    const query = { text, embedding: embedLexically(vectorOf), hearing, limit, vectorWeight: 0.5 };
    return (await open().memory.knowledge.search(query)).map(({ document }) => document);
  };

  it('finds by words, by a misspelt title and by nearness', async () => {
    await load(open, 'look-alikes', articles);
    expect((await search('eight weeks breathwork'))[0]).toBe('look/breathwork');
    expect((await search('foundaton programe'))[0]).toBe('look/foundation');
    expect((await search('', 'Money comes back within fourteen days'))[0]).toBe('look/refunds');
    expect(await search('weeks', 'weeks', 1)).toHaveLength(1);
  });

  it('finds a word in another form, without its accents, and with a slip of the pen', async () => {
    await load(open, 'look-alikes', [
      ...articles,
      { id: 'look/cafe', title: 'Café', text: 'Running in the Übungsraum.' },
    ]);
    expect((await search('run', 'nothing near'))[0]).toBe('look/cafe');
    expect((await search('ubungsraum', 'nothing near'))[0]).toBe('look/cafe');
    expect((await search('brethwork', 'nothing near'))[0]).toBe('look/breathwork');
  });

  it('ranks a rare word above a common one', async () => {
    const common = Array.from({ length: 12 }, (_, index) => {
      return { id: `look/common-${index}`, title: `Page ${index}`, text: 'Lantern lantern lantern everywhere.' };
    });
    const rare = { id: 'look/rare', title: 'Rare', text: 'One lantern and a zither.' };
    await load(open, 'rare', [...common, rare]);
    const query = { text: 'lantern zither', embedding: [], hearing, limit: 1, vectorWeight: 0 };
    expect(await open().memory.knowledge.search(query)).toMatchObject([{ document: 'look/rare' }]);
  });

  it('finds by words alone when there is no vector', async () => {
    await load(open, 'look-alikes', articles);
    const found = await open().memory.knowledge.search({
      text: 'money back',
      embedding: [],
      hearing,
      limit: 3,
      vectorWeight: 1,
    });
    expect(found[0]).toMatchObject({ document: 'look/refunds', similarity: 0 });
  });

  it('puts pages in the language of the question first', async () => {
    await load(open, 'tongues', [
      { id: 'look/tongue-en', title: 'Zebra', text: 'Zebra zebra.' },
      { id: 'look/tongue-de', title: 'Zebra', text: 'Zebra zebra.' },
    ]);
    await rows(open(), `update passages set language = 'de' where document_id = 'look/tongue-de'`);
    const first = async (language: string): Promise<string | undefined> => {
      const query = { text: 'zebra', embedding: [], hearing, limit: 1, vectorWeight: 1, language };
      return (await open().memory.knowledge.search(query))[0]?.document;
    };
    expect([await first('de'), await first('en')]).toEqual(['look/tongue-de', 'look/tongue-en']);
  });

  it('does not find what is not true yet or any more', async () => {
    const seasons = ['past', 'now', 'future'].map((season) => {
      return { id: `look/${season}`, title: 'Quagga', text: `Quagga season ${season}.` };
    });
    await load(open, 'seasons', seasons);
    await rows(open(), `update passages set valid_until = now() - interval '1 s' where document_id = 'look/past'`);
    await rows(open(), `update passages set valid_from = now() + interval '1 h' where document_id = 'look/future'`);
    await rows(
      open(),
      `update passages set valid_from = now() - interval '1 h', valid_until = now() + interval '1 h'
       where document_id = 'look/now'`,
    );
    const found = (await search('quagga season', 'quagga season', 50)).filter((id) =>
      seasons.some((one) => one.id === id),
    );
    expect(found).toEqual(['look/now']);
  });

  it('opens a document only while it is true', async () => {
    await load(open, 'seasons', [{ id: 'look/summer', title: 'Summer', text: 'Summer hours.' }]);
    const isOpen = async (): Promise<boolean> => (await open().memory.knowledge.open('look/summer', hearing)) !== null;
    expect(await isOpen()).toBe(true);
    await rows(open(), `update documents set valid_until = now() - interval '1 s' where id = 'look/summer'`);
    expect(await isOpen()).toBe(false);
  });

  it('says where a passage stands and how near it is', async () => {
    await load(open, 'look-alikes', articles);
    const text = 'Refunds Money comes back within fourteen days.';
    const query = { text, embedding: embedLexically(text), hearing, limit: 1, vectorWeight: 0.5 };
    expect(await open().memory.knowledge.search(query)).toEqual([
      {
        id: 'look/refunds#0',
        document: 'look/refunds',
        title: 'Refunds',
        headings: ['Refunds'],
        text: 'Money comes back within fourteen days.',
        audience: 'public',
        language: 'en',
        url: null,
        score: aNumber,
        similarity: closeTo(1, 5),
      },
    ]);
  });
}

function describeExemplars(open: OpenStore): void {
  const exemplar = (intent: string, text: string) => ({ intent, text, embedding: embedLexically(text) });

  it('are found nearest first, and swapped as a whole', async () => {
    const { exemplars } = open().memory;
    await exemplars.replaceAll({
      version: '1',
      exemplars: [
        exemplar('price', 'how much is the foundation programme'),
        exemplar('refund', 'I want my money back'),
        exemplar('price', 'what does the course cost'),
      ],
    });
    const near = await exemplars.nearest(embedLexically('I want my money back please'), 2);
    expect(near[0]).toMatchObject({ intent: 'refund', text: 'I want my money back' });
    expect(near).toHaveLength(2);
    expect(near[0]?.similarity).toBeGreaterThan(near[1]?.similarity ?? 1);
    expect((await exemplars.nearest(embedLexically('🙂'), 3)).map(({ similarity }) => similarity)).toEqual([0, 0, 0]);
    await exemplars.replaceAll({ version: '2', exemplars: [exemplar('greet', 'hello')] });
    expect(await exemplars.nearest(embedLexically('I want my money back'), 5)).toMatchObject([{ intent: 'greet' }]);
  });
}
