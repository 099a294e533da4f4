/** Evidence that needs no model: the words of the definition's `evidence`, found in what somebody wrote. Pure. */
import { foldText } from '../core/embedding.ts';
import type { JourneyDefinition } from '../core/journey.ts';
import type { Happening } from './happening.ts';

type EvidenceHappening = Extract<Happening, { readonly kind: 'evidence' }>;

/** The clause is nothing else, or has the words among others. */
const CONFIDENCE = { alone: 0.9, among: 0.8 };
const MAX_LETTERS = 4_000;
const MAX_QUOTE = 300;

/** Lines quoted from an earlier message, and the words of others. */
const QUOTED = /^[ \t]*>.*$|"[^"\n]*"|“[^”\n]*”|„[^“”\n]*[“”]|«[^»\n]*»/gm;
const SENTENCE = /[^.!?…\n]+[.!?…]*/g;
const CLAUSE_BORDER = /[,;:]|\s[–—-]\s/;
/** In English, German, Spanish and French: what stands before the words takes them back or only supposes them. */
const TAKEN_BACK = new Set(
  [
    ...['not never dont didnt doesnt wont if maybe would'],
    ...['nicht nie niemals kein keine wenn falls vielleicht'],
    ...['no nunca jamas si quiza quizas'],
    ...['ne pas jamais peut'],
  ].flatMap((words) => words.split(' ')),
);

/**
 * Each entry at most once, with the sentence it rests on. All languages are looked through: people mix them. Questions,
 * quoted words and what is taken back in the same clause are no evidence.
 */
export function evidenceIn({ evidence }: JourneyDefinition, text: string): readonly EvidenceHappening[] {
  if (evidence.length === 0) return [];
  const sentences = text.slice(0, MAX_LETTERS).replaceAll(QUOTED, ' ').match(SENTENCE) ?? [];
  const stated = sentences.filter((sentence) => !sentence.trimEnd().endsWith('?'));
  return evidence.flatMap(({ name, says }) => {
    const phrases = Object.values(says).flat().map(foldText);
    const found = stated.flatMap((sentence) => {
      const confidence = confidenceIn(sentence, phrases);
      return confidence === null ? [] : [{ sentence, confidence }];
    });
    const best = found.toSorted((a, b) => b.confidence - a.confidence)[0];
    if (!best) return [];
    const quote = best.sentence.trim().slice(0, MAX_QUOTE);
    return [{ kind: 'evidence', about: name, confidence: best.confidence, quote }];
  });
}

function confidenceIn(sentence: string, phrases: readonly string[]): number | null {
  const clauses = sentence.split(CLAUSE_BORDER).map(foldText);
  if (clauses.some((clause) => phrases.includes(clause))) return CONFIDENCE.alone;
  return clauses.some((clause) => phrases.some((phrase) => holds(clause, phrase))) ? CONFIDENCE.among : null;
}

/** Whole words, and nothing before them that takes them back. */
function holds(clause: string, phrase: string): boolean {
  const at = ` ${clause} `.indexOf(` ${phrase} `);
  if (at === -1) return false;
  return !clause
    .slice(0, at)
    .split(' ')
    .some((word) => TAKEN_BACK.has(word));
}
