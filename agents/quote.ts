/** Finds in the recalled passages the one to three sentences that answer a question. Pure, and needs no model. */
import type { Block } from '../core/block.ts';
import type { FoundPassage } from '../core/knowledge.ts';
import {
  contentStems,
  contentTerms,
  hasSubject,
  hasTerm,
  type QuestionKind,
  questionKind,
  termSet,
} from './question.ts';
import { type Sentence, splitSentences } from './sentences.ts';

/** What quoting needs of a passage; a tool's result holds as much. */
export type Quotable = Pick<
  FoundPassage,
  'id' | 'title' | 'headings' | 'text' | 'language' | 'url' | 'similarity' | 'parts'
>;

export type Quote = {
  readonly passage: Quotable;
  /** One to three sentences, word for word but without Markdown. */
  readonly text: string;
  /** 0 to 1: how much of the question it covers. */
  readonly strength: number;
};

/** Below this a passage is about something else: better no answer than a wrong one. Found on the sample school's questions. */
const WEAKEST_ANSWER = 0.5;
/** The same for words that are surely a question about the organisation: then the nearest page helps more than none. */
export const WEAKEST_IN_SCOPE = 0.4;
/** From here on a passage answers so clearly that nothing else needs to be done first. */
export const CLEAR_ANSWER = 0.58;

const MAX_SENTENCES = 3;
const MAX_LENGTH = 420;
/** A quote shorter than this takes the next sentence along. */
const SHORT = 120;
/** What a word of the question is worth in a sentence, beside its meaning. */
const REPEATED = 0.3;
/** What it is worth to have been found first. */
const RANK_WEIGHT = 0.3;
/** How much of a question is its own words, beside what they mean: "studio" and "address" are one meaning and two things. */
const LITERAL = 0.3;
/** What it is worth when a passage repeats those words below its title, which all passages of a page share. */
const REPEATED_BELOW = 0.5;
/** Cosine of lexical vectors from which on a passage is near a question. */
const NEAR = 0.2;

/** The best quote of at least this strength, or null. */
export function bestQuote(question: string, passages: readonly Quotable[], atLeast = WEAKEST_ANSWER): Quote | null {
  const pieces = passages.flatMap(piecesOf);
  const asked = read(question, pieces);
  if (asked.words.length === 0) return null;
  const quotes = pieces.map(({ passage, rank }) => quoteOf(passage, { asked, rank })).filter((quote) => quote !== null);
  const best = quotes.toSorted((a, b) => b.order - a.order)[0];
  if (!best || best.strength < atLeast) return null;
  const { passage, text, strength } = best;
  const next = isOpening(passage) ? firstBelow(best, { quotes, atLeast }) : undefined;
  return next ? { passage: next.passage, text: `${text} ${next.text}`, strength } : { passage, text, strength };
}

/** The few words a page begins with say what it is about; what was asked stands below them. */
function isOpening({ headings, text }: Quotable): boolean {
  return headings.length === 0 && text.length < SHORT;
}

type Reading = { readonly quotes: readonly Candidate[]; readonly atLeast: number };

function firstBelow(opening: Candidate, { quotes, atLeast }: Reading): Candidate | undefined {
  const [document] = placeOf(opening);
  return quotes
    .filter((other) => other !== opening && placeOf(other)[0] === document && other.strength >= atLeast)
    .toSorted((a, b) => placeOf(a)[1] - placeOf(b)[1])[0];
}

/** The id of a passage is `<document>#<position>`. */
function placeOf({ passage: { id } }: Pick<Quote, 'passage'>): readonly [document: string, position: number] {
  const [document = id, position = ''] = id.split('#');
  return [document, Number(position)];
}

type Piece = { readonly passage: Quotable; readonly rank: number };

function read(question: string, pieces: readonly Piece[]): Asked {
  const kind = questionKind(question);
  const sets = pieces.map(({ passage }) => termSet(`${headOf(passage)} ${passage.text}`));
  // "How much" is asked for by the shape of the answer, not by its words.
  const terms = contentTerms(question).filter((term) => kind === null || term !== 'much');
  const words = weigh(terms, sets);
  return { kind, words, stems: weigh(contentStems(question), sets), hasSubject: hasSubject(question) };
}

/** What was joined to be read together is quoted from piece by piece; the one that was found stands before its neighbours. */
function piecesOf(passage: Quotable, rank: number): readonly Piece[] {
  if (!passage.parts) return [{ passage, rank }];
  return passage.parts.map((part) => ({
    passage: { ...passage, ...part, parts: undefined },
    rank: part.id === passage.id ? rank : rank + 1,
  }));
}

/** The quote as blocks: its words, then its source. */
export function quoteBlocks({ passage, text }: Pick<Quote, 'passage' | 'text'>): readonly Block[] {
  return [{ kind: 'text', text }, citationOf(passage)];
}

export function citationOf({ id, title, url }: Pick<Quotable, 'id' | 'title' | 'url'>): Block {
  const common = { kind: 'citation', passage: id, label: title.slice(0, 200) || id } as const;
  return url === null ? common : { ...common, url };
}

type Asked = {
  readonly words: readonly Weighted[];
  /** Stems of the question's own words: what repeats one is nearer than what says the like. */
  readonly stems: readonly Weighted[];
  readonly kind: QuestionKind | null;
  /** False: it names nothing but what everything here is about, and a heading that does proves nothing. */
  readonly hasSubject: boolean;
};
type Weighted = { readonly word: string; readonly weight: number };
type Candidate = Quote & { readonly order: number };

/** What a word counts that no passage says: it tells none of them apart, but may be what was asked for. */
const UNSAID = 0.8;

/** A term that stands in every recalled passage tells them apart less than one that stands in one of them. */
function weigh(words: readonly string[], sets: readonly ReadonlySet<string>[]): readonly Weighted[] {
  return words.map((word) => {
    const places = sets.filter((set) => hasTerm(set, word)).length;
    return { word, weight: places === 0 ? UNSAID : 0.4 + 0.6 / places };
  });
}

type Ranked = { readonly asked: Asked; readonly rank: number };

function quoteOf(passage: Quotable, { asked, rank }: Ranked): Candidate | null {
  const sentences = splitSentences(passage.text, passage.language);
  const head = termSet(headOf(passage));
  const hasShape = asked.kind !== null && sentences.some((sentence) => asked.kind?.shape.test(sentence.text));
  // A length that is there answers "how long", though it does not say so.
  const all = new Set([
    ...termSet(`${headOf(passage)} ${passage.text}`),
    ...(hasShape && asked.kind ? asked.kind.terms : []),
  ]);
  const named = shareOf(asked.words, head);
  // One rare word in a long text proves nothing: the passage as a whole, or its headings, must be near too.
  if (sentences.length === 0 || (passage.similarity < NEAR && named < 0.5)) return null;
  const covered = (1 - LITERAL) * shareOf(asked.words, all) + LITERAL * shareOf(asked.stems, all);
  const closeness = 0.8 * covered + 0.4 * Math.max(0, passage.similarity);
  const fit = closeness * (hasShape || asked.kind === null ? 1 : 0.7);
  const below = termSet(`${passage.headings.join(' ')} ${passage.text}`);
  const bonus =
    (asked.hasSubject ? 0.25 * named : 0) +
    0.5 * titleShare(passage, asked) +
    REPEATED_BELOW * shareOf(asked.stems, below);
  const order = fit + bonus + RANK_WEIGHT / (rank + 1);
  return { passage, text: pick(passage, { sentences, asked }), strength: Math.min(1, fit), order };
}

/** How much of the title the question names: tells the programme's own page from the page of one of its parts. */
function titleShare(passage: Quotable, asked: Asked): number {
  const title = contentTerms(passage.title);
  const named = new Set(asked.words.map(({ word }) => word));
  return title.filter((word) => hasTerm(named, word)).length / Math.max(1, title.length);
}

function scoreOf(sentence: Sentence, { words, stems, kind }: Asked): number {
  const said = termSet(sentence.text);
  const repeated = stems.filter(({ word }) => said.has(word)).length;
  const score = sumOf(words.filter(({ word }) => hasTerm(said, word))) + REPEATED * repeated;
  return score + (kind?.shape.test(sentence.text) ? 1.2 : 0);
}

type Picking = { readonly sentences: readonly Sentence[]; readonly asked: Asked };

/** A short passage whole; else the best sentence, and what follows it while that speaks of the question or lists. */
function pick(passage: Quotable, { sentences, asked }: Picking): string {
  const whole = [...leadIn(passage, { sentences, start: 0 }), ...sentences.map(({ text }) => text)].join(' ');
  if (sentences.length <= MAX_SENTENCES && whole.length <= MAX_LENGTH) return whole;
  const scores = sentences.map((sentence) => scoreOf(sentence, asked));
  const best = Math.max(...scores);
  const start = scores.indexOf(best);
  const steps = stepsAround(sentences, start);
  const told = [...leadIn(passage, { sentences, start: steps.start }), ...steps.texts].join(' ');
  if (steps.texts.length > 0 && told.length <= MAX_LENGTH) return told;
  const first = sentences[start];
  if (!first) return whole.slice(0, MAX_LENGTH);
  const chosen = [...leadIn(passage, { sentences, start }), first.text];
  for (const [offset, sentence] of sentences.slice(start + 1).entries()) {
    const length = chosen.join(' ').length;
    if (chosen.length >= MAX_SENTENCES || length + sentence.text.length > MAX_LENGTH) break;
    const speaks = best > 0 && (scores[start + 1 + offset] ?? 0) >= 0.5 * best;
    const belongs = sentence.isListEntry === first.isListEntry || chosen.at(-1)?.endsWith(':') === true;
    if (!belongs || !(speaks || length < SHORT)) break;
    chosen.push(sentence.text);
  }
  return chosen.join(' ');
}

/** All steps of the numbered list that this sentence stands in: one of them alone sends people astray. */
function stepsAround(sentences: readonly Sentence[], at: number) {
  const isStep = (index: number): boolean => sentences[index]?.isStep === true;
  let start = at;
  while (isStep(at) && isStep(start - 1)) start -= 1;
  const end = sentences.findIndex((_, index) => index >= at && !isStep(index));
  const texts = sentences.slice(start, end === -1 ? undefined : end).map(({ text }) => text);
  return { start, texts: isStep(at) ? texts : [] };
}

/** A list entry needs the words that introduce the list; a sentence that points back needs its heading. */
function leadIn(
  passage: Quotable,
  { sentences, start }: { readonly sentences: readonly Sentence[]; readonly start: number },
): readonly string[] {
  const first = sentences[start];
  const before = sentences.slice(0, start).findLast((sentence) => !sentence.isListEntry);
  if (first?.isListEntry && before) return [before.text];
  const heading = passage.headings.at(-1);
  const needsHeading = first?.isListEntry === true || POINTS_BACK.test(first?.text ?? '');
  return heading && needsHeading ? [`${heading}:`] : [];
}

const POINTS_BACK =
  /^(after that|afterwards|after it|from then on|then|later|otherwise|it|they|this|that|these|those|the same|danach|dann|ab dann|ab da|von da an|später|sonst|es|das|dies\w*|sie|después|a partir de|luego|eso|esto|estos|estas)\b/i;

function headOf(passage: Quotable): string {
  return [passage.title, ...passage.headings].join(' ');
}

function shareOf(words: readonly Weighted[], set: ReadonlySet<string>): number {
  return words.length === 0 ? 0 : sumOf(words.filter(({ word }) => hasTerm(set, word))) / sumOf(words);
}

function sumOf(words: readonly Weighted[]): number {
  return words.reduce((sum, { weight }) => sum + weight, 0);
}
