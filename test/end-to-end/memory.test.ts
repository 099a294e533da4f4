/** Memory of a person in the chat of a fresh installation without a key: it learns, tells, corrects and forgets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fact } from '../../core/fact.ts';
import type { Turn } from '../../core/turn.ts';
import { facebookRequest, type Platforms, pageComment, startPlatforms } from '../server/platforms.ts';
import {
  type Message,
  START_TIMEOUT_MS,
  startTestApp,
  type TestApp,
  until,
  type Visitor,
  visit,
  wordsOf,
} from '../server/support.ts';

let test: TestApp;
let platforms: Platforms;

beforeAll(async () => {
  platforms = await startPlatforms();
  const {
    META_APP_SECRET = '',
    META_VERIFY_TOKEN = '',
    META_PAGE_TOKEN = '',
    META_API_ROOT = '',
  } = platforms.variables;
  test = await startTestApp({ META_APP_SECRET, META_VERIFY_TOKEN, META_PAGE_TOKEN, META_API_ROOT });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await test.stop();
  await platforms.stop();
});

async function factsOf({ person }: Turn): Promise<readonly Fact[]> {
  const hearing = { clearance: 'private', isMember: true, person } as const;
  return test.app.platform.memory.facts.recall(hearing, { limit: 20 });
}

/** Waits until so many facts are known: they are learned after the answer. */
async function knows(visitor: Visitor, count: number): Promise<readonly Fact[]> {
  const turn = await visitor.turn();
  return until(`${count} facts`, async () => {
    const facts = await factsOf(turn);
    return facts.length === count ? facts : undefined;
  });
}

const buttonsOf = ({ blocks }: Message) =>
  blocks
    .flatMap((block) => (block.kind === 'choices' ? block.options : []))
    .map(({ label, token }) => ({ label, token }));

async function press(visitor: Visitor, message: Message, label: string): Promise<Message> {
  const button = buttonsOf(message).find((one) => one.label === label);
  if (!button)
    throw new Error(
      `no button "${label}" among ${buttonsOf(message)
        .map((one) => one.label)
        .join(', ')}`,
    );
  const before = visitor.stream.messages().length;
  const response = await visitor.send({ choose: button.token, label });
  if (!response.ok) throw new Error(`the choice was answered with ${response.status}`);
  return visitor.stream.message(before + 1);
}

describe('in chat, without a model', () => {
  it('learns what is said beside a question, and tells it with day and place', async () => {
    const visitor = await visit(test);
    await visitor.ask('Hi, my name is Ana and I live in Bremen. How long is the breathwork course?');
    const facts = await knows(visitor, 2);
    expect(facts.map(({ subject, text, quote }) => [subject, text, quote]).toSorted()).toEqual([
      ['home', 'Bremen', 'Hi, my name is Ana and I live in Bremen.'],
      ['name', 'Ana', 'Hi, my name is Ana and I live in Bremen.'],
    ]);
    const told = await visitor.ask('What do you know about me?');
    expect(wordsOf(told)).toMatch(/Name: Ana \(\w+ \d+, \d{4}, website chat\)/);
    expect(wordsOf(told)).toContain('Where you live: Bremen');
    expect(buttonsOf(told).map(({ label }) => label)).toEqual(
      expect.arrayContaining(['Forget: Name', 'Forget: Where you live', 'Forget everything']),
    );
    visitor.leave();
  });

  it('corrects, keeps the history, and forgets by a button so that the words are gone', async () => {
    const visitor = await visit(test);
    await visitor.ask('My name is Anna');
    expect(wordsOf(await visitor.ask("My name is not Anna, it's Ana"))).toContain('noted: Name – Ana');
    const [fact] = await knows(visitor, 1);
    expect(fact?.text).toBe('Ana');
    const told = await visitor.ask('what do you know about me');
    expect(wordsOf(told)).not.toContain('Anna');
    expect(wordsOf(await press(visitor, told, 'Forget: Name'))).toContain('Forgotten: Name');
    expect(await factsOf(await visitor.turn())).toEqual([]);
    expect(wordsOf(await visitor.ask('what do you know about me?'))).toContain('not noted anything');
    visitor.leave();
  });

  it.each([
    {
      says: 'Call me Jo',
      asks: 'what do you know about me?',
      told: 'Name: Jo',
      forgets: 'Forget everything about me',
      done: 'forgotten everything',
    },
    {
      says: 'Hallo, ich heiße Jo',
      asks: 'Was weißt du über mich?',
      told: 'Name: Jo',
      forgets: 'Vergiss alles über mich',
      done: 'alles vergessen',
    },
    {
      says: 'Hola, me llamo Jo',
      asks: '¿Qué sabes de mí?',
      told: 'Nombre: Jo',
      forgets: 'Olvida todo lo que sabes de mí',
      done: 'olvidado todo',
    },
    {
      says: "Bonjour, je m'appelle Jo",
      asks: 'Que sais-tu de moi ?',
      told: 'Nom : Jo',
      forgets: 'Oublie tout ce que tu sais de moi',
      done: 'oublié tout',
    },
  ])('$says', async ({ says, asks, told, forgets, done }) => {
    const visitor = await visit(test);
    await visitor.ask(says);
    await knows(visitor, 1);
    expect(wordsOf(await visitor.ask(asks))).toContain(told);
    expect(wordsOf(await visitor.ask(forgets))).toContain(done);
    expect(await factsOf(await visitor.turn())).toEqual([]);
    expect((await visitor.turn()).modelCalls).toEqual([]);
    visitor.leave();
  });

  it('"forget that" takes what was said last, and it is not learned later', async () => {
    const visitor = await visit(test);
    await visitor.ask('I am new here and my name is Ana.');
    await knows(visitor, 1);
    await visitor.ask("By the way, I'm vegetarian. What does the membership cost?");
    await knows(visitor, 2);
    expect(wordsOf(await visitor.ask('forget that'))).toContain('Forgotten: What you eat');
    expect((await knows(visitor, 1))[0]?.subject).toBe('name');
    expect(wordsOf(await visitor.ask('Forget my name'))).toContain('Forgotten: Name');
    visitor.leave();
  });

  it('remembers the language asked for, and answers in it though the question is in another', async () => {
    const visitor = await visit(test);
    expect(wordsOf(await visitor.ask('please answer in German'))).toContain('Danke, gemerkt');
    await knows(visitor, 1);
    await visitor.ask('what is the price of the membership and what do I get for it');
    expect((await visitor.turn()).draft?.agent).toBe('sales');
    expect(wordsOf(await visitor.ask('thank you'))).toContain('Gern geschehen');
    visitor.leave();
  });

  it('learns nothing from jokes, questions, others, and what screening found', async () => {
    const visitor = await visit(test);
    for (const text of [
      'My friend is called Ben. How much is the foundation programme?',
      'my name is Batman, just kidding. How long is the breathwork course?',
      'My name is Ana and I want to die',
    ])
      await visitor.ask(text);
    await visitor.ask('hello');
    expect(await factsOf(await visitor.turn(4))).toEqual([]);
    visitor.leave();
  });
});

it('on a public thread nothing is told: an invitation to write in private', async () => {
  platforms.facebook.addComment('900_1');
  const { path, body, headers } = facebookRequest(pageComment('900_1', 'what do you know about me?', '55129999'));
  await test.post(path, body, headers);
  const sent = await until(
    'an answer',
    () => platforms.facebook.comments.find(({ under }) => under === '900_1')?.message,
  );
  expect(sent).toMatch(/in private|private message/);
});
