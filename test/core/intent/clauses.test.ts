/** Clauses: what may want something of its own, and what stays together. And the decision over them. */
import { describe, expect, it } from 'vitest';
import { isRequest, splitClauses } from '../../../core/clauses.ts';
import { clausesOf, decideIntent } from '../../../core/decide-intent.ts';
import { fitIntentModel } from '../../../core/fit-intent-model.ts';
import { UNCLEAR } from '../../../core/intent.ts';
import { createIntentReader } from '../../../core/intent-model.ts';
import { TOY } from './toy.ts';

describe('splitClauses', () => {
  it.each([
    ['please cancel my membership and what do I owe?', ['please cancel my membership', 'what do I owe?']],
    ['I cannot log in. How do I reset it?', ['I cannot log in.', 'How do I reset it?']],
    ['when does it start, and what do you charge?', ['when does it start', 'what do you charge?']],
    ['wann geht es los und was kostet der Kurs?', ['wann geht es los', 'was kostet der Kurs?']],
    ['quiero cancelar mi plan y cuánto debo ahora', ['quiero cancelar mi plan', 'cuánto debo ahora']],
    ['how long is it?\nwhat does it cost?', ['how long is it?', 'what does it cost?']],
    ['how much is bread and butter', ['how much is bread and butter']],
    ['is it 3.5 weeks long', ['is it 3.5 weeks long']],
    ['Hi! how long is the course', ['Hi! how long is the course']],
    ['', []],
    ['🙂', ['🙂']],
  ])('splits "%s"', (text, clauses) => {
    expect(splitClauses(text)).toEqual(clauses);
  });

  it('names four at most, and is quick with a megabyte', () => {
    expect(splitClauses('how long is it? '.repeat(10))).toHaveLength(4);
    expect(splitClauses('and how is it '.repeat(100_000)).length).toBeLessThanOrEqual(4);
  });

  it('are none when the whole text is one', () => {
    expect(clausesOf('how long is the course')).toEqual([]);
  });
});

describe('isRequest', () => {
  it.each([
    'how much is it',
    'Can I pause?',
    'cancel my booking',
    'please help me',
    'I would like to pay monthly',
    "I'd like a receipt",
    'was kostet er',
    'ich möchte kündigen',
    'kündige meinen Vertrag',
    'quiero cancelar mi plan',
    '¿y cuándo empieza',
  ])('sees one in "%s"', (clause) => {
    expect(isRequest(clause)).toBe(true);
  });

  it.each(['I bought the course.', 'I have asthma.', 'My wife loves yoga.', 'Ich bin Mitglied.', 'Compré el curso.'])(
    'sees none in "%s"',
    (clause) => {
      expect(isRequest(clause)).toBe(false);
    },
  );
});

describe('decideIntent', () => {
  // The toy's exemplars are too few for its votes to be worth anything by themselves.
  const reader = createIntentReader({ ...fitIntentModel({ exemplars: TOY }).model, voteWeight: 2 });
  const alone = (text: string) => ({ text, neighbours: [] });
  const decide = (text: string, more = {}) =>
    decideIntent(reader, { ...alone(text), clauses: clausesOf(text).map(alone), ...more });

  it('names what is wanted, with the head’s own probability and the threshold', () => {
    const intent = decide('turn on the light in the attic');
    expect(intent).toMatchObject({ name: 'lights-on', priors: [] });
    expect(intent.confidence).toBeGreaterThanOrEqual(intent.head?.threshold ?? 1);
    expect(intent.head?.probability).toBeGreaterThan(0);
    expect(intent.others).toBeUndefined();
    for (const { confidence } of intent.runnersUp) expect(confidence).toBeLessThanOrEqual(1 - intent.confidence + 1e-9);
  });

  it('lists what further clauses want, in their order', () => {
    const intent = decide('turn on the light in the hall, and will it rain in lima? also wake me at six');
    const wanted = [intent.name, ...(intent.others ?? []).map(({ name }) => name)];
    expect(wanted).toEqual(expect.arrayContaining(['lights-on', 'weather']));
    expect(new Set(wanted).size).toBe(wanted.length);
  });

  it('names the clause of each further wish', () => {
    const intent = decide('turn on the light in the hall, and will it rain in lima?');
    expect([intent.name, ...(intent.others ?? []).map(({ text }) => text)].toSorted()).toEqual(
      intent.name === 'lights-on'
        ? ['lights-on', 'will it rain in lima?']
        : ['turn on the light in the hall', intent.name].toSorted(),
    );
  });

  it('answers the wish rather than the greeting before it', () => {
    const text = 'will it rain in lima? turn on the light in the hall please.';
    const intent = decide(text, { aside: new Set(['weather']) });
    expect(intent.name).toBe('lights-on');
  });

  it('passes over clauses that are not clear', () => {
    const intent = decide('turn on the light in the hall, and what is it with the zorb quix flamp?');
    expect(clausesOf('turn on the light in the hall, and what is it with the zorb quix flamp?')).toHaveLength(2);
    expect(intent).toMatchObject({ name: 'lights-on' });
    expect(intent.others).toBeUndefined();
  });

  it('leaves to the runners-up what the winner leaves', () => {
    const { model } = reader;
    const bold = createIntentReader({ ...model, calibration: { slope: 1, shift: 8 }, threshold: 0 });
    const { confidence, runnersUp } = decideIntent(bold, alone('turn on the light in the attic'));
    for (const other of runnersUp) expect(other.confidence).toBeLessThanOrEqual(1 - confidence);
  });

  it('leaves asides out of that list', () => {
    const text = 'turn on the light in the hall, and will it rain in lima?';
    const intent = decide(text, { aside: new Set(['weather']) });
    expect(intent.others?.map(({ name }) => name) ?? []).not.toContain('weather');
  });

  it('is unclear about what it was not taught, and then names the likeliest', () => {
    const intent = decide('zorb quix flamp');
    expect(intent.name).toBe(UNCLEAR);
    expect(intent.confidence).toBeLessThan(intent.head?.threshold ?? 0);
    expect(intent.runnersUp).toHaveLength(3);
  });

  it('lets neighbours vote and priors move, and says which priors it were', () => {
    const calm = decide('light');
    const prior = { because: 'agent:night', intents: ['lights-off'], weight: 9 };
    const moved = decide('light', {
      priors: [prior, { ...prior, because: 'stage:x', intents: ['alarm'], weight: 0.1 }],
    });
    expect(moved).toMatchObject({ name: 'lights-off', priors: ['agent:night'] });
    expect(calm.priors).toEqual([]);
    const neighbours = Array.from({ length: 3 }, (_, at) => {
      return { exemplar: `${at}`, intent: 'lights-off', text: 'x', similarity: 1 };
    });
    const voted = decide('light', { neighbours });
    const share = (intent: typeof calm) =>
      [intent, ...intent.runnersUp].find(({ name }) => name === 'lights-off')?.confidence ?? 0;
    expect(share(voted)).toBeGreaterThan(share(calm));
    expect(voted.neighbours).toEqual(neighbours);
  });
});
