/** HTML elements to Markdown by turndown, with the rules of this house: headings below the title, plain tables, safe links. */
import TurndownService from 'turndown';

const DROPPED = ['script', 'style', 'noscript', 'iframe', 'object', 'button', 'select', 'textarea', 'title'] as const;

/** `base` is where relative links start; without it they lose their address. */
export function htmlToMarkdown(html: string, base: string | null): string {
  const service = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' });
  // Turndown escapes for round trips; passages are read by people too. What could be a tag or a heading must not be one.
  service.escape = (text) => text.replaceAll('<', '&lt;').replaceAll(/^(#{1,6}\s)/gm, '\\$1');
  service.remove([...DROPPED]);
  service.addRule('heading', {
    // The title of the document stands above all of them.
    filter: ['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'summary'],
    replacement: (content, node) => headingText(content, /^h([1-6])$/i.exec(node.nodeName)?.[1]),
  });
  service.addRule('image', { filter: ['img', 'picture', 'video', 'audio'], replacement: () => '' });
  service.addRule('cell', { filter: ['th', 'td'], replacement: (content) => `${onOneLine(content)} | ` });
  service.addRule('row', { filter: 'tr', replacement: (content) => `\n${content.replace(/ \| $/, '')}` });
  service.addRule('link', {
    filter: 'a',
    replacement: (content, node) => linkText(content, addressOf(hrefOf(node), base)),
  });
  return service.turndown(html);
}

function headingText(content: string, level: string | undefined): string {
  const text = onOneLine(content);
  return text === '' ? '' : `\n\n${'#'.repeat(Math.max(2, Number(level ?? 3)))} ${text}\n\n`;
}

function linkText(content: string, address: string | null): string {
  const label = onOneLine(content);
  return address === null || label === '' ? content : `[${label}](${address})`;
}

function hrefOf(node: TurndownService.Node): string {
  return 'getAttribute' in node ? (node.getAttribute('href') ?? '') : '';
}

function addressOf(href: string, base: string | null): string | null {
  const url = base === null ? URL.parse(href) : URL.parse(href, base);
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  // A place on the page itself is of no use in an answer.
  if (href.startsWith('#')) return null;
  return url.href.replaceAll('(', '%28').replaceAll(')', '%29');
}

function onOneLine(content: string): string {
  return content.replaceAll(/\s+/g, ' ').trim();
}
