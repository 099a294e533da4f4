/** What people state about themselves is read with its quote; what they do not state is not. */
import { describe, expect, it } from 'vitest';
import { MAX_FACTS_PER_TURN } from '../../core/fact.ts';
import { isOnlyStatement, isSensitive, saidFacts } from '../../core/said-facts.ts';

const short = (text: string): readonly string[] => saidFacts(text).map((fact) => `${fact.subject}=${fact.text}`);

describe('a statement', () => {
  it.each([
    ['My name is Ana.', 'name=Ana'],
    ['hi, my name is ana', 'name=Ana'],
    ['Hello! My name is Ana de la Cruz and I have a question about the course.', 'name=Ana de la Cruz'],
    ['my name’s Jo', 'name=Jo'],
    ['please call me Jo', 'name=Jo'],
    ['You can call me Bea', 'name=Bea'],
    ['Hallo, ich heiße Jörg', 'name=Jörg'],
    ['ich heisse Mia', 'name=Mia'],
    ['Mein Name ist Ana Ruiz', 'name=Ana Ruiz'],
    ['Du kannst mich Toni nennen', 'name=Toni'],
    ['Nenn mich bitte nicht so, ich heiße Toni', 'name=Toni'],
    ['Hola, me llamo Lucía', 'name=Lucía'],
    ['Llámame Lu', 'name=Lu'],
    ["Bonjour, je m'appelle Zoé", 'name=Zoé'],
    ['Appelle-moi Zoé', 'name=Zoé'],
    ['Hi, my name is Ana, can you help me with the course?', 'name=Ana'],
    ['My name is Ana, how long does it take?', 'name=Ana'],
    ['Hola, me llamo Ana, ¿cuánto cuesta?', 'name=Ana'],
    ['please answer in German', 'language=de'],
    ['Can you write to me in Spanish please?', 'language=es'],
    ['German, please', 'language=de'],
    ['Bitte auf Deutsch', 'language=de'],
    ['auf Deutsch bitte!', 'language=de'],
    ['Kannst du mir bitte auf Englisch antworten?', 'language=en'],
    ['Responde en español, por favor', 'language=es'],
    ['en français s’il vous plaît', 'language=fr'],
    ['Peux-tu répondre en français ?', 'language=fr'],
    ['I prefer English', 'language=en'],
    ['I prefer short answers', 'length=short'],
    ['Keep it short please.', 'length=short'],
    ['I would like detailed answers', 'length=long'],
    ['Fass dich bitte kurz', 'length=short'],
    ['Ich mag kurze Antworten', 'length=short'],
    ['Prefiero respuestas cortas', 'length=short'],
    ['Je préfère des réponses courtes', 'length=short'],
    ['reply shorter', 'length=short'],
    ['Please answer shorter from now on.', 'length=short'],
    ['Shorter, please', 'length=short'],
    ['Antworte bitte kürzer', 'length=short'],
    ['kürzer bitte!', 'length=short'],
    ['Responde más corto, por favor', 'length=short'],
    ['Réponds plus court, s’il te plaît', 'length=short'],
    ['Risposte più brevi, per favore', 'length=short'],
    ['Respostas mais curtas, por favor', 'length=short'],
    ['Kortere antwoorden alsjeblieft', 'length=short'],
    ['Answer in more detail please', 'length=long'],
    ['Bitte ausführlichere Antworten', 'length=long'],
    ['Please be more formal', 'tone=formal'],
    ['Bitte siezen Sie mich', 'tone=formal'],
    ['Háblame de usted, por favor', 'tone=formal'],
    ['Vouvoyez-moi, s’il vous plaît', 'tone=formal'],
    ['Du kannst mich duzen', 'tone=warm'],
    ['Be less formal please', 'tone=warm'],
    ['Tutéame', 'tone=warm'],
    ['Use simple words please', 'tone=plain'],
    ['Einfache Sprache bitte', 'tone=plain'],
    ['I can only do evenings', 'time=evenings'],
    ['Ich kann nur abends', 'time=evenings'],
    ['Solo puedo por las tardes', 'time=evenings'],
    ['Je ne peux que le soir', 'time=evenings'],
    ["I'm vegetarian", 'diet=vegetarian'],
    ['Ich bin Vegetarierin', 'diet=vegetarian'],
    ['Soy vegana', 'diet=vegan'],
    ['I live in New Harbour now', 'home=New Harbour'],
    ['Ich wohne in Bremen', 'home=Bremen'],
    ['Vivo en Valencia', 'home=Valencia'],
    ["J'habite à Lyon", 'home=Lyon'],
    ['My goal is to sleep through the night', 'goal=sleep through the night'],
    ['Mein Ziel ist, ruhiger zu werden', null],
  ])('%s', (text, expected) => expect(short(text)).toEqual(expected === null ? [] : [expected]));

  it('of several in one message are all read, each with the sentence it stands in', () => {
    const text =
      'Hi, I am new here. My name is Ana and I live in Bremen, I can only do evenings this week. Keep it short.';
    expect(short(text).toSorted()).toEqual(['home=Bremen', 'length=short', 'name=Ana', 'time=evenings']);
    for (const { quote } of saidFacts(text)) expect(text).toContain(quote);
    expect(saidFacts(text).find(({ subject }) => subject === 'time')?.days).toBe(7);
    expect(saidFacts(text).find(({ subject }) => subject === 'name')?.days).toBeNull();
  });

  it.each([
    ["My name is not Anna, it's Ana", 'name=Ana'],
    ["my name isn't Anna but Ana", 'name=Ana'],
    ["My name is not Anna. It's Ana.", 'name=Ana'],
    ['Ich heiße nicht Anna, sondern Ana', 'name=Ana'],
    ['No me llamo Anna, me llamo Ana', 'name=Ana'],
    ["Je ne m'appelle pas Anna, je m'appelle Ana", 'name=Ana'],
    ["That's wrong, I live in Kiel", 'home=Kiel'],
  ])('that corrects: %s', (text, expected) => expect(short(text)).toEqual([expected]));

  it('is never more than five, and the last word on a subject counts', () => {
    expect(saidFacts('I live in Bremen. I live in Kiel.').map(({ text }) => text)).toEqual(['Kiel']);
    expect(saidFacts('My name is Ana. '.repeat(2_000)).length).toBeLessThanOrEqual(MAX_FACTS_PER_TURN);
  });
});

describe('no statement', () => {
  it.each([
    // Denied.
    'My name is not Ana',
    'Ich heiße nicht Ana',
    'No me llamo Ana',
    "Je ne m'appelle pas Ana",
    "I don't live in Bremen",
    "please don't answer in German",
    'nicht auf Deutsch bitte',
    "I'm not vegetarian",
    'I do not prefer short answers',
    // Somebody else's.
    'My friend is called Ana',
    "My friend's name is Ana",
    'She said my name is Ana',
    'My sister says: my name is Ana',
    'My brother wrote "my name is Ben" on it',
    '„Ich heiße Ana“, das war der Titel',
    '> my name is Ana\nwhat does that mean',
    'Mi amiga se llama Ana',
    'Meine Freundin wohnt in Bremen',
    // Asked.
    'Is my name Ana?',
    'My name is Ana?',
    'Can you call me tomorrow?',
    'Do you have the course in German?',
    'Can you speak German?',
    'Do I live in Bremen?',
    'Is it right, my name is Ana and I live in Bremen?',
    'Does it say, my name is Ana?',
    'So I am right, I live in Bremen?',
    // Supposed, and joked.
    'If my name is Ana then it should work',
    'Stell dir vor, ich heiße Ana',
    'My name is Batman, just kidding',
    'haha my name is Shakespeare',
    // Like it, and not it.
    'My name is wrong on the invoice',
    'my name is misspelled',
    'Mein Name ist falsch geschrieben',
    'call me back please',
    'Please call me Monday',
    'Llámame mañana',
    'Ruf mich bitte morgen an',
    'I live in a small flat',
    'Ich lebe in Angst',
    'I am tired',
    'Ich bin Lehrerin',
    'I only want one course',
    'My goal is to get over my depression',
    'My goal is to pay with IBAN DE02 1203 0000 0000 2020 51',
    '',
    '🙂',
  ])('%s', (text) => expect(short(text)).toEqual([]));

  it('takes long in no text', () => {
    for (const text of [
      'my name is '.repeat(20_000),
      '"'.repeat(50_000),
      ', '.repeat(50_000),
      'a'.repeat(100_000),
      '. it'.repeat(9_000),
    ])
      expect(saidFacts(text).length).toBeLessThanOrEqual(1);
  });
});

it.each([
  ['Hallo, ich heiße Ana.', true],
  ['please answer in German', true],
  ['Call me Jo. Thanks!', true],
  ['My name is Ana, what does the course cost?', false],
  ['My name is Ana and I was charged twice', false],
  ['hello', false],
])('%s says nothing else: %s', (text, expected) => expect(isOnlyStatement(text)).toBe(expected));

it.each([
  ['I take medication', true],
  ['meine Depressionen', true],
  ['4111 1111 1111 1111', true],
  ['my PIN is 1234', true],
  ['I sleep badly', false],
  ['short answers', false],
])('%s is sensitive: %s', (text, expected) => expect(isSensitive(text)).toBe(expected));
