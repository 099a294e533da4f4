/** What of a turn may teach something about its person, and which of a model's findings are believed. Pure. */
import type { InboundEvent } from './event.ts';
import { MAX_FACTS_PER_TURN, type SaidFact } from './fact.ts';
import { memoryWish } from './memory-wish.ts';
import { isSensitive, saidFacts } from './said-facts.ts';

/** The person's own words in these events; what a button or a form says is not theirs. */
export function personWords(events: readonly InboundEvent[]): string {
  return events
    .flatMap((event) => (event.kind === 'message' || event.kind === 'edit' ? [event.text] : []))
    .join('\n')
    .trim();
}

const FIRST_PERSON =
  /(?<!\p{L})(?:i|i['’]m|i['’]ve|my|me|ich|mein\p{L}*|mich|mir|yo|mi|mis|soy|tengo|je|j['’]\p{L}+|mon|ma|mes)(?!\p{L})/iu;
const MIN_WORDS = 5;

/** True when words speak of their writer in more than a question: only then is a model asked. */
export function speaksOfSelf(words: string): boolean {
  const statements = words.slice(0, 4_000).match(/[^.!?…\n]+[.!?…]*/g) ?? [];
  return statements.some(
    (one) => !one.includes('?') && FIRST_PERSON.test(one) && one.trim().split(/\s+/).length >= MIN_WORDS,
  );
}

/** Whether a lesson is worth the work: rules find a fact, or a model is there and might. A wish to forget never teaches. */
export function mayTeach(words: string, { hasModel }: { readonly hasModel: boolean }): boolean {
  if (words === '' || memoryWish(words)?.kind.startsWith('forget')) return false;
  return saidFacts(words).length > 0 || (hasModel && speaksOfSelf(words));
}

/** Of or by somebody else, in four languages. */
const OTHERS =
  /(?<!\p{L})(?:my (?:friend|mother|father|mom|mum|dad|sister|brother|wife|husband|partner|son|daughter|boss|colleague|teacher|child|kids?)|mein(?:e|er|em|en)? (?:freund\p{L}*|mutter|vater|mama|papa|schwester|bruder|frau|mann|partner\p{L}*|sohn|tochter|chef\p{L}*|kolleg\p{L}*|kind\p{L}*)|mi (?:amig[oa]|madre|padre|herman[oa]|mujer|marido|pareja|hij[oa]|jef[ea])|m(?:on|a) (?:ami\p{L}*|mère|père|sœur|soeur|frère|femme|mari|partenaire|fils|fille|chef\p{L}*)|he|she|they|sie ist|er ist|ella|él|elle|il est)(?!\p{L})/iu;

/**
 * What of a model's findings is kept: the quote stands in the words, letter by letter but for white space; it speaks of
 * the writer; health, payment and secrets only where the person states them as a preference.
 */
export function believedFacts(found: readonly SaidFact[], words: string): readonly SaidFact[] {
  const said = squeeze(words);
  return found
    .map((fact) => ({ ...fact, quote: squeeze(fact.quote), text: squeeze(fact.text) }))
    .filter(({ quote }) => quote.length >= 3 && said.includes(quote) && !OTHERS.test(quote))
    .filter(({ kind, text, quote }) => kind === 'preference' || !(isSensitive(text) || isSensitive(quote)))
    .slice(0, MAX_FACTS_PER_TURN);
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
