/** Facts a person states in so many words, read by rules in English, German, Spanish and French. Pure; no model. */
import { foldText } from './embedding.ts';
import type { SaidFact } from './fact.ts';
import { MAX_FACTS_PER_TURN } from './fact.ts';
import { correctedName, type NameRead, statedName, statedPlace } from './said-names.ts';
import { STYLE_RULES } from './said-style.ts';

/** One clause of what was written: as it stands there, and the sentence it belongs to. */
type Clause = { readonly text: string; readonly sentence: string; readonly isAsked: boolean };

const MAX_LETTERS = 4_000;
const MAX_QUOTE = 300;

/** Somebody else's words, and lines quoted from an earlier message; replaced letter by letter so that places stay. */
const QUOTED = /^[ \t]*>.*$|"[^"\n]*"|“[^”\n]*[”\n]|„[^“”\n]*[“”]|«[^»\n]*»|»[^«\n]*«/gm;
const SENTENCE = /[^.!?…;\n]+[.!?…;]*/g;
/** "mais" is "but" in French and "more" in Portuguese. */
const CLAUSE_BORDER = /,|:|\s[–—-]\s|\s(?:and|und|y|et|but|aber|pero|mais(?!\s(?:curt|breve|formal|long|detalh)))\s/iu;
/** "German, please" is one clause. */
const PLEASE_COMMA = /,(?=\s*(?:please|bitte|por favor|s'il))|(?<=\b(?:please|bitte|por favor|plaît|plait)),/giu;
const FILLER =
  /^(?:(?:hi|hello|hey|hallo|hola|bonjour|salut|moin|ok|okay|oh|well|so|also|actually|btw|by the way|übrigens|por cierto|au fait|and|und|y|et|ja|yes|sí|oui)\s+)+/iu;
/** Told by or of somebody else. */
const REPORTED =
  /\b(?:said|says|told|wrote|writes|asked|claims|sagt|sagte|meint|meinte|schrieb|dijo|dice|escribió|dit|disait|écrit|selon|laut|según)\b/iu;
const SUPPOSED =
  /^\s*(?:if|suppose|imagine|what if|pretend|wenn|falls|angenommen|stell dir vor|si|imagina|supongamos|imaginons)\b/iu;
const JOKE =
  /\b(?:just kidding|kidding|jk|joking|lol|haha\w*|scherz|war nur spaß|nur spaß|witz|broma|jaja\w*|blague|je plaisante|mdr)\b|[😂🤣😜]/iu;
const ASKING =
  /^¿?(?:is|are|am|do|does|did|was|were|can|could|would|will|shall|should|may|have|has|what|how|why|who|when|where|which|ist|sind|bin|hat|hast|kann|kannst|könnt\p{L}*|darf|soll|wird|was|wie|warum|wer|wann|wo|welche\p{L}*|es|son|puede\p{L}*|podr\p{L}*|qué|que|cómo|como|por qué|quién|cuándo|dónde|cuál|est-ce|peux|peut|pouvez|pourr\p{L}*|comment|pourquoi|qui|quand|où|quel\p{L}*)(?!\p{L})/iu;
/** A wish may be put as a question; a statement may not. */
const POLITE =
  /\b(?:can|could|would|kannst|könntest|können|könnten|puedes|podrías|puede|podría|peux|pourrais|pouvez|pourriez)\b/iu;

/**
 * What the words state about their writer: name, language, length of answers, home, diet, free times, goal. Each with
 * the sentence it rests on. Questions, jokes, suppositions, what others said and what is denied state nothing.
 */
export function saidFacts(text: string): readonly SaidFact[] {
  const words = text.slice(0, MAX_LETTERS);
  if (JOKE.test(words)) return [];
  const found = clausesOf(words).flatMap((clause) => readClause(clause));
  const corrected = sentencesOf(words).flatMap(({ own, sentence }) => toFact(correctedName(own), sentence));
  // The last word on a subject counts.
  const last = new Map([...found, ...corrected].map((fact) => [`${fact.kind}/${fact.subject}`, fact]));
  return [...last.values()].slice(0, MAX_FACTS_PER_TURN);
}

/** True when the words are nothing but such statements: what is left beside them is a greeting or a courtesy. */
export function isOnlyStatement(text: string): boolean {
  if (saidFacts(text).length === 0) return false;
  return clausesOf(text).every((clause) => readClause(clause).length > 0 || isCourtesy(clause.text));
}

const COURTESY =
  /^(?:hi|hello|hey|hallo|hola|bonjour|salut|moin|thanks?|thank you|danke|gracias|merci|please|bitte|por favor)(?: (?:you|there|again|schon|very much|sehr|zusammen|mucho))*$/;

function isCourtesy(clause: string): boolean {
  const folded = foldText(clause);
  return folded === '' || COURTESY.test(folded);
}

type Sentence = {
  /** With the words of others blanked. */
  readonly own: string;
  /** As it was written. */
  readonly sentence: string;
};

function sentencesOf(words: string): readonly Sentence[] {
  const own = words
    .replaceAll(/[’‘`´]/g, "'")
    .replaceAll(QUOTED, (quoted) => ' '.repeat(quoted.length))
    // "My name is not X. It's Y." belongs together.
    .replaceAll(/\.(?=\s+it'?s\b)/giu, ',');
  return [...own.matchAll(SENTENCE)]
    .map((match) => ({ own: match[0], sentence: words.slice(match.index, match.index + match[0].length).trim() }))
    .filter(({ own: said }) => !SUPPOSED.test(said) && !REPORTED.test(said));
}

function clausesOf(words: string): readonly Clause[] {
  return sentencesOf(words).flatMap(({ own, sentence }) => {
    const texts = own
      .replaceAll(/[.!?…;]+$/g, '')
      .replaceAll(PLEASE_COMMA, ' ')
      .split(CLAUSE_BORDER)
      .map((clause) => clause.trim().replace(FILLER, ''))
      .filter((text) => text !== '');
    // "My name is Ana, how long is it?" asks with its last clause; what begins as a question asks with all of them.
    const asksAll = own.includes('?') && ASKING.test(texts[0] ?? '');
    const asks = (index: number): boolean => asksAll || (own.includes('?') && index === texts.length - 1);
    return texts.map((text, index) => ({ text, sentence, isAsked: asks(index) }));
  });
}

function readClause({ text, sentence, isAsked }: Clause): readonly SaidFact[] {
  const folded = foldText(text);
  for (const { kind, subject, patterns, read } of STYLE_RULES) {
    if (isAsked && !(kind === 'language' && POLITE.test(text))) continue;
    for (const pattern of patterns) {
      const match = pattern.exec(folded);
      const value = match ? read(match[1] ?? '') : null;
      if (value !== null) return [factOf({ kind, subject, text: value, confidence: 0.95 }, sentence)];
    }
  }
  return isAsked ? [] : toFact(statedName(text) ?? statedPlace(text) ?? statedGoal(text), sentence);
}

const GOAL =
  /^(?:my (?:main )?goal is(?: to)?|mein ziel ist(?: es)?|mi objetivo es|mon (?:objectif|but) est(?: de| d')?) (.{4,80})$/iu;

function statedGoal(clause: string): NameRead | null {
  const goal = GOAL.exec(clause)?.[1]?.trim();
  return goal === undefined || isSensitive(goal)
    ? null
    : { kind: 'goal', subject: 'goal', text: goal, confidence: 0.9 };
}

function toFact(read: NameRead | null, sentence: string): readonly SaidFact[] {
  return read === null ? [] : [factOf(read, sentence)];
}

function factOf(read: NameRead, sentence: string): SaidFact {
  const isPassing = read.kind === 'circumstance' || read.kind === 'goal';
  return { ...read, quote: sentence.slice(0, MAX_QUOTE), days: isPassing ? daysOf(sentence) : null };
}

const PERIODS: readonly (readonly [RegExp, number])[] = [
  [/\b(?:today|tonight|heute|hoy|aujourd'?hui)\b/iu, 1],
  [/\b(?:this|diese|esta|cette) (?:week|woche|semana|semaine)\b/iu, 7],
  [
    /\b(?:this|diesen|este|ce) (?:month|monat|mes|mois)\b|\b(?:for now|at the moment|gerade|zur ?zeit|de momento|por ahora|en ce moment|pour l'instant)\b/iu,
    31,
  ],
];

/** How long a statement says that it holds; null when it does not say. */
export function daysOf(sentence: string): number | null {
  return PERIODS.find(([pattern]) => pattern.test(sentence.replaceAll('’', "'")))?.[1] ?? null;
}

const SENSITIVE =
  /\b(?:depress\w*|anxiety|angststor\w*|panic|panik\w*|suicid\w*|suizid\w*|selbstmord\w*|cancer|krebs|tumor|diabet\w*|hiv|epilep\w*|bipolar\w*|schizo\w*|adhd|adhs|trauma\w*|ptsd|burn ?out|pregnan\w*|schwanger\w*|embaraz\w*|enceinte|diagnos\w*|medica(?:tion|mento|ment)\w*|medikament\w*|therap\w*|disease|krankheit\w*|krank|enferm\w*|maladie|insulin\w*|addict\w*|sucht\w*|adict\w*|iban|credit card|kreditkarte|tarjeta de credito|carte (?:de credit|bancaire)|cvv|cvc|password|passwort|kennwort|contrasena|mot de passe|pin)\b|\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,}\b|(?:\d[ -]?){12,}/i;

/** Health, payment and secrets: never learned from a statement in passing. */
export function isSensitive(text: string): boolean {
  return SENSITIVE.test(text.normalize('NFKD').replaceAll(/\p{M}+/gu, ''));
}
