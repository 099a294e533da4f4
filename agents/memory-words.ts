/** What is said about what is remembered: fixed sentences, names of subjects, and values, in four languages. */
import type { ChannelName } from '../core/event.ts';
import type { Localised } from '../core/localised.ts';
import { phrase } from '../core/workspace.ts';
import { safeLocale } from './words.ts';

/** Each sentence in every language that the platform speaks. */
export const MEMORY_WORDS = {
  list: {
    en: 'This is what I remember about you:',
    de: 'Das habe ich mir über dich gemerkt:',
    es: 'Esto es lo que recuerdo de ti:',
    fr: 'Voici ce que je retiens de toi :',
  },
  line: {
    en: '{what}: {value} ({day}, {place})',
    de: '{what}: {value} ({day}, {place})',
    es: '{what}: {value} ({day}, {place})',
    fr: '{what} : {value} ({day}, {place})',
  },
  more: {
    en: 'And {n} more.',
    de: 'Und {n} weitere.',
    es: 'Y {n} más.',
    fr: 'Et {n} de plus.',
  },
  how: {
    en: 'To correct something, just write how it is. To have something forgotten, press a button or write "forget that".',
    de: 'Stimmt etwas nicht, schreib einfach, wie es ist. Soll ich etwas vergessen, drück einen Knopf oder schreib „vergiss das“.',
    es: 'Si algo no es correcto, escribe cómo es. Si quieres que olvide algo, pulsa un botón o escribe «olvida eso».',
    fr: "Si quelque chose est faux, écris simplement ce qu'il en est. Pour que j'oublie quelque chose, appuie sur un bouton ou écris « oublie ça ».",
  },
  nothing: {
    en: 'I have not noted anything about you. Our conversation itself is kept, so that you can read it again.',
    de: 'Ich habe mir nichts über dich gemerkt. Unser Gespräch selbst bleibt gespeichert, damit du es nachlesen kannst.',
    es: 'No he anotado nada sobre ti. La conversación en sí se guarda para que puedas volver a leerla.',
    fr: "Je n'ai rien noté à ton sujet. Notre conversation elle-même est conservée, pour que tu puisses la relire.",
  },
  nothing_such: {
    en: 'I have noted nothing like that.',
    de: 'So etwas habe ich mir nicht gemerkt.',
    es: 'No he anotado nada parecido.',
    fr: "Je n'ai rien noté de tel.",
  },
  which: {
    en: 'Which of these shall I forget?',
    de: 'Was davon soll ich vergessen?',
    es: '¿Qué de esto quieres que olvide?',
    fr: 'Que dois-je oublier ?',
  },
  forgotten: {
    en: 'Forgotten: {what}. I will not use it again.',
    de: 'Vergessen: {what}. Ich verwende es nicht mehr.',
    es: 'Olvidado: {what}. No volveré a usarlo.',
    fr: "C'est oublié : {what}. Je ne l'utiliserai plus.",
  },
  forgotten_all: {
    en: 'I have forgotten everything I had noted about you. Your messages themselves, your account and your orders are kept by the team; say "delete my data" to have those erased.',
    de: 'Ich habe alles vergessen, was ich mir über dich gemerkt hatte. Deine Nachrichten selbst, dein Konto und deine Bestellungen liegen beim Team; schreib „meine Daten löschen“, wenn auch sie gelöscht werden sollen.',
    es: 'He olvidado todo lo que había anotado sobre ti. Tus mensajes, tu cuenta y tus pedidos los guarda el equipo; escribe «borrar mis datos» si también quieres que se eliminen.',
    fr: "J'ai oublié tout ce que j'avais noté à ton sujet. Tes messages, ton compte et tes commandes restent auprès de l'équipe ; écris « supprimer mes données » pour les faire effacer aussi.",
  },
  noted: {
    en: 'Thank you, noted: {facts}.',
    de: 'Danke, gemerkt: {facts}.',
    es: 'Gracias, anotado: {facts}.',
    fr: "Merci, c'est noté : {facts}.",
  },
  forget: { en: 'Forget: {what}', de: 'Vergessen: {what}', es: 'Olvidar: {what}', fr: 'Oublier : {what}' },
  forget_all: { en: 'Forget everything', de: 'Alles vergessen', es: 'Olvidar todo', fr: 'Tout oublier' },
} as const satisfies Readonly<Record<string, Localised>>;

/** The sentence in the person's language, else English. */
export function sayMemory(
  key: keyof typeof MEMORY_WORDS,
  locale: string,
  values: Readonly<Record<string, string>> = {},
): string {
  return phrase(MEMORY_WORDS[key], locale, values);
}

const SUBJECTS: Readonly<Record<string, Localised>> = {
  name: { en: 'Name', de: 'Name', es: 'Nombre', fr: 'Nom' },
  language: {
    en: 'Language of my answers',
    de: 'Sprache meiner Antworten',
    es: 'Idioma de mis respuestas',
    fr: 'Langue de mes réponses',
  },
  length: {
    en: 'Length of my answers',
    de: 'Länge meiner Antworten',
    es: 'Longitud de mis respuestas',
    fr: 'Longueur de mes réponses',
  },
  time: { en: 'When you have time', de: 'Wann du Zeit hast', es: 'Cuándo tienes tiempo', fr: 'Quand tu as du temps' },
  diet: { en: 'What you eat', de: 'Wie du dich ernährst', es: 'Cómo comes', fr: 'Ce que tu manges' },
  home: { en: 'Where you live', de: 'Wo du wohnst', es: 'Dónde vives', fr: 'Où tu habites' },
  goal: { en: 'Your goal', de: 'Dein Ziel', es: 'Tu objetivo', fr: 'Ton objectif' },
};

/** What a fact is about, for people. */
export function subjectText(subject: string, locale: string): string {
  const words = SUBJECTS[subject];
  if (words) return phrase(words, locale);
  const plain = subject.replaceAll('-', ' ');
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

const VALUES: Readonly<Record<string, Localised>> = {
  short: { en: 'short', de: 'kurz', es: 'cortas', fr: 'courtes' },
  long: { en: 'in detail', de: 'ausführlich', es: 'detalladas', fr: 'détaillées' },
  evenings: { en: 'in the evening', de: 'abends', es: 'por las tardes', fr: 'le soir' },
  mornings: { en: 'in the morning', de: 'morgens', es: 'por las mañanas', fr: 'le matin' },
  afternoons: { en: 'in the afternoon', de: 'nachmittags', es: 'por la tarde', fr: "l'après-midi" },
  weekends: { en: 'at the weekend', de: 'am Wochenende', es: 'los fines de semana', fr: 'le week-end' },
  weekdays: { en: 'on weekdays', de: 'werktags', es: 'entre semana', fr: 'en semaine' },
  vegetarian: { en: 'vegetarian', de: 'vegetarisch', es: 'vegetariana', fr: 'végétarien' },
  vegan: { en: 'vegan', de: 'vegan', es: 'vegana', fr: 'végane' },
};

type Said = { readonly kind: string; readonly text: string };

/** What a fact says, for people. */
export function valueText({ kind, text }: Said, locale: string): string {
  if (kind === 'language') return languageText(text, locale);
  const words = kind === 'preference' || kind === 'circumstance' ? VALUES[text] : undefined;
  return words ? phrase(words, locale) : text;
}

function languageText(code: string, locale: string): string {
  try {
    return new Intl.DisplayNames([safeLocale(locale)], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}

const PLACES: Readonly<Record<ChannelName, Localised>> = {
  web: { en: 'website chat', de: 'Chat der Website', es: 'chat de la web', fr: 'chat du site' },
  telegram: { en: 'Telegram' },
  facebook: { en: 'Facebook' },
  buddyboss: { en: 'community', de: 'Community', es: 'comunidad', fr: 'communauté' },
};

export function placeText(channel: ChannelName, locale: string): string {
  return phrase(PLACES[channel], locale);
}
