/** Cuts a Markdown document into passages: one per heading, long ones at the nearest end of a thought. Pure, linear. */
import type { KnowledgeDocument, Passage } from './knowledge.ts';

/** Characters. Long enough for an answer, short enough that one passage is about one thing. */
const TARGET = 700;
/** A paragraph above this is cut inside: at a line, else at a sentence, else between words. */
const LONGEST = 2 * TARGET;
const FENCE = /^ {0,3}(?:`{3,}|~{3,})/;

export type CutPassage = Passage & { readonly position: number };

/** The passages of a document in order; none when it has no text below its headings. */
export function splitDocument(document: KnowledgeDocument): readonly CutPassage[] {
  const pieces = sectionsOf(document.body).flatMap(({ headings, text }) =>
    cutText(text).map((part) => ({ headings, text: part })),
  );
  return pieces.map(({ headings, text }, position) => ({
    id: `${document.id}#${position}`,
    document: document.id,
    position,
    title: document.title,
    headings,
    text,
    audience: document.audience,
    language: document.language,
    url: document.url ?? null,
  }));
}

/** What is embedded and searched: the words with their place, because a section often does not repeat its subject. */
export function searchTextOf(passage: Pick<Passage, 'title' | 'headings' | 'text'>): string {
  return [passage.title, ...passage.headings, passage.text].join('\n');
}

type Section = { readonly headings: string[]; readonly text: string };

function sectionsOf(body: string): readonly Section[] {
  const sections: { headings: string[]; lines: string[] }[] = [{ headings: [], lines: [] }];
  let isCode = false;
  for (const line of body.split('\n')) {
    if (FENCE.test(line)) isCode = !isCode;
    // A comment in a piece of code begins like a heading.
    const heading = isCode ? null : headingOf(line);
    if (heading) {
      const above = sections.at(-1)?.headings.slice(0, Math.max(0, heading.level - 2)) ?? [];
      sections.push({ headings: heading.level === 1 ? [] : [...above, heading.text], lines: [] });
    } else {
      sections.at(-1)?.lines.push(line);
    }
  }
  return sections
    .map(({ headings, lines }) => ({ headings, text: lines.join('\n').trim() }))
    .filter((section) => section.text !== '');
}

function headingOf(line: string): { readonly level: number; readonly text: string } | null {
  const level = /^(#{1,6})\s/.exec(line)?.[1]?.length;
  if (level === undefined) return null;
  const words = line.slice(level).trim();
  // Closing number signs stand apart; those of "C#" belong to the name. A regular expression would be quadratic here.
  let end = words.length;
  while (words[end - 1] === '#') end -= 1;
  const text = end === 0 || /\s/.test(words[end - 1] ?? '') ? words.slice(0, end).trim() : words;
  return text === '' ? null : { level, text };
}

function cutText(text: string): readonly string[] {
  const parts: string[] = [];
  for (const paragraph of text.split(/\n{2,}/)) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + paragraph.length < TARGET)
      parts[parts.length - 1] = `${last}\n\n${paragraph}`;
    else if (paragraph.length <= LONGEST) parts.push(paragraph);
    else parts.push(...cutParagraph(paragraph));
  }
  return parts;
}

function cutParagraph(paragraph: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  while (paragraph.length - start > LONGEST) {
    const end = start + cutPlace(paragraph.slice(start, start + TARGET));
    parts.push(paragraph.slice(start, end).trim());
    start = end;
  }
  parts.push(paragraph.slice(start).trim());
  return parts.filter((part) => part !== '');
}

/** Where to cut a window of text: in its second half if possible, so that no piece is a crumb. */
function cutPlace(window: string): number {
  const half = window.length / 2;
  const line = window.lastIndexOf('\n');
  if (line > half) return line + 1;
  let sentence = 0;
  for (const { index, 0: end } of window.matchAll(/[.!?…。！？؟।][)"'”’»]?\s|[。！？]/gu))
    sentence = index + end.length;
  if (sentence > half) return sentence;
  const space = window.lastIndexOf(' ');
  if (space > half) return space + 1;
  // Never between the halves of a surrogate pair.
  return /[\ud800-\udbff]$/.test(window) ? window.length - 1 : window.length;
}
