/** The few words that channels themselves put around a reply, in its language. What the organisation says is in tone.yaml. */

type Words = {
  /** In front of a citation. */
  readonly source: string;
  /** In front of options that cannot be pressed, where nobody should choose in public. */
  readonly chooseInPrivate: string;
};

const EN: Words = { source: 'Source: ', chooseInPrivate: 'Send us a message to choose: ' };

const WORDS: ReadonlyMap<string, Words> = new Map([
  ['en', EN],
  ['de', { source: 'Quelle: ', chooseInPrivate: 'Zum Auswählen bitte eine Nachricht an uns: ' }],
  ['es', { source: 'Fuente: ', chooseInPrivate: 'Para elegir, envíanos un mensaje: ' }],
  ['fr', { source: 'Source\u00a0: ', chooseInPrivate: 'Pour choisir, envoyez-nous un message\u00a0: ' }],
]);

/** The words for a BCP 47 locale; English for other languages and for none. */
export function wordsFor(locale: string | undefined): Words {
  return WORDS.get(locale?.slice(0, 2).toLowerCase() ?? 'en') ?? EN;
}
