/** Markdown as plain sentences: what can be quoted one by one. */

export type Sentence = {
  readonly text: string;
  /** Number of the paragraph or list entry it stands in. */
  readonly paragraph: number;
  readonly isListEntry: boolean;
  /** A numbered entry: it means little without those before it. */
  readonly isStep: boolean;
};

/** The sentences in order, without Markdown marks; headings and table rules are left out. `language` is BCP 47. */
export function splitSentences(markdown: string, language: string): readonly Sentence[] {
  const segmenter = new Intl.Segmenter(language, { granularity: 'sentence' });
  return paragraphsOf(markdown).flatMap(({ text, isListEntry, isStep }, paragraph) =>
    [...segmenter.segment(text)]
      .map(({ segment }) => ({ text: segment.trim(), paragraph, isListEntry, isStep }))
      .filter((sentence) => sentence.text !== ''),
  );
}

type Paragraph = { text: string; readonly isListEntry: boolean; readonly isStep: boolean };

function paragraphsOf(markdown: string): readonly Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let isOpen = false;
  for (const line of markdown.split('\n')) {
    const entry = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(.*)$/.exec(line)?.[1];
    const text = plainText(entry ?? line).trim();
    if (text === '' || /^\s*(#|```|\|?[-: |]+\|?$)/.test(line)) {
      isOpen = false;
    } else if (entry !== undefined || !isOpen) {
      paragraphs.push({ text, isListEntry: entry !== undefined, isStep: /^\s*\d{1,3}[.)]\s/.test(line) });
      isOpen = true;
    } else {
      const last = paragraphs.at(-1);
      if (last) last.text += ` ${text}`;
    }
  }
  return paragraphs;
}

/** Marks of emphasis, code, quotes and links taken away; a link keeps its words. */
function plainText(line: string): string {
  return line
    .replaceAll(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/(\*\*|__)(.+?)\1/g, '$2')
    .replaceAll(/(?<![\p{L}\p{N}])[*_](\S.*?)[*_](?![\p{L}\p{N}])/gu, '$1')
    .replaceAll('`', '')
    .replace(/^\s*>\s?/, '');
}
