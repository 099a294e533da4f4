/** What a question asks for, read off its words: its content words, and the shape of thing that would answer it. */
import { foldText } from '../core/embedding.ts';
import { LIGHT_WORDS, phraseMeaning, stem, wordMeaning } from '../core/vocabulary.ts';

/** An answer to such a question has a shape that can be seen without understanding it. */
export type QuestionKind = {
  readonly name: 'duration' | 'price' | 'clock' | 'time' | 'place';
  readonly shape: RegExp;
  /** Meanings and stems that such a question asks with, and that an answer of this shape need not say. */
  readonly terms: readonly string[];
};

const NUMBER =
  '(?:\\d+|one|two|three|four|five|six|eight|ten|twelve|sixteen|ein\\w*|zwei|drei|vier|acht|un[ao]?|dos|tres|cuatro|ocho)';

const KINDS: readonly (QuestionKind & { readonly asked: RegExp })[] = [
  {
    name: 'duration',
    terms: ['length', 'many', 'time'],
    asked:
      /\b(how long|how many (weeks|months|hours|days)|how much time|wie lange|wie viele (wochen|stunden)|cuanto (dura|tiempo)|cuantas (semanas|horas))\b/,
    shape: new RegExp(
      `${NUMBER}[ -](?:\\p{L}+ )?(minutes?|hours?|days?|weeks?|months?|years?|minuten?|stunden?|tage?n?|wochen?|monate?n?|minutos?|horas?|dias?|semanas?|mes(es)?)\\b`,
      'iu',
    ),
  },
  {
    name: 'price',
    terms: ['cost'],
    asked:
      /\b(how much|what does .* cost|what do you charge|price|prices|cost|costs|was kostet|wie viel|preis|preise|cuanto (cuesta|vale)|precio|precios)\b/,
    shape: /[€$£]\s?\d|\d\s?(€|EUR|euros?)/i,
  },
  {
    name: 'clock',
    terms: ['time'],
    asked: /\b(what time|which time|um wie viel uhr|wie spat|a que hora)\b/,
    shape: /\b\d{1,2}[:.]\d\d\b|\b\d{1,2} ?(am|pm|uhr|h)\b/i,
  },
  {
    name: 'time',
    terms: ['begin', 'next', 'time', 'los'],
    asked:
      /(^|\b(and|und|y) )(when|wann|cuando)\b|\bwhen (is|are|do|does|can|will|did)\b|\b(what time|(which|what) (days?|dates?|months?)|um wie viel uhr|welche[mnrs]? (tage?n?|monate?n?)|a que hora|que (dias?|mes|meses|fecha))\b/,
    // "You may" is no month.
    shape:
      /\d{1,2}[:.]\d\d|\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)\w*|\b(lunes|martes|miercoles|miércoles|jueves|viernes|sabado|sábado|domingo)\b|\b(january|february|march|april|may(?= ?[\d,.;)]| (?:and|or|to|until)\b|$)|june|july|august|september|october|november|december|januar|februar|märz|mai|juni|juli|oktober|dezember|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\b|\bany day\b|\b(?:19|20)\d\d\b/i,
  },
  {
    name: 'place',
    terms: ['place'],
    asked: /(^|\b(and|und|y) )(where|wo|donde)\b/,
    shape: /\b(under|page|online|at|in|auf|unter|en)\b/i,
  },
];

/** The kind of question, or null for one whose answer may look like anything. */
export function questionKind(question: string): QuestionKind | null {
  const folded = foldText(question);
  return KINDS.find((kind) => kind.asked.test(folded)) ?? null;
}

/** Words that say nothing about the subject of a question, beside the light words of the vocabulary. */
const EMPTY_WORDS = new Set(
  `actually again all during each per anything any being been but by cant dont doing get getting give go got hello here hey hi him his know let like
  many may maybe might more much must next now one out really say see she some something than them then these they thing
  things those too up us use very way what whats while whose work works yes youre happen happens takes take kind kinds sort sorts type types
  arten aber als also am an aus bin bis da danke dass dein doch du eine er geht gibt hallo ihr ihre ja kannst konnen man mehr mich mit nach nur
  oder ohne schon sehr sein sich sie so soll uns viel vom von vor war warum was wenn werden wieder will wir wird
  tipo tipos al algo aqui como con cual desde donde e ella esta este esto estoy ha hace hasta hay hola la lo mas me muy o pero poder
  porque puedo ser si sin sobre son su sus te tengo tiene tu y ya yo`
    .split(/\s+/)
    .filter(Boolean),
);

/** Below this weight a meaning says what nearly everybody writes about ("course"), not what is wanted. */
const TELLING = 0.35;

/** "Fängt … an": the vocabulary takes it for a slip of the pen ("faint"), and knowing it would change every stored vector. */
const VERBS: ReadonlyMap<string, string> = new Map([
  ['fangt', 'begin'],
  ['fangen', 'begin'],
]);

type Term = { readonly name: string; readonly isTelling: boolean; readonly words: readonly string[] };

/**
 * What a text is about: known meanings by their name, other words by their stem; each once, in order. Words that shape a
 * sentence are left out; those of the everyday subject too, unless there is nothing else.
 */
export function contentTerms(text: string): readonly string[] {
  const terms = readTerms(foldText(text).split(' ').filter(Boolean));
  const telling = terms.filter((term) => term.isTelling);
  return [...new Set((telling.length > 0 ? telling : terms).map(({ name }) => name))];
}

/** Does a text name anything but the everyday subject? */
export function hasSubject(text: string): boolean {
  return readTerms(foldText(text).split(' ').filter(Boolean)).some(({ isTelling }) => isTelling);
}

/** Meanings that ask something about a thing without naming it. */
const POINTING = new Set(['length', 'much', 'cost', 'charge', 'pay', 'parts', 'begin', 'time']);
/** Meanings and words of courtesy; between two questions they change no subject. */
const COURTESY = new Set(
  'hello thanks bye yes no nein yeah sure great good fine nice cool perfect super toll gut prima bien vale genial si'.split(
    ' ',
  ),
);

/**
 * The words that name what a text is about, folded, without those that ask something about it: "breathwork course" of
 * "how long is the breathwork course?". Empty for a text that names nothing, or nothing but the everyday subject.
 */
export function subjectOf(text: string): string {
  const asking = new Set([...POINTING, ...COURTESY, ...(questionKind(text)?.terms ?? [])]);
  const terms = readTerms(foldText(text).split(' ').filter(Boolean)).filter(({ name }) => !asking.has(name));
  return terms.some(({ isTelling }) => isTelling) ? terms.flatMap(({ words }) => words).join(' ') : '';
}

/** The stems of a text's own words, without those that say nothing about a subject. */
export function contentStems(text: string): readonly string[] {
  const words = foldText(text)
    .split(' ')
    .filter((word) => word.length > 2);
  return [...new Set(words.filter((word) => !LIGHT_WORDS.has(word) && !EMPTY_WORDS.has(word)).map(stem))];
}

/** Everything a text says: the meanings and the stems of all its words. */
export function termSet(text: string): ReadonlySet<string> {
  const words = foldText(text).split(' ').filter(Boolean);
  return new Set([...words.map(stem), ...readTerms(words).map(({ name }) => name)]);
}

function readTerms(words: readonly string[]): readonly Term[] {
  const terms: Term[] = [];
  for (let index = 0; index < words.length; ) {
    const size =
      [3, 2].find((length) => phraseMeaning(words.slice(index, index + length).join(' ')) !== undefined) ?? 1;
    const word = words[index] ?? '';
    const meaning = size > 1 ? phraseMeaning(words.slice(index, index + size).join(' ')) : wordMeaning(word);
    const isEmpty = size === 1 && (word.length < 2 || LIGHT_WORDS.has(word) || EMPTY_WORDS.has(word));
    const name = (size === 1 ? VERBS.get(word) : undefined) ?? meaning?.name ?? stem(word);
    // Names of sentence frames begin with a question mark.
    if (!isEmpty && !name.startsWith('?')) {
      terms.push({ name, isTelling: (meaning?.weight ?? 1) >= TELLING, words: words.slice(index, index + size) });
    }
    index += size;
  }
  return terms;
}

/** Does the text say this term, or another form of an unknown word (`breathing` and `breath`)? */
export function hasTerm(said: ReadonlySet<string>, term: string): boolean {
  if (said.has(term)) return true;
  if (term.length < 4) return false;
  for (const other of said) {
    if (other.length >= 4 && isSameStem(term, other)) return true;
  }
  return false;
}

/** One is the beginning of the other but for a short ending. Crude, and enough for quoting. */
function isSameStem(a: string, b: string): boolean {
  const shared = Math.min(a.length, b.length);
  const length = shared <= 5 ? shared : Math.max(5, shared - 2);
  return a.slice(0, length) === b.slice(0, length) && Math.abs(a.length - b.length) <= 4;
}
