/** What a person wants of our memory of them, when they say it plainly; in English, German, Spanish and French. Pure. */
import { foldText } from './embedding.ts';
import type { SaidFact } from './fact.ts';
import { isOnlyStatement, saidFacts } from './said-facts.ts';

export type MemoryWish =
  /** What do you know about me? */
  | { readonly kind: 'list' }
  | { readonly kind: 'forget-all' }
  /** Forget that: what was learned last. */
  | { readonly kind: 'forget-last' }
  /** Forget my name: by subject. */
  | { readonly kind: 'forget-subject'; readonly subject: string }
  /** Forget that I am vegetarian: by the words. */
  | { readonly kind: 'forget-words'; readonly words: string }
  /** My name is not X, it's Y; or nothing but "call me Y", "answer in German". */
  | { readonly kind: 'note'; readonly facts: readonly SaidFact[] };

/** Intents of a workspace that mean the same, for words the rules do not know. */
export const MEMORY_INTENTS = { list: 'what-do-you-know', forget: 'forget-that', correct: 'correct-fact' } as const;

const PLEASE =
  '(?:please|bitte|por favor|sil te plait|sil vous plait|ok|okay|hey|hi|hello|hallo|hola|salut|bonjour|now|jetzt|ahora|maintenant|thanks|danke|gracias|merci|then|dann|can you|could you|kannst du|puedes|peux tu)';
const whole = (pattern: string): RegExp => new RegExp(`^(?:${PLEASE} )*(?:${pattern})(?: ${PLEASE})*$`);

const LIST: readonly RegExp[] = [
  whole(
    '(?:tell me |show me |say |list )?(?:all |everything |exactly )?(?:that )?what (?:all )?(?:do you|you|have you|else do you|did you)(?: already| still| actually| really)* (?:know|remember|remembered|learned|learnt|noted)(?: so far)? (?:about|of) me(?: so far| already)?',
  ),
  whole('(?:tell me |show me )?(?:all |everything )(?:that )?you (?:know|remember|have learned) about me'),
  whole('(?:do you know|do you remember|what do you know about|what is|whats) (?:me|who i am|my name)'),
  whole(
    '(?:sag mir |zeig mir )?(?:was|alles was|wie viel) (?:weisst|weist|wissen|kennst|merkst) (?:du|sie|ihr)(?: alles| noch| eigentlich| schon| denn)* (?:uber|von) mich',
  ),
  whole(
    '(?:sag mir |zeig mir )(?:was|alles was) (?:du|sie|ihr)(?: alles| noch)* (?:uber|von) mich (?:weisst|wissen|wisst)',
  ),
  whole(
    'was (?:hast|haben) (?:du|sie|ihr)(?: dir| sich| euch)?(?: alles)* (?:uber|von) mi(?:ch|r) (?:gemerkt|gelernt)',
  ),
  whole('(?:weisst du|kennst du)(?: noch)? (?:wer ich bin|meinen namen|wie ich heisse|mich)'),
  whole(
    '(?:dime |muestrame )?(?:todo )?(?:lo )?que (?:sabes|sabe|sabeis|recuerdas|recuerda|has aprendido)(?: ya)? (?:de|sobre|acerca de) mi',
  ),
  whole('(?:sabes|recuerdas) (?:quien soy|como me llamo|mi nombre)'),
  whole(
    '(?:dis moi |montre moi )?(?:tout )?(?:ce )?(?:que|quest ce que) (?:sais tu|savez vous|tu sais|vous savez|tu te rappelles|as tu retenu|tu as retenu)(?: deja)? (?:de|sur|a propos de) moi',
  ),
  whole('(?:sais tu|te souviens tu de) (?:qui je suis|mon nom|comment je mappelle|moi)'),
];

const FORGET_ALL: readonly RegExp[] = [
  whole(
    'forget (?:me|(?:everything|all|anything)(?: (?:that|you|about|of|know|learned|learnt|remember|remembered|me|i|told|said|have|has|ever|ve|it|this))*)',
  ),
  whole(
    '(?:vergiss|vergessen sie|vergesst)(?: bitte)? (?:mich|alles(?: (?:was|du|sie|ihr|uber|mich|weisst|wissen|dir|gemerkt|hast|ich|gesagt|habe|von|mir|wieder))*)',
  ),
  whole('(?:olvidame|olvidate de mi|olvid\\w+ todo(?: (?:lo|que|sabes|sabe|de|sobre|mi|te|he|dicho|acerca))*)'),
  whole('oublie[sz]? (?:moi|tout(?: (?:ce|que|tu|vous|sais|savez|sur|de|a|propos|moi|jai|dit))*)'),
];

const FORGET_LAST: readonly RegExp[] = [
  whole(
    'forget (?:that|this|what i (?:just )?(?:said|told you|wrote)|what i just told you|the last thing i said)(?: again)?',
  ),
  whole('(?:dont|do not) remember (?:that|this)'),
  whole(
    '(?:vergiss|vergessen sie)(?: bitte)? (?:das|dies|was ich(?: gerade| eben)?(?: dir)? (?:gesagt|geschrieben) habe)(?: bitte| wieder)*',
  ),
  whole('das (?:bitte )?(?:wieder )?vergessen'),
  whole('(?:olvidalo|olvidelo|olvid\\w* (?:eso|esto|lo que (?:te )?(?:dije|he dicho|acabo de decir)))'),
  whole('(?:oublie[sz]? (?:ca|cela|ce que (?:jai dit|je viens de dire|je tai dit))|oublie[sz]? le)'),
];

const FORGET = '(?:forget|delete|vergiss|vergessen sie|olvid\\w*|oublie[sz]?)';
const FORGET_SUBJECT: readonly (readonly [string, RegExp])[] = [
  [
    'name',
    whole(
      `${FORGET}(?: bitte)? (?:my name|who i am|how im called|meinen namen|wie ich heisse|mi nombre|como me llamo|mon (?:pre)?nom|comment je mappelle)`,
    ),
  ],
  [
    'home',
    whole(
      `${FORGET}(?: bitte)? (?:where i live|my (?:city|town|home)|wo ich wohne|meinen wohnort|donde vivo|mi ciudad|ou jhabite|ma ville)`,
    ),
  ],
  ['goal', whole(`${FORGET}(?: bitte)? (?:my goals?|mein ziel|mi objetivo|mon (?:objectif|but))`)],
  ['diet', whole(`${FORGET}(?: bitte)? (?:my diet|what i eat|wie ich mich ernahre|mi dieta|mon regime)`)],
  ['language', whole(`${FORGET}(?: bitte)? (?:my language|meine sprache|mi idioma|ma langue)`)],
  ['time', whole(`${FORGET}(?: bitte)? (?:when i have time|my times|wann ich zeit habe|mis horarios|mes horaires)`)],
];

/** "Forget that I …", and what follows. */
const FORGET_WORDS = whole(
  '(?:forget(?: that)? (?:i|im|ive|my) |(?:vergiss|vergessen sie)(?: bitte)? dass ich |olvid\\w* que |oublie[sz]? que )(.+?)',
);
const MAX_LETTERS = 300;
/** What is noted at once with a word of thanks; other statements are learned after the answer to what else was said. */
const NOTED_AT_ONCE = new Set(['name', 'language', 'preference']);
const DENIES = /\b(?:not|isnt|nicht|no|pas|wrong|falsch|stimmt nicht|incorrecto|faux)\b/;

/** What the whole message asks of our memory, or null. Longer messages ask for something else besides. */
export function memoryWish(text: string): MemoryWish | null {
  if (text.length > MAX_LETTERS) return null;
  const folded = foldText(text);
  const matches = (patterns: readonly RegExp[]): boolean => patterns.some((pattern) => pattern.test(folded));
  if (matches(LIST)) return { kind: 'list' };
  if (matches(FORGET_ALL)) return { kind: 'forget-all' };
  if (matches(FORGET_LAST)) return { kind: 'forget-last' };
  const subject = FORGET_SUBJECT.find(([, pattern]) => pattern.test(folded))?.[0];
  if (subject !== undefined) return { kind: 'forget-subject', subject };
  const words = FORGET_WORDS.exec(folded)?.[1];
  return words === undefined ? noteOf(text, folded) : { kind: 'forget-words', words };
}

function noteOf(text: string, folded: string): MemoryWish | null {
  const facts = saidFacts(text);
  const isCorrection = facts.some(({ kind }) => kind === 'name') && DENIES.test(folded);
  const isNote = facts.some(({ kind }) => NOTED_AT_ONCE.has(kind)) && isOnlyStatement(text);
  return facts.length > 0 && (isCorrection || isNote) ? { kind: 'note', facts } : null;
}

/** The same from the intent, where the words alone did not tell. */
export function wishOfIntent(intent: string, text: string): MemoryWish | null {
  if (intent === MEMORY_INTENTS.list) return { kind: 'list' };
  if (intent === MEMORY_INTENTS.forget) return { kind: 'forget-words', words: foldText(text.slice(0, MAX_LETTERS)) };
  if (intent !== MEMORY_INTENTS.correct) return null;
  const facts = saidFacts(text);
  return facts.length === 0 ? { kind: 'list' } : { kind: 'note', facts };
}

/** Small words that stand in one of the four languages only. Folded. */
const TELLING: readonly (readonly [string, RegExp])[] = [
  ['de', /\b(?:ich|mich|mir|vergiss|vergessen|weisst|heisse|hallo|bitte|uber|meinen|nicht)\b/],
  ['es', /\b(?:hola|llamo|llamame|olvid\w*|sabes|soy|vivo|mi nombre|por favor|puedo|prefiero)\b/],
  ['fr', /\b(?:bonjour|salut|mappelle|appelle|oublie[sz]?|sais|savez|jhabite|je|mon|moi|plait)\b/],
];

/** The language of a plain wish or statement, which is often too short for its small words to tell; null: English or unknown. */
export function memoryLanguage(text: string): string | null {
  if (memoryWish(text) === null) return null;
  const folded = foldText(text);
  return TELLING.find(([, words]) => words.test(folded))?.[0] ?? null;
}
