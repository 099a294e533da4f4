/** What the steps do with what is known of a person: language, name, length, the window, and what is worth a lesson. */
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../core/fact.ts';
import { memoryWish } from '../../../core/memory-wish.ts';
import { screeningOf } from '../../../core/screening.ts';
import { chooseRoute } from '../../../graph/routes.ts';
import type { Pass, TurnState } from '../../../graph/state.ts';
import { compose } from '../../../graph/steps/compose.ts';
import { contextOf } from '../../../graph/steps/context.ts';
import { recall } from '../../../graph/steps/recall.ts';
import { remember } from '../../../graph/steps/remember.ts';
import { aFact } from '../../agents/school.ts';
import {
  burstOf,
  conversationOf,
  draftOf,
  intentOf,
  NOW,
  passOf,
  portsOf,
  quietMemory,
  says,
  stateOf,
  threadOf,
} from '../support.ts';

const GERMAN = aFact({ kind: 'language', subject: 'language', text: 'de' });
const SHORT = aFact({ kind: 'preference', subject: 'length', text: 'short' });

function recallOf(
  text: string,
  { facts = [], state = {} }: { facts?: readonly Fact[]; state?: Partial<TurnState> } = {},
) {
  const memory = quietMemory({ facts: { recall: () => Promise.resolve(facts) } });
  return recall(stateOf(state), passOf({ ports: portsOf({ memory }), text }));
}

describe('recall', () => {
  it.each([
    { what: 'asked for in the message', text: 'please answer in Spanish', facts: [GERMAN], locale: 'es' },
    { what: 'remembered', text: 'how much is it', facts: [GERMAN], locale: 'de' },
    { what: 'of a plain wish too short to tell', text: '¿Qué sabes de mí?', facts: [], locale: 'es' },
    { what: 'that it was, when nothing speaks for another', text: 'how much is it', facts: [], locale: undefined },
  ])('answers in the language $what', async ({ text, facts, locale }) => {
    expect((await recallOf(text, { facts })).locale).toBe(locale);
  });

  it('keeps the region of a locale whose language it is', async () => {
    expect(await recallOf('hallo', { facts: [GERMAN], state: { locale: 'de-AT' } })).not.toHaveProperty('locale');
  });

  it('gives the lines of the matter at hand, and the rest in short', async () => {
    const at = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();
    const conversation = conversationOf({
      lines: [
        { from: 'person', text: 'old', at: at(90) },
        { from: 'person', text: 'new', at: at(1) },
      ],
      episodeAt: at(60),
      past: [{ at: at(90), intent: 'price', agent: 'sales', status: 'ok' }],
    });
    const update = await recall(stateOf(), passOf({ text: 'hm', conversation: () => Promise.resolve(conversation) }));
    expect(update.lines).toMatchObject([{ text: 'new' }]);
    expect(update.earlier).toBe('2026-11-22: asked about price; sales answered.');
  });
});

it('an agent is told the name the person gave, above the one the channel shows', () => {
  const facts = [aFact({ kind: 'name', subject: 'name', text: 'Ana' })];
  expect(contextOf(stateOf({ facts }), passOf()).person.name).toBe('Ana');
  expect(contextOf(stateOf(), passOf()).person.name).not.toBe('Ana');
});

describe('compose', () => {
  const long = 'One. Two. Three. Four.';
  const textAfter = async (facts: readonly Fact[], messageClass: 'answer' | 'crisis' | 'courtesy' = 'answer') => {
    const draft = draftOf({ agent: 'support', messageClass, blocks: [{ kind: 'text', text: long }] });
    const composed = await compose(stateOf({ facts, draft }), passOf());
    return composed.draft?.blocks[0];
  };

  it('shortens an answer for who asked for it, and nothing else', async () => {
    expect(await textAfter([SHORT])).toMatchObject({ text: 'One. Two.' });
    expect(await textAfter([])).toMatchObject({ text: long });
    expect(await textAfter([SHORT], 'crisis')).toMatchObject({ text: long });
    expect(await textAfter([SHORT], 'courtesy')).toMatchObject({ text: long });
  });
});

describe('remember', () => {
  const commitOf = async (
    text: string,
    { state = {}, pass = {} }: { state?: Partial<TurnState>; pass?: Partial<Pass> } = {},
  ) => {
    const made = await remember(stateOf({ burst: burstOf([says(text)]), ...state }), passOf({ text, ...pass }));
    if (!made.commit) throw new Error('no commit');
    return made.commit;
  };

  it('asks for a lesson when something was said, on clear words only', async () => {
    expect((await commitOf('My name is Ana')).toLearn).toBe(true);
    expect((await commitOf('How long is it?')).toLearn).toBe(false);
    expect((await commitOf('forget that I am vegetarian')).toLearn).toBe(false);
    const screening = screeningOf([{ hazard: 'harm', rule: 'r', language: 'en' }]);
    expect((await commitOf('My name is Ana', { state: { screening } })).toLearn).toBe(false);
    const route = { kind: 'silence', because: 'x' } as const;
    expect((await commitOf('My name is Ana', { state: { route } })).toLearn).toBe(false);
  });

  it('asks for none where something was forgotten', async () => {
    const call = {
      name: 'forget_facts',
      arguments: {},
      by: 'fallback',
      outcome: 'ok',
      result: {},
      milliseconds: 1,
    } as const;
    const draft = draftOf({ agent: 'support', toolCalls: [call] });
    expect((await commitOf('My name is Ana', { state: { draft } })).toLearn).toBe(false);
  });

  it('ends the matter with a goodbye', async () => {
    expect((await commitOf('bye', { state: { intent: intentOf('goodbye') } })).endsEpisode).toBe(true);
    expect((await commitOf('and?')).endsEpisode).toBeUndefined();
  });
});

describe('the route', () => {
  const routeOf = (text: string, clearance: 'public' | 'private' = 'private', state: Partial<TurnState> = {}) =>
    chooseRoute({
      ...stateOf({ thread: threadOf({ clearance }), intent: intentOf('price'), ...state }),
      choice: null,
      wish: memoryWish(text),
      workspace: portsOf().workspace,
    });

  it('of a plain wish is support, whatever the intent', () => {
    expect(routeOf('what do you know about me?')).toMatchObject({ agent: 'support', because: 'memory:list' });
    expect(routeOf('forget that', 'public')).toMatchObject({ agent: 'support' });
    expect(routeOf('Call me Jo', 'private', { intent: intentOf('human-please') })).toMatchObject({ agent: 'support' });
  });

  it('of a statement in public is that of its intent', () => {
    expect(routeOf('Call me Jo', 'public')).toMatchObject({ agent: 'sales' });
  });

  it('leaves crisis and operators above it', () => {
    const crisis = screeningOf([{ hazard: 'crisis', rule: 'r', language: 'en' }]);
    expect(routeOf('forget me', 'private', { screening: crisis })).toMatchObject({ agent: 'safety' });
    const thread = threadOf({ ownership: 'operator' });
    expect(routeOf('forget me', 'private', { thread })).toMatchObject({ kind: 'silence' });
  });
});
