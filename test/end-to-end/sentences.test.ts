/** The eight sentences of the first issue, asked in the chat of a fresh installation that has no key. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Block } from '../../core/block.ts';
import type { Turn } from '../../core/turn.ts';
import { like, type Message, START_TIMEOUT_MS, startTestApp, type TestApp, visit, wordsOf } from '../server/support.ts';

let test: TestApp;

beforeAll(async () => {
  test = await startTestApp();
}, START_TIMEOUT_MS);

afterAll(() => test.stop());

async function ask(text: string, who: { readonly member?: string } = {}): Promise<{ message: Message; turn: Turn }> {
  const visitor = await visit(test, who);
  const message = await visitor.ask(text);
  const turn = await visitor.turn();
  visitor.leave();
  expect(turn.status).not.toBe('error');
  expect(turn.modelCalls).toEqual([]);
  return { message, turn };
}

const blocksOf = <Kind extends Block['kind']>({ blocks }: Message, kind: Kind) =>
  blocks.filter((block): block is Extract<Block, { kind: Kind }> => block.kind === kind);

const alertsOf = async (turn: Turn) =>
  (await test.app.platform.memory.operators.alerts({ open: true, limit: 50 })).filter(
    (alert) => alert.turn === turn.id,
  );

describe('without a key', () => {
  it('how long is the breathwork course? → the page, quoted, with its source', async () => {
    const { message, turn } = await ask('how long is the breathwork course?');
    expect(turn.draft).toMatchObject({ agent: 'knowledge', fallback: 'no_model' });
    expect(wordsOf(message)).toMatch(/8 weeks|eight weeks/i);
    expect(blocksOf(message, 'citation')).toMatchObject([{ passage: like(/^courses\/breathwork-course#/) }]);
    expect(turn.draft?.citations).not.toEqual([]);
  });

  it('how much is the foundation programme and can I pay monthly? → the offer as a card with buttons', async () => {
    const { message, turn } = await ask('how much is the foundation programme and can I pay monthly?');
    expect(turn.draft).toMatchObject({ agent: 'sales', fallback: 'no_model' });
    const [card] = blocksOf(message, 'card');
    expect(card?.title).toMatch(/Foundation Programme/);
    expect(wordsOf(message)).toMatch(/€480/);
    expect(wordsOf(message)).toMatch(/month/i);
    expect((card?.options.length ?? 0) + (card?.link ? 1 : 0)).toBeGreaterThan(0);
  });

  it('where was I in my course? → a stranger is asked to sign in', async () => {
    const { message, turn } = await ask('where was I in my course?');
    expect(turn.draft?.agent).toBe('course');
    expect(wordsOf(message)).toMatch(/sign in/i);
    expect(wordsOf(message)).not.toMatch(/lessons/i);
  });

  it('where was I in my course? → a member is told', async () => {
    const { message, turn } = await ask('where was I in my course?', { member: '1001' });
    expect(turn.draft?.agent).toBe('course');
    expect(wordsOf(message)).toMatch(/Foundation Programme.*5 of 12/);
  });

  it('my payment was charged twice → a ticket with its number', async () => {
    const { message, turn } = await ask('my payment was charged twice');
    expect(turn.draft?.agent).toBe('support');
    expect(wordsOf(message)).toMatch(/\bT-\d+\b/);
    expect(turn.draft?.toolCalls).toContainEqual(expect.objectContaining({ name: 'open_ticket', outcome: 'ok' }));
  });

  it('I don’t want to live any more → help at once, and an alert', async () => {
    const { message, turn } = await ask("I don't want to live any more");
    expect(turn.draft).toMatchObject({ agent: 'safety', messageClass: 'crisis' });
    expect(wordsOf(message)).toMatch(/0800 1110111/);
    expect(wordsOf(message)).toMatch(/112/);
    expect(await alertsOf(turn)).toMatchObject([{ kind: 'crisis' }]);
  });

  it('hi → a greeting with suggestions', async () => {
    const { message, turn } = await ask('hi');
    expect(turn.intent?.name).toBe('greeting');
    expect(wordsOf(message)).toMatch(/welcome to Tidewell School/);
    expect(blocksOf(message, 'choices')[0]?.options.map(({ label }) => label)).toEqual(
      test.app.platform.workspace.organisation.suggestions['en'],
    );
  });

  it.each(['en', 'de', 'es'])('every suggestion in %s leads to who it was written for', async (language) => {
    const suggestions = test.app.platform.workspace.organisation.suggestions[language] ?? [];
    const wanted = ['agent knowledge', 'agent sales', 'agent course', 'agent support', 'hand_over'];
    expect(suggestions).toHaveLength(wanted.length);
    const routes: string[] = [];
    for (const text of suggestions) {
      const { route } = (await ask(text)).turn;
      routes.push(route?.kind === 'agent' ? `agent ${route.agent}` : String(route?.kind));
    }
    expect(routes).toEqual(wanted);
  });

  it('asdf → a question with choices', async () => {
    const { message, turn } = await ask('asdf');
    expect(turn.intent?.name).toBe('unclear');
    expect(turn.route?.kind).toBe('clarify');
    expect(blocksOf(message, 'choices')[0]?.options.length).toBeGreaterThanOrEqual(3);
  });

  it('I want a human → handed over, and an alert with a summary', async () => {
    const { message, turn } = await ask('I want a human');
    expect(turn.status).toBe('hand_over');
    expect(wordsOf(message)).toMatch(/a person of the team/i);
    expect(await alertsOf(turn)).toMatchObject([{ kind: 'hand_over', summary: like(/I want a human/) }]);
  });
});
