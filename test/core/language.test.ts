/** Small words tell the language; too few of them tell nothing. */
import { describe, expect, it } from 'vitest';
import { detectLanguage } from '../../core/language.ts';

describe('detectLanguage', () => {
  it.each([
    ['en', 'How long is the breathwork course?'],
    ['en', 'WHERE IS MY COURSE, PLEASE'],
    ['de', 'Wie lange dauert der Atemkurs und was kostet er?'],
    ['de', 'Ich möchte das bitte nicht'],
    ['es', '¿Cuánto cuesta el curso para mi?'],
    ['fr', 'Je veux savoir combien les cours sont'],
    ['pt', 'Quanto custa o curso para você? Não tenho uma conta'],
    ['it', 'Quanto costa il corso? Grazie, io non posso'],
    ['nl', 'Hoe lang is de cursus, alstublieft? Ik wil het niet'],
  ])('%s: %s', (language, text) => {
    expect(detectLanguage(text)).toBe(language);
  });

  it.each([
    ['nothing', ''],
    ['no known word', 'asdf qwer'],
    ['one small word', 'the'],
    ['a name', 'Foundation Programme'],
    ['numbers', '12 34'],
    ['the same small word again and again', 'the the the the the'],
    ['two languages at once', 'the my course und der kurs'],
    ['words that several languages share', 'que con como'],
  ])('says nothing about %s', (_what, text) => {
    expect(detectLanguage(text)).toBeNull();
  });

  it('reads the beginning of a long text only', () => {
    expect(detectLanguage(`${'x '.repeat(1_200)} the course is where I do it`)).toBeNull();
  });
});
