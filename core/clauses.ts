/** Splits what somebody wrote into clauses that may each want something: at the ends of sentences, and before a new question. */

/** A clause of fewer words says too little by itself. */
const FEWEST_WORDS = 3;
const MOST_CLAUSES = 4;
/** More than this is a letter; its beginning says what it is about. */
const MOST_LETTERS = 1_000;

/** Words that join two wishes, in the three languages of the sample; only followed by words that begin a wish. */
const JOINERS = 'and also|and then|and|but|und auch|und|aber|y también|y tambien|y|pero|e';
const BEGINNINGS = [
  'who|what|whats|when|where|which|why|how|can|could|do|does|did|is|are|will|would|should|may|i|im|id|ive|please|tell|send|give|cancel|show|book',
  'wer|was|wann|wo|welche|welcher|welches|warum|wie|kann|könnt|können|habt|gibt|ist|sind|ich|bitte|möchte|muss|darf',
  'quién|qué|que|cuándo|cuando|dónde|donde|cuál|cual|por qué|cómo|como|cuánto|cuanto|cuánta|cuesta|puedo|hay|es|quiero|necesito',
].join('|');

/** End of a sentence, with what closes it; a dot within a number or an address is none. */
const SENTENCE_END = /(?<=[.!?…;])\s+|\n+/u;
const BEFORE_WISH = new RegExp(
  `(?:,\\s*|\\s+)(?:(?:${JOINERS})\\s+)(?=¿?(?:${BEGINNINGS})\\b)|,\\s*(?=¿?(?:${BEGINNINGS})\\b)|\\s+(?=¿)`,
  'giu',
);

/** The clauses in their order, at most four; short ones stay with the one before. A text of one clause comes back whole. */
export function splitClauses(text: string): readonly string[] {
  const parts = text
    .slice(0, MOST_LETTERS)
    .split(SENTENCE_END)
    .flatMap((sentence) => sentence.split(BEFORE_WISH))
    .map((part) => part.trim())
    .filter(Boolean);
  const clauses: string[] = [];
  for (const part of parts) {
    const last = clauses.at(-1);
    if (last !== undefined && (wordsOf(part) < FEWEST_WORDS || wordsOf(last) < FEWEST_WORDS)) {
      clauses[clauses.length - 1] = `${last} ${part}`;
    } else clauses.push(part);
  }
  return clauses.slice(0, MOST_CLAUSES);
}

/** How a wish begins besides as a question: a request, or what somebody wants; not what they merely tell. */
const REQUESTS = [
  'stop|end|change|delete|help|remind|explain|open|pause|refund|forget|id like|i (?:really )?(?:want|need|would like|d like|wish)',
  'möchte|ich (?:möchte|will|brauche|würde|hätte)|kündig\\w*|storniere?n?|schick\\w*|zeig\\w*|sag\\w*|hilf|erkläre?',
  'por favor|me gustaría|quisiera|cancela\\w*|envía\\w*|muéstra\\w*|dime|ayuda',
].join('|');
/** Of the beginnings, those that tell as often as they ask. */
const TELLING = /^(?:i|im|id|ive|ich|es)\b/iu;
const REQUEST = new RegExp(`^¿?(?:${REQUESTS})(?![\\p{L}])`, 'iu');
const BEGINNING = new RegExp(`^¿?(?:${BEGINNINGS})(?![\\p{L}])`, 'iu');

/** Does a clause ask for something, by its form? "I bought the course" does not. */
export function isRequest(clause: string): boolean {
  const text = clause.trim().replaceAll(/['’]/g, '');
  return /[?¿]/.test(text) || REQUEST.test(text) || (BEGINNING.test(text) && !TELLING.test(text));
}

function wordsOf(text: string): number {
  return text.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
