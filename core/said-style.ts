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
const PLEASE = '(?:please|bitte|por favor|sil te plait|sil vous plait|gracias|thanks|danke|merci)';
const polite = (pattern: string): RegExp => new RegExp(`^(?:${PLEASE} )*${pattern}(?: ${PLEASE})*$`);

export const STYLE_RULES: readonly StyleRule[] = [
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
