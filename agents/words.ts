/** Short words of the platform itself: buttons, and the joints between figures. What an organisation says is in tone.yaml. */
import type { Localised } from '../core/localised.ts';
import { phrase } from '../core/workspace.ts';

/** Each sentence in every language that the platform speaks. */
export const WORDS = {
  ask_human: { en: 'Talk to a person', de: 'Mit einem Menschen sprechen', es: 'Hablar con una persona' },
  ask_assistant: {
    en: 'Talk to the assistant again',
    de: 'Wieder mit dem Assistenten sprechen',
    es: 'Volver a hablar con el asistente',
  },
  rephrase: { en: 'Ask in other words', de: 'Anders fragen', es: 'Preguntar de otra manera' },
  topic_sales: { en: 'Courses and prices', de: 'Kurse und Preise', es: 'Cursos y precios' },
  topic_course: { en: 'My own course', de: 'Mein eigener Kurs', es: 'Mi curso' },
  topic_support: {
    en: 'An order, payment or account',
    de: 'Bestellung, Zahlung oder Konto',
    es: 'Un pedido, pago o cuenta',
  },
  topic_knowledge: { en: 'A general question', de: 'Eine allgemeine Frage', es: 'Una pregunta general' },
  other_wish: { en: 'On "{wish}":', de: 'Zu „{wish}“:', es: 'Sobre «{wish}»:' },
  other_wish_public: {
    en: 'On your other question:',
    de: 'Zu deiner anderen Frage:',
    es: 'Sobre tu otra pregunta:',
  },
  wishes_left: {
    en: 'Still open: {wishes}. Ask me that next.',
    de: 'Noch offen: {wishes}. Frag mich das als Nächstes.',
    es: 'Queda pendiente: {wishes}. Pregúntamelo a continuación.',
  },
  hold: { en: 'Hold a place', de: 'Platz vormerken', es: 'Reservar una plaza' },
  see_offer: { en: 'See details', de: 'Mehr dazu', es: 'Ver detalles' },
  see_offers: { en: 'See the courses', de: 'Kurse ansehen', es: 'Ver los cursos' },
  plan: {
    en: 'or {months} × {amount} a month',
    de: 'oder {months} × {amount} im Monat',
    es: 'o {months} × {amount} al mes',
  },
  held: {
    en: 'A place in "{offer}" is held for you until {until}.',
    de: 'Ein Platz in „{offer}“ ist bis {until} für dich vorgemerkt.',
    es: 'Tienes una plaza reservada en «{offer}» hasta el {until}.',
  },
  checkout: { en: 'Go to the checkout', de: 'Zur Buchung', es: 'Ir a la reserva' },
  open_course: { en: 'Open my course', de: 'Meinen Kurs öffnen', es: 'Abrir mi curso' },
  sign_in: { en: 'Sign in on the site', de: 'Auf der Seite anmelden', es: 'Iniciar sesión en el sitio' },
  lesson_done: { en: 'I have done this lesson', de: 'Diese Lektion ist fertig', es: 'He hecho esta lección' },
  encourage_start: {
    en: 'A beginning is enough for today.',
    de: 'Für heute genügt ein Anfang.',
    es: 'Por hoy basta con empezar.',
  },
  encourage_middle: {
    en: 'You are well on your way; one lesson at a time.',
    de: 'Du bist gut unterwegs, eine Lektion nach der anderen.',
    es: 'Vas por buen camino, lección a lección.',
  },
  encourage_end: { en: 'Not far to go now.', de: 'Jetzt ist es nicht mehr weit.', es: 'Ya te queda poco.' },
  remind_ask: {
    en: 'When shall I remind you?',
    de: 'Wann soll ich dich erinnern?',
    es: '¿Cuándo te lo recuerdo?',
  },
  remind_days: { en: 'In {days} days', de: 'In {days} Tagen', es: 'En {days} días' },
  remind_tomorrow: { en: 'Tomorrow', de: 'Morgen', es: 'Mañana' },
  remind_set: { en: 'I will remind you on {at}.', de: 'Ich erinnere dich am {at}.', es: 'Te lo recordaré el {at}.' },
  remind_text: {
    en: 'Time for your next lesson.',
    de: 'Zeit für deine nächste Lektion.',
    es: 'Hora de tu próxima lección.',
  },
  charged_twice: {
    en: 'I see two charges of {amount} on order {order}: on {first} and on {second}.',
    de: 'Bei Bestellung {order} sehe ich zwei Abbuchungen von {amount}: am {first} und am {second}.',
    es: 'En el pedido {order} veo dos cargos de {amount}: el {first} y el {second}.',
  },
  charged_twice_one_day: {
    en: 'I see two charges of {amount} on order {order}, both on {first}.',
    de: 'Bei Bestellung {order} sehe ich zwei Abbuchungen von {amount}, beide am {first}.',
    es: 'En el pedido {order} veo dos cargos de {amount}, los dos el {first}.',
  },
  refund_approval: {
    en: 'A person of the team decides about a refund; nothing is paid back before that.',
    de: 'Über eine Rückzahlung entscheidet ein Mensch aus dem Team; vorher wird nichts ausgezahlt.',
    es: 'Una persona del equipo decide sobre el reembolso; antes no se devuelve nada.',
  },
  ticket_status_open: {
    en: 'Ticket {number} ({subject}) is open: the team is working on it.',
    de: 'Ticket {number} ({subject}) ist offen: Das Team arbeitet daran.',
    es: 'El caso {number} ({subject}) está abierto: el equipo trabaja en ello.',
  },
  ticket_status_closed: {
    en: 'Ticket {number} ({subject}) is closed.',
    de: 'Ticket {number} ({subject}) ist abgeschlossen.',
    es: 'El caso {number} ({subject}) está cerrado.',
  },
  ticket_none: {
    en: 'I find no ticket of yours. Shall I open one?',
    de: 'Ich finde kein Ticket von dir. Soll ich eines anlegen?',
    es: 'No encuentro ningún caso tuyo. ¿Abro uno?',
  },
  tell_more: {
    en: 'Tell me in a sentence what it is about, with the order number if there is one.',
    de: 'Sag mir in einem Satz, worum es geht, mit der Bestellnummer, falls es eine gibt.',
    es: 'Cuéntame en una frase de qué se trata, con el número de pedido si lo hay.',
  },
  open_ticket: { en: 'Open a ticket', de: 'Ticket anlegen', es: 'Abrir un caso' },
  feeling_low: {
    en: 'That sounds hard, and I am glad you wrote it. I am software and cannot carry this with you the way a person can; someone of the team will gladly listen. If it gets heavier, or you no longer feel safe, write that here and you will get a number to call at once.',
    de: 'Das klingt schwer, und es ist gut, dass du es schreibst. Ich bin ein Programm und kann es nicht so mit dir tragen wie ein Mensch; jemand aus dem Team hört dir gern zu. Wenn es schwerer wird oder du dich nicht mehr sicher fühlst, schreib das hier: Du bekommst sofort eine Nummer, die du anrufen kannst.',
    es: 'Suena difícil, y me alegra que lo escribas. Soy un programa y no puedo acompañarte como lo hace una persona; alguien del equipo te escuchará con gusto. Si se hace más pesado o dejas de sentirte a salvo, escríbelo aquí y recibirás enseguida un número al que llamar.',
  },
} as const satisfies Readonly<Record<string, Localised>>;

export type WordKey = keyof typeof WORDS;

/** The words in the person's language, else English, with their `{name}` parts filled in. */
export function say(key: WordKey, locale: string, values: Readonly<Record<string, string>> = {}): string {
  return phrase(WORDS[key], locale, values);
}

/** A day as the person writes it, e.g. `8 November 2026`. `iso` is a date or a time in ISO 8601. */
export function dayToText(iso: string, locale: string): string {
  const format = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(safeLocale(locale), format).format(new Date(iso));
}

/** The locale when the runtime knows it, else English: it comes from a browser or a platform and may be anything. */
export function safeLocale(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? 'en';
  } catch {
    return 'en';
  }
}

/** ISO 3166 alpha-2 of a locale that states one (`en-US` → `US`), else null. */
export function regionOf(locale: string): string | null {
  const region = new Intl.Locale(safeLocale(locale)).region;
  return region && /^[A-Z]{2}$/.test(region) ? region : null;
}
