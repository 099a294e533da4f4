/** A web page as Markdown: the article without what stands around it, found by Readability. Runs in the parsing thread. */
import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import { InvalidPayloadError } from '../../core/errors.ts';
import { cleanMarkdown } from './clean-markdown.ts';
import { decodeText, requireWords, tidyText } from './decode-text.ts';
import type { Draft, ParseJob } from './draft.ts';
import { htmlToMarkdown } from './html-to-markdown.ts';
import { nameToTitle } from './read-markdown.ts';

/** Readability needs a cube of the depth: pages that people wrote stay below 60. */
const DEEPEST = 256;
const MOST_ELEMENTS = 100_000;
const ASIDE =
  'script,style,template,noscript,iframe,object,embed,svg,nav,header,footer,aside,form,[hidden],[aria-hidden=true]';

/** Throws InvalidPayloadError for pages without words and for pages that are nested without reason. */
export function readHtml(job: ParseJob): Draft {
  const html = tidyText(decodeText(job.bytes, job.charset ?? charsetOf(job.bytes)));
  const { document } = parseHTML(/<html[\s>]/i.test(html) ? html : `<!doctype html><html><body>${html}</body></html>`);
  refuseHostileTree(document);
  completeBody(document);
  const language = document.documentElement.getAttribute('lang') ?? undefined;
  const article = readArticle(document);
  const body = withoutTitle(cleanMarkdown(htmlToMarkdown(article.html, job.url)), article.title);
  requireWords(body, 'is it filled in by a script? Save what the browser shows, or take it out of the source');
  const title = article.title || nameToTitle(job.name);
  return { title: title.slice(0, 200), body, language, url: job.url ?? undefined };
}

/** The title stands above every passage already. */
function withoutTitle(body: string, title: string): string {
  const heading = `## ${title}\n`;
  return body.startsWith(heading) ? body.slice(heading.length).trim() : body;
}

/** The tags of a body may be left out; this parser, unlike a browser, does not put them in. */
function completeBody(document: Document): void {
  const html = document.documentElement;
  if (document.querySelector('body') !== null) return;
  const body = document.createElement('body');
  for (const child of [...html.childNodes]) if (child.nodeName.toLowerCase() !== 'head') body.append(child);
  html.append(body);
}

/** `<meta charset>` within the first kilobyte; bytes outside ASCII do not matter for finding it. */
function charsetOf(bytes: Uint8Array): string | null {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 1_024));
  return /<meta[^>]{1,200}charset\s{0,9}=\s{0,9}["']?([a-z0-9_-]{2,30})/i.exec(start)?.[1]?.toLowerCase() ?? null;
}

function refuseHostileTree(document: Document): void {
  let count = 0;
  const open: { readonly element: Element; readonly depth: number }[] = [
    { element: document.documentElement, depth: 1 },
  ];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    count += 1;
    const { depth } = at;
    if (depth > DEEPEST) throw tooMuch(`nests more than ${DEEPEST} tags`);
    if (count > MOST_ELEMENTS) throw tooMuch(`has more than ${MOST_ELEMENTS} elements`);
    for (const element of at.element.children) open.push({ element, depth: depth + 1 });
  }
}

function tooMuch(what: string): InvalidPayloadError {
  return new InvalidPayloadError('too_large', `${what} into each other or one after the other; simplify the page`);
}

type Article = { readonly title: string; readonly html: string };

/** What Readability cannot read, mostly short pages, is taken as a whole without its margins. */
function readArticle(document: Document): Article {
  const heading = plainText(document.querySelector('h1')) || plainText(document.querySelector('title'));
  for (const element of document.querySelectorAll(ASIDE)) if (isHidden(element)) element.remove();
  const whole = document.cloneNode(true) as Document;
  const article = new Readability(document, { charThreshold: 200 }).parse();
  if (article?.content && (article.textContent ?? '').trim() !== '') {
    return { title: heading || (article.title ?? '').trim(), html: article.content };
  }
  for (const element of whole.querySelectorAll(ASIDE)) element.remove();
  const main = whole.querySelector('main,article') ?? whole.body;
  return { title: heading, html: main?.innerHTML ?? '' };
}

/** Margins may help Readability; what no reader sees must not be read by anybody. */
function isHidden(element: Element): boolean {
  return (
    !/^(?:nav|header|footer|aside|form)$/i.test(element.localName) || element.matches('[hidden],[aria-hidden=true]')
  );
}

function plainText(element: Element | null): string {
  return (element?.textContent ?? '').replaceAll(/\s+/g, ' ').trim();
}
