/**
 * The crisis floor: phrases per language, matched on folded text at word boundaries. It errs towards alarm; a trained
 * classifier and a second opinion stand behind it later.
 */

export type PhraseList = {
  readonly rule: string;
  readonly language: string;
  readonly phrases: readonly string[];
  /** True: a negation right before the phrase takes it back ("I don't want to die"). */
  readonly negatable?: boolean;
};

/** A comma between phrases, anything else belongs to them. */
function list(text: string): readonly string[] {
  return text.split(',').map((phrase) => phrase.trim());
}

export const CRISIS_PHRASES: readonly PhraseList[] = [
  {
    rule: 'wish-to-die',
    language: 'en',
    negatable: true,
    phrases: list(`want to die, wanna die, want to be dead, going to kill myself, gonna kill myself, kill myself,
    killing myself, killmyself,
    end my life, ending my life, endmylife, take my own life, take my life, suicidal, commit suicide,
    committing suicide, attempt suicide, hang myself, shoot myself, drown myself, end it all, wanna kms,
    want to kms, gonna kms, hurting myself, want to hurt myself, cut myself, cutting myself, self harm,
    selfharm, harm myself, unalive myself, overdose on`),
  },
  {
    rule: 'no-wish-to-live',
    language: 'en',
    phrases: list(`dont want to live, do not want to live, dont wanna live, not want to live, no longer want to live,
    dont want to be alive, do not want to be alive, dont want to exist, dont want to be here anymore,
    dont want to be here any more, do not want to be here anymore, do not want to be here any more,
    dont want to wake up, wish i was dead, wish i were dead,
    wish i was never born, better off dead, better off without me, no reason to live, nothing to live for,
    cant go on living, cannot go on living, cant go on anymore, tired of living, tired of being alive,
    ready to die, suicide note, my suicide, thinking about suicide, thinking of suicide, thoughts of suicide,
    considering suicide, suicide`),
  },
  {
    rule: 'third-person',
    language: 'en',
    phrases:
      list(`kill himself, kill herself, kill themselves, kill themself, end his life, end her life, end their life,
    take his own life, take her own life, wants to die, wants to be dead, wants to end it all`),
  },
  {
    rule: 'wish-to-die',
    language: 'de',
    phrases: list(`nicht mehr leben, nimmer leben, mich umbringen, bring mich um, bringe mich um, selbstmord, suizid,
    suizidgedanken, mir das leben nehmen, will sterben, möchte sterben, moechte sterben, mein leben beenden,
    will tot sein,
    wäre ich doch tot, ich ritze mich, mich selbst verletzen, keinen grund mehr zu leben, lebensmüde`),
  },
  {
    rule: 'wish-to-die',
    language: 'es',
    phrases:
      list(`no quiero vivir, no quiero seguir viviendo, ya no quiero vivir, quiero morir, quiero morirme, suicidarme,
    suicidio, me quiero suicidar, quiero matarme, me quiero matar, quitarme la vida, acabar con mi vida,
    hacerme daño, no vale la pena vivir`),
  },
  {
    rule: 'wish-to-die',
    language: 'fr',
    phrases: list(`ne veux plus vivre, veux plus vivre, envie de mourir, je veux mourir, me suicider, suicide, me tuer,
    en finir avec la vie, en finir avec ma vie, mettre fin à mes jours, plus envie de vivre`),
  },
  {
    rule: 'wish-to-die',
    language: 'pt',
    phrases:
      list(`não quero viver, não quero mais viver, quero morrer, me matar, suicídio, me suicidar, tirar minha vida,
    tirar a minha vida, acabar com a minha vida, acabar com minha vida`),
  },
  {
    rule: 'wish-to-die',
    language: 'it',
    phrases:
      list(`non voglio più vivere, non voglio vivere, voglio morire, suicidarmi, suicidio, uccidermi, farla finita,
    togliermi la vita`),
  },
  {
    rule: 'wish-to-die',
    language: 'nl',
    phrases:
      list(`wil niet meer leven, wil dood, dood willen, zelfmoord, mezelf van kant, mezelf doden, einde aan mijn leven,
    niet meer willen leven`),
  },
  {
    rule: 'wish-to-die',
    language: 'pl',
    phrases: list(`nie chcę żyć, nie chcę już żyć, chcę umrzeć, zabić się, samobójstwo, skończyć ze sobą`),
  },
  {
    rule: 'wish-to-die',
    language: 'ru',
    phrases: list(`не хочу жить, хочу умереть, покончить с собой, убить себя, самоубийство, суицид`),
  },
];

/** Idioms and topics that contain a crisis phrase and mean something else. They are cut out before matching. */
export const INNOCENT_PHRASES: readonly string[] =
  list(`kill myself laughing, killing myself laughing, suicide squad, suicide prevention, suicide awareness,
    prevención del suicidio, suizidprävention, prévention du suicide, lachend umbringen`);

/** Words that take back a negatable phrase, and those that may stand in between. */
export const NEGATIONS: readonly string[] = list(`dont, do not, not, never, wont, didnt, no longer, im not`);
export const NEGATION_FILLERS: readonly string[] = list(`going, to, ever, gonna, want, really, at, all, feeling`);

export const HARM_PHRASES: readonly string[] =
  list(`i will kill you, going to kill you, gonna kill you, i will kill him, i will kill her, i will kill them,
    going to kill him, going to kill her, going to kill them, blow up the, plant a bomb, build a bomb,
    ich bring dich um, ich bringe dich um, ich töte dich, te voy a matar, voy a matarte, je vais te tuer`);

export const MINORS_PHRASES: readonly string[] =
  list(`sex with a minor, sex with a child, sex with children, sex with kids, naked children, naked kids,
    child porn, kinderporno, pornografía infantil`);

export const ABUSE_PHRASES: readonly string[] =
  list(`fuck you, fuck off, you whore, you bitch, piece of shit, go to hell you, suck my dick, fick dich,
    verpiss dich, hurensohn, hijo de puta, vete a la mierda, va te faire foutre`);

export const INJECTION_PHRASES: readonly string[] =
  list(`ignore all previous, ignore previous instructions, ignore your instructions, ignore the above,
    disregard previous, disregard your, system prompt, your instructions are, you are now, developer mode,
    act as if you, jailbreak, repeat the text above, print your prompt`);
