/** Rules for what people say about how to answer them and when: language, length, times, diet. On folded clauses. */
import type { FactKind } from './fact.ts';

export type StyleRule = {
  readonly kind: FactKind;
  readonly subject: string;
  /** On a folded clause, whole; the first group is what `read` gets. */
  readonly patterns: readonly RegExp[];
  readonly read: (word: string) => string | null;
};

/** Folded name → ISO 639-1, in English, German, Spanish and French. */
const LANGUAGES = indexOf({
  en: 'english englisch ingles anglais',
  de: 'german deutsch aleman allemand',
  es: 'spanish spanisch espanol castellano espagnol',
  fr: 'french franzosisch frances francais',
  it: 'italian italienisch italiano italien',
  pt: 'portuguese portugiesisch portugues portugais',
  nl: 'dutch niederlandisch holandes neerlandes neerlandais',
  pl: 'polish polnisch polaco polonais',
  tr: 'turkish turkisch turco turc',
  uk: 'ukrainian ukrainisch ucraniano ukrainien',
  ru: 'russian russisch ruso russe',
  ar: 'arabic arabisch arabe',
});

const LENGTHS = indexOf({
  short:
    'short shorter brief briefly concise concisely kurz kurze kurzere breve breves corta cortas bref courte courtes',
  long: 'long longer detailed lange langere ausfuhrlich ausfuhrliche larga largas detallada detalladas longues detaillees',
});

const TIMES = indexOf({
  evenings: 'evening evenings night nights abend abends tarde tardes noche noches soir soirs',
  mornings: 'morning mornings morgens vormittags fruh manana mananas matin matins',
  afternoons: 'afternoon afternoons nachmittags mittags apresmidi',
  weekends: 'weekend weekends wochenende wochenenden finde weekends',
  weekdays: 'weekday weekdays werktags semana semaine',
});

const DIETS = indexOf({
  vegetarian: 'vegetarian vegetarier vegetarierin vegetarisch vegetariano vegetariana vegetarien vegetarienne',
  vegan: 'vegan veganer veganerin vegano vegana vegane',
});

/** Words of courtesy in any order around a wish. */
const PLEASE =
  '(?:please|bitte|por favor|sil te plait|sil vous plait|per favore|alsjeblieft|gracias|thanks|danke|merci|grazie)';
const polite = (pattern: string): RegExp => new RegExp(`^(?:${PLEASE} )*${pattern}(?: ${PLEASE})*$`);

/**
 * Wishes as whole clauses, folded and without courtesies; the value each asks for. What may as well ask for another answer
 * to the same question ("more details", "in simple words") is none.
 */
const LENGTH_WISHES = listOf({
  short: [
    ...['reply shorter', 'answer shorter', 'write shorter', 'keep it shorter', 'make it shorter', 'shorter answers'],
    ...['shorter replies', 'less text', 'be briefer', 'your answers are too long'],
    ...[
      'antworte kurzer',
      'antworten sie kurzer',
      'kurzer antworten',
      'schreib kurzer',
      'kurzere antworten',
      'weniger text',
      'fass dich kurzer',
    ],
    ...['responde mas corto', 'responde mas breve', 'mas corto', 'mas breve', 'respuestas mas cortas', 'menos texto'],
    ...['reponds plus court', 'repondez plus court', 'plus court', 'reponses plus courtes', 'moins de texte'],
    ...['rispondi piu breve', 'piu breve', 'risposte piu brevi', 'meno testo'],
    ...['responda mais curto', 'mais curto', 'respostas mais curtas', 'menos texto'],
    ...['antwoord korter', 'kortere antwoorden', 'minder tekst'],
  ],
  long: [
    ...['reply longer', 'answer longer', 'longer answers', 'answer in more detail', 'longer replies'],
    ...['antworte ausfuhrlicher', 'antworten sie ausfuhrlicher', 'ausfuhrlichere antworten', 'langere antworten'],
    ...['responde con mas detalle', 'respuestas mas largas'],
    ...['reponds plus en detail', 'reponses plus longues'],
  ],
});

const TONE_WISHES = listOf({
  formal: [
    ...['be more formal', 'be formal', 'more formal', 'answer formally', 'use formal language'],
    ...['siezen sie mich', 'sieze mich', 'formeller'],
    ...['hableme de usted', 'hablame de usted', 'trateme de usted', 'tratame de usted', 'mas formal'],
    ...['vouvoyez moi', 'vouvoie moi', 'plus formel'],
    ...['mi dia del lei', 'piu formale', 'mais formal', 'formeler'],
  ],
  warm: [
    ...['be less formal', 'less formal', 'be more casual', 'more casual', 'be friendlier', 'be warmer'],
    ...['duz mich', 'duze mich', 'du kannst mich duzen', 'sie konnen mich duzen', 'lockerer'],
    ...['tuteame', 'me puedes tutear', 'menos formal'],
    ...['tutoie moi', 'tu peux me tutoyer', 'vous pouvez me tutoyer', 'moins formel'],
    ...['dammi del tu', 'meno formale', 'minder formeel'],
  ],
  plain: [
    ...['use simple words', 'use simple language', 'use plain language', 'use simpler words', 'plain language'],
    ...['einfache sprache', 'in einfacher sprache', 'einfachere worter'],
    ...['usa palabras sencillas', 'lenguaje sencillo'],
    ...['utilise des mots simples', 'langage simple'],
    ...['usa parole semplici', 'use palavras simples', 'eenvoudige taal'],
  ],
});

const WHOLE_CLAUSE = /^(.+)$/;
const COURTESIES = new RegExp(
  ` ?\\b(?:${PLEASE}|from now on|in future|ab jetzt|in zukunft|a partir de ahora|desormais)\\b`,
  'g',
);

/** Bare words that only courtesy makes a wish: "shorter, please". */
const BARE_LENGTHS = indexOf({
  short: 'shorter short brief kurzer kurz corto breve court bref korter curto',
});

export const STYLE_RULES: readonly StyleRule[] = [
  {
    kind: 'preference',
    subject: 'length',
    read: (words) => LENGTH_WISHES.get(withoutCourtesy(words)) ?? null,
    patterns: [WHOLE_CLAUSE],
  },
  {
    kind: 'preference',
    subject: 'length',
    read: (word) => BARE_LENGTHS.get(word) ?? null,
    patterns: [new RegExp(`^(\\w+) ${PLEASE}$`), new RegExp(`^${PLEASE} (\\w+)$`)],
  },
  {
    kind: 'preference',
    subject: 'tone',
    read: (words) => TONE_WISHES.get(withoutCourtesy(words)) ?? null,
    patterns: [WHOLE_CLAUSE],
  },
  {
    kind: 'language',
    subject: 'language',
    read: (word) => LANGUAGES.get(word) ?? null,
    patterns: [
      polite(
        '(?:can you |could you |would you |you can |kindly )*(?:please )?(?:answer|write|reply|respond|speak|talk|text)(?: back)?(?: to)?(?: me| us)?(?: only)? in (\\w+)(?: from now on| only| instead)?',
      ),
      new RegExp(`^(?:in|auf|en) (\\w+) ${PLEASE}$`),
      new RegExp(`^${PLEASE} (?:in|auf|en) (\\w+)$`),
      new RegExp(`^(\\w+) ${PLEASE}$`),
      polite(
        '(?:antworte|antworten sie|schreib|schreibe|schreiben sie|sprich|rede)(?: bitte| mir| mit mir| nur)* (?:auf|in) (\\w+)',
      ),
      polite(
        '(?:kannst du|konntest du|konnen sie|konnten sie)(?: bitte| mir| mit mir)* (?:auf|in) (\\w+)(?: bitte)? (?:antworten|schreiben|sprechen|reden)',
      ),
      polite(
        '(?:puedes |podrias |puede |podria )?(?:respond\\w*|contest\\w*|escrib\\w*|habl\\w*)(?: me)?(?: por favor)? en (\\w+)',
      ),
      polite(
        '(?:peux tu |pourrais tu |pouvez vous |pourriez vous |tu peux )?(?:me )?(?:repon\\w*|ecri\\w*|parl\\w*)(?: moi)?(?: sil te plait| sil vous plait)? en (\\w+)',
      ),
      polite('i (?:prefer|would prefer|only speak|only understand) (\\w+)'),
      polite('ich (?:bevorzuge|spreche nur|verstehe nur) (\\w+)'),
      polite('(?:yo )?(?:prefiero|solo hablo|solo entiendo)(?: el)? (\\w+)'),
      polite('je (?:prefere|ne parle que|ne comprends que)(?: le)? l?(\\w+)'),
    ],
  },
  {
    kind: 'preference',
    subject: 'length',
    read: (word) => LENGTHS.get(word) ?? null,
    patterns: [
      polite(
        '(?:keep|make) (?:it|your answers?|the answers?|answers|your replies|replies)(?: all)? (short|brief|concise)',
      ),
      polite('(short|brief) (?:answers?|replies|messages)(?: only)?'),
      polite(
        'i (?:prefer|like|want|would like|need) (short|shorter|brief|concise|long|longer|detailed) (?:answers?|replies|messages)',
      ),
      polite('(?:be|answer|reply) (brief|briefly|concise|concisely)'),
      polite('(?:fass dich|fassen sie sich|halt dich|halte dich|halten sie sich)(?: bitte)? (kurz)'),
      polite('(?:nur )?(kurze) antworten'),
      polite(
        'ich (?:mag|mochte|bevorzuge|will|hatte gern|hatte gerne)(?: lieber| gern| gerne)? (kurze|kurzere|lange|langere|ausfuhrliche) antworten',
      ),
      polite('(?:antworte|antworten sie)(?: mir)?(?: bitte)? (kurz|ausfuhrlich)'),
      polite('(?:se|sea) (breve)'),
      polite('respuestas (cortas|breves)'),
      polite('(?:yo )?(?:prefiero|quiero|me gustan)(?: las)? respuestas (cortas|breves|largas|detalladas)'),
      polite('(?:sois|soyez) (bref|breve)'),
      polite('(?:des )?reponses (courtes|breves)'),
      polite('je (?:prefere|veux|voudrais)(?: des| les)? reponses (courtes|breves|longues|detaillees)'),
    ],
  },
  {
    kind: 'circumstance',
    subject: 'time',
    read: (word) => TIMES.get(word.replaceAll(' ', '')) ?? null,
    patterns: [
      /^i (?:can )?(?:only|just) (?:can )?(?:(?:do|make|manage|practise|practice|have time)(?: it| this| for this)* )?(?:on |in |at )?(?:the )?(evenings?|mornings?|afternoons?|nights?|weekends?|weekdays?)(?: .*)?$/,
      /^i can (?:do|make|manage|practise|practice)(?: it| this)? only (?:on |in |at )?(?:the )?(evenings?|mornings?|afternoons?|weekends?|weekdays?)(?: .*)?$/,
      /^ich (?:kann|habe)(?: leider| diese woche| gerade)* nur (?:am |an )?(abends?|morgens|vormittags|nachmittags|mittags|wochenenden?|werktags)(?: .*)?$/,
      /^(?:yo )?(?:solo|solamente) (?:puedo|tengo tiempo)(?: por| en| los| las| a| la| el| de)* (tardes?|noches?|mananas?|finde|semana)(?: .*)?$/,
      /^je (?:ne )?(?:peux|suis libre|suis disponible|suis dispo) que (?:le |les |en |l)?(soirs?|matins?|apres midi|weekends?|semaine)(?: .*)?$/,
    ],
  },
  {
    kind: 'circumstance',
    subject: 'diet',
    read: (word) => DIETS.get(word) ?? null,
    patterns: [/^(?:i am|im|ich bin|yo soy|soy|je suis) (?:a |an |un |une |ein |eine )?(\w+)$/],
  },
];

function indexOf(words: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(words).flatMap(([value, list]) => list.split(' ').map((word) => [word, value] as const)),
  );
}

function listOf(phrases: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(phrases).flatMap(([value, list]) => list.map((phrase) => [phrase, value] as const)));
}

/** Wherever they stand: "antworte bitte kürzer". */
function withoutCourtesy(words: string): string {
  return words.replaceAll(COURTESIES, '').trim();
}
