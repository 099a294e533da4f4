/** Tells the language of a short message by its small words; says nothing when unsure. */
import { foldText } from './embedding.ts';

const SMALL_WORDS: Readonly<Record<string, string>> = {
  en: 'the and is are i you my to of how what when where do does can it for with not have want please much long was in course',
  de: 'der die das und ist sind ich du mein zu wie was wann wo kann es fur mit nicht habe mochte bitte viel lange ein eine den kostet kurs wir mir mich',
  es: 'el la los las y es son yo mi que como cuando donde puedo para con no tengo quiero por favor cuanto una un del curso cuesta dura me de',
  fr: 'le les et est sont je tu mon que comment quand ou puis pour avec ne pas ai veux merci combien une un des cours vous nous',
  pt: 'o os e sao eu meu que como quando onde posso para com nao tenho quero por favor quanto uma um do da curso voce',
  it: 'il lo gli e sono io mio che come quando dove posso per con non ho voglio grazie quanto una un del corso mi di',
  nl: 'de het en is zijn ik jij mijn te hoe wat wanneer waar kan voor met niet heb wil alstublieft veel lang een van cursus',
};
const WORD_LANGUAGES = indexWords();

function indexWords(): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>();
  for (const [language, words] of Object.entries(SMALL_WORDS)) {
    for (const word of words.split(' ')) index.set(word, [...(index.get(word) ?? []), language]);
  }
  return index;
}

/** A two-letter code, or null when fewer than two small words speak for one language or two are as likely. */
export function detectLanguage(text: string): string | null {
  const scores = new Map<string, number>();
  for (const word of new Set(foldText(text.slice(0, 2_000)).split(' '))) {
    const languages = WORD_LANGUAGES.get(word) ?? [];
    for (const language of languages) scores.set(language, (scores.get(language) ?? 0) + 1 / languages.length);
  }
  const [first, second] = [...scores].toSorted((a, b) => b[1] - a[1]);
  if (!first || first[1] < 1.5) return null;
  return second && second[1] > first[1] * 0.7 ? null : first[0];
}
