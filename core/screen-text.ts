/** Screens one text against the hazard phrases. Pure, linear in the length of the text, no model. */
import { foldText } from './embedding.ts';
import {
  ABUSE_PHRASES,
  CRISIS_PHRASES,
  HARM_PHRASES,
  INJECTION_PHRASES,
  INNOCENT_PHRASES,
  MINORS_PHRASES,
  NEGATION_FILLERS,
  NEGATIONS,
} from './hazard-phrases.ts';
import type { Finding, Hazard } from './screening.ts';

type Rule = {
  readonly hazard: Hazard;
  readonly rule: string;
  readonly language?: string;
  readonly isNegatable: boolean;
  readonly phrases: readonly string[];
};

/** Phrases are folded like the text, with a space on each side: the space is the word boundary. */
function padded(phrase: string): string {
  return ` ${foldText(phrase)} `;
}

const RULES: readonly Rule[] = [
  ...CRISIS_PHRASES.map((list) => ({
    hazard: 'crisis' as const,
    rule: list.rule,
    language: list.language,
    isNegatable: list.negatable ?? false,
    phrases: list.phrases.map(padded),
  })),
  plainRule('harm', HARM_PHRASES),
  plainRule('minors', MINORS_PHRASES),
  plainRule('abuse', ABUSE_PHRASES),
  plainRule('injection', INJECTION_PHRASES),
];
const INNOCENT = INNOCENT_PHRASES.map(padded);
const NEGATION_SET = new Set(NEGATIONS);
const FILLER_SET = new Set(NEGATION_FILLERS);

function plainRule(hazard: Hazard, phrases: readonly string[]): Rule {
  return { hazard, rule: 'phrase', isNegatable: false, phrases: phrases.map(padded) };
}

/** One finding per hazard and language, in the order of the rules. Words are never part of a finding. */
export function screenText(text: string): readonly Finding[] {
  const said = prepare(text);
  const findings: Finding[] = [];
  for (const rule of RULES) {
    if (!rule.phrases.some((phrase) => isSaid(said, phrase, rule.isNegatable))) continue;
    findings.push({
      hazard: rule.hazard,
      rule: rule.rule,
      ...(rule.language === undefined ? {} : { language: rule.language }),
    });
  }
  return findings;
}

export function hasCrisis(text: string): boolean {
  return screenText(text).some((finding) => finding.hazard === 'crisis');
}

/** Invisible characters inside words are a known way around such lists; so are apostrophes that folding does not know. */
const UNSEEN = /[\p{Cf}\u02bc\u2032\u201b]/gu;
const SENTENCE_ENDS = /[.!?;\n]+/g;
/** A rare letter, because folding leaves nothing else: it keeps two sentences apart. */
const SENTENCE_END = ' \ua66e ';
/** Six words in front of a phrase fit into so many characters; looking further would cost the square of the length. */
const NEGATION_REACH = 60;

/** The text folded as a whole, and folded with its sentences kept apart. */
type Said = { readonly whole: string; readonly parted: string };

function prepare(text: string): Said {
  const seen = text.replaceAll(UNSEEN, '');
  return { whole: fold(seen), parted: fold(seen.replaceAll(SENTENCE_ENDS, SENTENCE_END)) };
}

function fold(text: string): string {
  let folded = ` ${foldText(text)} `;
  for (const phrase of INNOCENT) folded = folded.replaceAll(phrase, ' ');
  return folded;
}

/** A negation takes back what stands in its own sentence only, so a negatable phrase is looked for in both. */
function isSaid({ whole, parted }: Said, phrase: string, isNegatable: boolean): boolean {
  if (!isNegatable) return whole.includes(phrase);
  return isSaidPlainly(whole, phrase) || isSaidPlainly(parted, phrase);
}

function isSaidPlainly(folded: string, phrase: string): boolean {
  for (let at = folded.indexOf(phrase); at >= 0; at = folded.indexOf(phrase, at + 1)) {
    if (!isNegated(folded.slice(Math.max(0, at - NEGATION_REACH), at))) return true;
  }
  return false;
}

function isNegated(before: string): boolean {
  const words = before.trim().split(' ').slice(-6);
  while (FILLER_SET.has(words.at(-1) ?? '')) words.pop();
  const lastTwo = words.slice(-2).join(' ');
  // "Why not end it all" asks for it.
  return lastTwo !== 'why not' && (NEGATION_SET.has(words.at(-1) ?? '') || NEGATION_SET.has(lastTwo));
}
