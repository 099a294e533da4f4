/** Untrusted Markdown made harmless: no HTML, no images, links to http and https only. Code stays as it is written. */
import type { Definition, Nodes, Parents, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { InvalidPayloadError } from '../../core/errors.ts';
import { tidyText } from './decode-text.ts';
import { HIDDEN_TAGS, textOfHtml } from './text-of-html.ts';

/** Taking something out may bring two halves of something else together, so it is done until nothing changes. */
const MOST_ROUNDS = 5;
/** Without one of these there is nothing to clean, and parsing is slow. */
const WORTH_PARSING = /<|\]\s?[(:[]/;

type Edit = { readonly start: number; readonly end: number; readonly text: string };

/** Throws InvalidPayloadError('malformed') when it does not come to rest: only what was made to hurt does not. */
export function cleanMarkdown(text: string): string {
  let clean = tidyText(text);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const before = clean;
    clean = WORTH_PARSING.test(clean) ? cleanOnce(clean) : clean;
    if (clean === before) return clean;
  }
  throw new InvalidPayloadError('malformed', 'holds HTML inside HTML that cannot be taken out; write it as Markdown');
}

function cleanOnce(text: string): string {
  // Without the extensions of GitHub: theirs put nodes in that have no place in the text.
  const root = fromMarkdown(text);
  const badNames = new Set<string>();
  findDefinitions(root, (definition) => {
    if (!isWebAddress(definition.url)) badNames.add(definition.identifier);
  });
  let clean = '';
  let end = 0;
  for (const edit of childEdits(root, { source: text, badNames })) {
    clean += text.slice(end, edit.start) + edit.text;
    end = edit.end;
  }
  return (clean + text.slice(end)).trim();
}

type Work = { readonly source: string; readonly badNames: ReadonlySet<string> };

/** In the order of the text. */
function childEdits(parent: Parents, work: Work): readonly Edit[] {
  const edits: Edit[] = [];
  let hidden: string | null = null;
  for (const child of parent.children) {
    const tag = child.type === 'html' ? tagOf(child.value) : null;
    if (hidden !== null) {
      // Between <script> and </script> of one line the parser sees text.
      if (tag === `/${hidden}`) hidden = null;
      edits.push(replaced(child, ''));
      continue;
    }
    edits.push(...nodeEdits(child, work));
    if (tag !== null && HIDDEN_TAGS.has(tag) && !closes(child, tag)) hidden = tag;
  }
  return edits;
}

function nodeEdits(node: RootContent, work: Work): readonly Edit[] {
  switch (node.type) {
    case 'html':
      return [replaced(node, textOfHtml(node.value))];
    case 'image':
    case 'imageReference':
      return [replaced(node, (node.alt ?? '').replaceAll(/[[\]<>]/g, ''))];
    case 'definition':
      return isWebAddress(node.url) ? [] : [replaced(node, '')];
    case 'text':
      return textEdits(node, work);
    case 'link':
      return isWebAddress(node.url) ? childEdits(node, work) : unwrapped(node, work);
    case 'linkReference':
      return work.badNames.has(node.identifier) ? unwrapped(node, work) : childEdits(node, work);
    default:
      return 'children' in node ? childEdits(node, work) : [];
  }
}

/** A `<` that stands alone may not become a tag once what follows it is gone. */
function textEdits(node: RootContent, { source }: Work): readonly Edit[] {
  const { start, end } = placeOf(node);
  return [...source.slice(start, end).matchAll(/\\?<(?![\s\d=])/g)].map(({ index, 0: found }) => {
    return { start: start + index, end: start + index + found.length, text: '&lt;' };
  });
}

/** The label stays, the address goes. */
function unwrapped(node: Parents & RootContent, work: Work): readonly Edit[] {
  const { start, end } = placeOf(node);
  const [first, last] = [node.children[0], node.children.at(-1)];
  if (first === undefined || last === undefined) return [replaced(node, '')];
  const label = { start: placeOf(first).start, end: placeOf(last).end };
  return [{ start, end: label.start, text: '' }, ...childEdits(node, work), { start: label.end, end, text: '' }];
}

function replaced(node: RootContent, text: string): Edit {
  return { ...placeOf(node), text };
}

function placeOf(node: Nodes): { readonly start: number; readonly end: number } {
  return { start: node.position?.start.offset ?? 0, end: node.position?.end.offset ?? 0 };
}

function findDefinitions(node: Nodes, see: (definition: Definition) => void): void {
  if (node.type === 'definition') see(node);
  if ('children' in node) for (const child of node.children) findDefinitions(child, see);
}

function tagOf(html: string): string | null {
  return /^<(\/?[a-z][a-z0-9]*)/i.exec(html)?.[1]?.toLowerCase() ?? null;
}

function closes(node: RootContent, tag: string): boolean {
  return node.type === 'html' && node.value.toLowerCase().includes(`</${tag}`);
}

function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}
