/** What people want of our memory is heard when they say it plainly, and not where they speak of something else. */
import { describe, expect, it } from 'vitest';
import { memoryWish, wishOfIntent } from '../../core/memory-wish.ts';

describe('a wish', () => {
  it.each([
    ['What do you know about me?', 'list'],
    ['what do you remember about me', 'list'],
    ['Please tell me everything you know about me', 'list'],
    ['Do you know my name?', 'list'],
    ['Was weißt du über mich?', 'list'],
    ['Was hast du dir über mich gemerkt?', 'list'],
    ['¿Qué sabes de mí?', 'list'],
    ['Que sais-tu de moi ?', 'list'],
    ["Qu'est-ce que tu sais sur moi ?", 'list'],
    ['Forget everything about me', 'forget-all'],
    ['please forget all you know about me', 'forget-all'],
    ['Forget me', 'forget-all'],
    ['Vergiss bitte alles, was du über mich weißt', 'forget-all'],
    ['Olvida todo lo que sabes de mí', 'forget-all'],
    ['Oublie tout ce que tu sais de moi', 'forget-all'],
    ['Forget that', 'forget-last'],
    ['Please forget what I just said.', 'forget-last'],
    ['Vergiss das bitte', 'forget-last'],
    ['Olvídalo', 'forget-last'],
    ['Olvida eso, por favor', 'forget-last'],
    ['Oublie ça', 'forget-last'],
    ['Forget my name', 'forget-subject'],
    ['Vergiss, wo ich wohne', 'forget-subject'],
    ['Olvida mi nombre', 'forget-subject'],
    ['Oublie mon nom', 'forget-subject'],
    ["Forget that I'm vegetarian", 'forget-words'],
    ['Vergiss, dass ich Vegetarierin bin', 'forget-words'],
    ['Olvida que soy vegetariana', 'forget-words'],
    ['Oublie que je suis végane', 'forget-words'],
    ["My name is not Anna, it's Ana", 'note'],
    ['Ich heiße nicht Anna, sondern Ana', 'note'],
    ['No me llamo Anna, me llamo Ana', 'note'],
    ["Je ne m'appelle pas Anna, je m'appelle Ana", 'note'],
    ['Call me Jo', 'note'],
    ['auf Deutsch bitte', 'note'],
  ])('%s → %s', (text, kind) => expect(memoryWish(text)?.kind).toBe(kind));
});

it.each([
  'I forgot my password',
  'Forget it, I will ask somebody else about the refund',
  'delete my account and everything you know about me',
  'what do you know about breathwork',
  'I keep forgetting my lessons',
  'Was weißt du über Atemkurse?',
  'My name is Ana, what does the course cost?',
  'My goal is to sleep better',
  'hello',
  '',
])('%s is none', (text) => expect(memoryWish(text)).toBeNull());

it('an intent says what the words did not', () => {
  expect(wishOfIntent('what-do-you-know', 'which things did you keep of me')).toEqual({ kind: 'list' });
  expect(wishOfIntent('forget-that', 'drop the diet thing')).toEqual({
    kind: 'forget-words',
    words: 'drop the diet thing',
  });
  expect(wishOfIntent('correct-fact', 'no no, I live in Kiel')).toMatchObject({
    kind: 'note',
    facts: [{ text: 'Kiel' }],
  });
  expect(wishOfIntent('correct-fact', 'that is wrong')).toEqual({ kind: 'list' });
  expect(wishOfIntent('price', 'what do you know about me')).toBeNull();
});
