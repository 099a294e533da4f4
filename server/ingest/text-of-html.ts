/** The words of a piece of HTML inside Markdown, by one walk from left to right. Pure, linear whatever it is given. */

/** What stands inside these is not for readers. */
export const HIDDEN_TAGS: ReadonlySet<string> = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'iframe',
  'object',
  'embed',
  'svg',
  'math',
  'textarea',
  'select',
  'title',
]);
const INLINE = new Set('a abbr b bdi code em i kbd mark s small span strong sub sup u wbr'.split(' '));

/** Tags become nothing, or a space where they part words; `<` that opens none becomes `&lt;`. */
export function textOfHtml(html: string): string {
  const lower = html.toLowerCase();
  let text = '';
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open === -1) return text + html.slice(at);
    text += html.slice(at, open);
    const end = tagEnd(lower, open);
    // No end: the rest is no tag, and looking for one again at every `<` would be quadratic.
    if (end === -1) return text + html.slice(open).replaceAll('<', '&lt;');
    text += partsWords(nameAt(lower, open)) ? ' ' : '';
    at = end;
  }
  return text;
}

function tagEnd(lower: string, open: number): number {
  if (lower.startsWith('<!--', open)) return after(lower, '-->', open);
  const name = nameAt(lower, open);
  if (HIDDEN_TAGS.has(name)) {
    const close = lower.indexOf(`</${name}`, open);
    return close === -1 ? lower.length : after(lower, '>', close);
  }
  return after(lower, '>', open);
}

function after(text: string, sign: string, from: number): number {
  const found = text.indexOf(sign, from);
  return found === -1 ? -1 : found + sign.length;
}

function partsWords(name: string): boolean {
  return !INLINE.has(name) && !HIDDEN_TAGS.has(name);
}

function nameAt(lower: string, open: number): string {
  return /^<\/?([a-z][a-z0-9]*)/.exec(lower.slice(open, open + 24))?.[1] ?? '';
}
