/** The widget's own words, in the languages of the sample organisation; other languages read English. */

export type WidgetWords = {
  readonly close: string;
  readonly title: string;
  readonly disclosure: string;
  readonly joined: string;
  readonly you: string;
  readonly assistant: string;
  readonly operator: string;
  readonly log: string;
  readonly suggestions: string;
  readonly placeholder: string;
  readonly send: string;
  readonly sending: string;
  readonly retrying: string;
  readonly tryAgain: string;
  readonly refused: string;
  readonly edit: string;
  readonly typing: string;
  readonly reconnecting: string;
  readonly latest: string;
  readonly sources: string;
  /** `#` stands for the number. */
  readonly tooLong: string;
};

const en: WidgetWords = {
  close: 'Close the chat',
  title: 'Chat',
  disclosure: 'You are writing with an automated assistant. Ask for a person at any time.',
  joined: 'A person of our team has joined and answers you.',
  you: 'You',
  assistant: 'Assistant',
  operator: 'A person of our team',
  log: 'Conversation',
  suggestions: 'You could ask',
  placeholder: 'Write a message',
  send: 'Send',
  sending: 'Sending…',
  retrying: 'Not sent yet, trying again.',
  tryAgain: 'Try now',
  refused: 'This message could not be taken.',
  edit: 'Edit it',
  typing: 'Writing…',
  reconnecting: 'No connection. Trying again…',
  latest: 'Latest message',
  sources: 'Sources',
  tooLong: '# characters too long',
};

const de: WidgetWords = {
  close: 'Chat schließen',
  title: 'Chat',
  disclosure: 'Sie schreiben mit einem automatischen Assistenten. Fragen Sie jederzeit nach einem Menschen.',
  joined: 'Ein Mensch aus unserem Team ist da und antwortet Ihnen.',
  you: 'Sie',
  assistant: 'Assistent',
  operator: 'Ein Mensch aus unserem Team',
  log: 'Gespräch',
  suggestions: 'Sie könnten fragen',
  placeholder: 'Nachricht schreiben',
  send: 'Senden',
  sending: 'Wird gesendet…',
  retrying: 'Noch nicht gesendet, neuer Versuch folgt.',
  tryAgain: 'Jetzt versuchen',
  refused: 'Diese Nachricht wurde nicht angenommen.',
  edit: 'Bearbeiten',
  typing: 'Schreibt…',
  reconnecting: 'Keine Verbindung. Neuer Versuch…',
  latest: 'Neueste Nachricht',
  sources: 'Quellen',
  tooLong: '# Zeichen zu lang',
};

const es: WidgetWords = {
  close: 'Cerrar el chat',
  title: 'Chat',
  disclosure: 'Escribes con un asistente automático. Puedes pedir una persona en cualquier momento.',
  joined: 'Una persona de nuestro equipo está aquí y te responde.',
  you: 'Tú',
  assistant: 'Asistente',
  operator: 'Una persona de nuestro equipo',
  log: 'Conversación',
  suggestions: 'Puedes preguntar',
  placeholder: 'Escribe un mensaje',
  send: 'Enviar',
  sending: 'Enviando…',
  retrying: 'Aún no enviado, lo intentamos de nuevo.',
  tryAgain: 'Intentar ahora',
  refused: 'Este mensaje no se pudo aceptar.',
  edit: 'Editar',
  typing: 'Escribiendo…',
  reconnecting: 'Sin conexión. Reintentando…',
  latest: 'Último mensaje',
  sources: 'Fuentes',
  tooLong: '# caracteres de más',
};

const BY_LANGUAGE: Readonly<Record<string, WidgetWords>> = { en, de, es };

/** The words for a BCP 47 locale. */
export function wordsFor(locale: string): WidgetWords {
  return BY_LANGUAGE[locale.slice(0, 2).toLowerCase()] ?? en;
}

/** Puts a number where the words have their `#`. */
export function withNumber(words: string, count: number): string {
  return words.replace('#', String(count));
}
