/** Cuts a Markdown document into passages: one per heading, long ones at paragraph ends. Pure. */
import type { KnowledgeDocument, Passage } from './knowledge.ts';

/** Characters. Long enough for an answer, short enough that one passage is about one thing. */
const TARGET = 700;

export type CutPassage = Passage & { readonly position: number };

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
  for (const line of body.split('\n')) {
    const heading = /^(#{1,6})\s+(.+?)\s*#*$/.exec(line);
    if (heading?.[1] && heading[2]) {
      const above = sections.at(-1)?.headings.slice(0, Math.max(0, heading[1].length - 2)) ?? [];
      sections.push({ headings: heading[1].length === 1 ? [] : [...above, heading[2]], lines: [] });
    } else {
      sections.at(-1)?.lines.push(line);
    }
  }
  return sections
    .map(({ headings, lines }) => ({ headings, text: lines.join('\n').trim() }))
    .filter((section) => section.text !== '');
}

function cutText(text: string): readonly string[] {
  const parts: string[] = [];
  for (const paragraph of text.split(/\n{2,}/)) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + paragraph.length < TARGET)
      parts[parts.length - 1] = `${last}\n\n${paragraph}`;
    else parts.push(paragraph);
  }
  return parts;
}
