/** Rules for names and places, on clauses as they were written: a capital letter tells "call me Ana" from "call me later". */
import { foldText } from './embedding.ts';
import type { SaidFact } from './fact.ts';

export type NameRead = Pick<SaidFact, 'kind' | 'subject' | 'text' | 'confidence'>;

const NAME_IS =
  /^(?:(?:my|the) (?:first |full )?name is|my name's|mein (?:vor)?name ist|ich hei(?:ß|ss)e|mi nombre es|me llamo|yo me llamo|mon (?:pré|pre)?nom est|je m'appelle|moi c'est) (.+)$/iu;
/** "Call me" also asks for a telephone call: only a name with a capital follows. */
const CALL_ME =
  /^(?:please |just |you can |you may |people |everyone calls? |bitte |du kannst |sie können |puedes |tu peux |vous pouvez )*(?:call me|calls me|nennt? mich|nenne mich|nennen sie mich|mich|ll[aá]mame|llamarme|appelle-moi|appelez-moi|m'appeler) (.+?)(?: nennen| please| bitte| por favor)?$/iu;
const LIVES_IN =
  /^(?:i(?: now| currently)? live in|i'?m based in|ich (?:wohne|lebe)(?: jetzt| derzeit)? in|(?:yo )?(?:ahora )?vivo en|j'habite (?:à|a|en|au)|je vis (?:à|a|en|au)) (.+)$/iu;
const CORRECTIONS: readonly RegExp[] = [
  /\bmy name(?:'s| is) not ([^,;]+?)(?:\s*[,;]\s*|\s+)(?:but |it is |it's |its |my name is |i'm )(.+)$/iu,
  /\bmy name isn'?t ([^,;]+?)(?:\s*[,;]\s*|\s+)(?:but |it is |it's |its |my name is |i'm )(.+)$/iu,
  /\bmy name is not ([^,;]+),\s*()(\p{Lu}.*)$/u,
  /\b(?:ich hei(?:ß|ss)e nicht|mein name ist nicht) ([^,;]+?)[,\s]+(?:sondern|ich hei(?:ß|ss)e) (.+)$/iu,
  /\b(?:no me llamo|mi nombre no es) ([^,;]+?)[,\s]+(?:sino(?: que me llamo)?|me llamo|mi nombre es|es) (.+)$/iu,
  /\b(?:je ne m'appelle pas|mon (?:pré|pre)?nom n'est pas) ([^,;]+?)[,\s]+(?:mais|je m'appelle|c'est) (.+)$/iu,
];

/** Words that stand after "my name is" and are none. Folded. */
const NO_NAMES = new Set(
  `not wrong missing spelled spelt misspelled misspelt incorrect incorrectly written still also already on in at the a
  too very listed changed different private secret unknown none hard difficult long short in of for and or but that this
  it no nothing nobody what who legion back later tomorrow today tonight now soon again when if asap anytime please maybe
  monday tuesday wednesday thursday friday saturday sunday
  falsch nicht noch schon auf im in der die das ein eine geheim egal anders programm so wie morgen heute spater gleich
  zuruck bitte wenn montag dienstag mittwoch donnerstag freitag samstag sonntag
  incorrecto mal no el la un una secreto manana hoy luego despues cuando ahora lunes martes miercoles jueves viernes
  sabado domingo
  faux mal incorrect pas le une secret demain aujourdhui plus tard quand lundi mardi mercredi jeudi vendredi samedi
  dimanche`.split(/\s+/),
);
const PARTICLES = new Set('de da di del della van von der den la le el al bin ben zu dos du st'.split(' '));
/** Capitalised words that follow "I live in" and are no place. Folded. */
const NO_PLACES = new Set(
  'angst scheidung trennung armut partnerschaft beziehung not sorge frieden miete untermiete pain fear peace einer'.split(
    ' ',
  ),
);
const WORD = /^\p{L}[\p{L}'-]{0,29}$/u;
const CAPITAL = /^\p{Lu}/u;

/** The name that a clause states as the writer's own, or null. */
export function statedName(clause: string): NameRead | null {
  const said = NAME_IS.exec(clause)?.[1];
  const name = said === undefined ? null : readName(said);
  if (name) return named(name);
  const called = CALL_ME.exec(clause)?.[1];
  const short = called === undefined ? null : readName(called, { needsCapital: true });
  return short ? named(short) : null;
}

/** "My name is not X, it's Y": Y. Takes a whole sentence. */
export function correctedName(sentence: string): NameRead | null {
  for (const pattern of CORRECTIONS) {
    const right = pattern.exec(sentence.replaceAll(/[.!?…;]+$/g, ''))?.at(-1);
    const name = right === undefined ? null : readName(right.split(/[,;]/)[0] ?? '');
    if (name) return named(name);
  }
  return null;
}

/** Where a clause says that its writer lives; one to three words that begin with a capital. */
export function statedPlace(clause: string): NameRead | null {
  const said = LIVES_IN.exec(clause)?.[1];
  if (said === undefined) return null;
  const words = capitalWords(said.trim().split(/\s+/)).slice(0, 3);
  if (words.length === 0 || NO_PLACES.has(foldText(words[0] ?? ''))) return null;
  return { kind: 'circumstance', subject: 'home', text: words.join(' '), confidence: 0.9 };
}

function named(name: string): NameRead {
  return { kind: 'name', subject: 'name', text: name, confidence: CAPITAL.test(name) ? 0.95 : 0.7 };
}

/** One to four words. Small letters are believed only where nothing else follows. */
function readName(said: string, { needsCapital = false } = {}): string | null {
  const words = said.trim().split(/\s+/);
  if (NO_NAMES.has(foldText(words[0] ?? ''))) return null;
  const capital = capitalWords(words).slice(0, 4);
  if (capital.length > 0) return capital.join(' ');
  if (needsCapital || words.length > 2) return null;
  const areNames = words.every((word) => WORD.test(word) && !NO_NAMES.has(foldText(word)));
  return areNames ? words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ') : null;
}

/** The capitalised words at the beginning, with the particles between them. */
function capitalWords(words: readonly string[]): readonly string[] {
  const taken: string[] = [];
  for (const word of words) {
    const isParticle = taken.length > 0 && PARTICLES.has(word.toLowerCase());
    if (!WORD.test(word) || !(CAPITAL.test(word) || isParticle)) break;
    taken.push(word);
  }
  while (taken.length > 0 && PARTICLES.has(taken.at(-1) ?? '')) taken.pop();
  return taken;
}
