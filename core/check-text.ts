/** The text rules of `check`: links, images, secrets and personal data. Pure; used on whole replies and on sentences. */
import type { Nodes } from 'mdast';
import type { Block, Option } from './block.ts';

export type CheckRules = {
  /** Hosts (and their sub-domains) that replies may link to. */
  readonly allowedHosts: readonly string[];
  /** Others read along: no personal data at all. */
  readonly isPublic: boolean;
};

export type CheckedBlocks = {
  readonly blocks: Block[];
  readonly objections: readonly string[];
  /** Cutting something out is not enough; nothing of this may leave. */
  readonly isFatal: boolean;
};

/** Longer than any answer should be; a model that runs on is cut at a sentence. */
const MAX_TEXT = 6_000;

/** Shapes of keys and tokens, and of our own instructions. */
const SECRETS = [
  /\bsk-[A-Za-z0-9_-]{16,}/,
  /\b\d{8,12}:[A-Za-z0-9_-]{30,}/,
  /\bwhsec_[A-Za-z0-9+/=]{16,}/,
  /\bEAA[A-Za-z0-9]{30,}/,
  /\beyJ[A-Za-z0-9_-]{10,200}\.[A-Za-z0-9_-]{10,}\./,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /<<<(?:data|end)/i,
];
/**
 * Every pattern is linear in the length of the text: what repeats never begins with what it repeats, or is bounded. A
 * model that writes 32 000 opening brackets must not hold the process.
 */
const EMAIL = /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;
const MARKDOWN_IMAGE = /!\[([^[\]]*)\](?:\([^()]{0,2000}\)|\[[^[\]]*\])/g;
/** The address may hold brackets one level deep. */
const MARKDOWN_LINK =
  /\[([^[\]]*)\]\(\s{0,9}<?([^()\s>]{1,2000}(?:\([^()\s>]{0,200}\)[^()\s>]{0,200}){0,4})>?[^()]{0,500}\)/g;
const REFERENCE = /^[ \t]{0,3}\[[^[\]]+\]:[ \t]*<?([^\s>]+).*$/gm;
/** `<https://…>` is a link, not a tag; the address inside is looked at like any other. */
const HTML_TAG = /<\/?(?!https?:\/\/)[a-z][^<>]*>/gi;
/** Not at word boundaries: `_https://…_` is a link too, where Markdown is read. */
const BARE_URL =
  /[a-z][a-z0-9+.-]{0,20}:\/\/[^\s<>"')\]]+|(?<![a-z0-9])(?:(?:javascript|data|vbscript):[^\s]+|www\.[^\s<>"')\]]+)/gi;
/** What messengers turn into a link by themselves: a host with a path, or with one of the usual endings. */
const BARE_HOST =
  /(?<![\p{L}\p{N}@.:/_=?&#%-])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,6}(?:[a-z]{2,24}\/[^\s<>"')\]]*|(?:com|net|org|info|biz|io|app|xyz|ru|top|site|online|shop|link|click|example)(?![\p{L}\p{N}@-]|\.[\p{L}\p{N}]))/giu;
const ENDING_MARKS = /[.,;:!?'*_~]{1,40}$/;
/** Nothing but a plain host between the slashes: `\`, `@` and `&sol;` mean another host to whoever reads it next. */
const PLAIN_ADDRESS = /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?(?:[/?#]|$)/i;
/** Taking something out may put together what stood on both sides of it. */
const MAX_PASSES = 4;

export function checkBlocks(blocks: readonly Block[], rules: CheckRules): CheckedBlocks {
  const objections = new Set<string>();
  const object = (rule: string): void => void objections.add(rule);
  const checked = blocks.flatMap((block) => checkBlock(block, { rules, object }));
  return { blocks: checked, objections: [...objections], isFatal: objections.has('secret') };
}

type Checking = { readonly rules: CheckRules; readonly object: (rule: string) => void };

function checkBlock(block: Block, checking: Checking): readonly Block[] {
  const { rules, object } = checking;
  const clean = (text: string): string => checkText(text, checking);
  const name = (text: string): string => clean(text) || '–';
  const cleanOptions = (options: readonly Option[]): Option[] =>
    options.map((option) => ({ ...option, label: name(option.label) }));
  const isAllowed = (url: string): boolean => isAllowedUrl(url, rules.allowedHosts);
  switch (block.kind) {
    case 'text':
      return checkTextBlock(block, checking);
    case 'choices': {
      const prompt = block.prompt === undefined ? {} : { prompt: clean(block.prompt) };
      return [{ ...block, ...prompt, options: cleanOptions(block.options) }];
    }
    case 'card': {
      const { link, ...card } = block;
      const options = cleanOptions(card.options);
      const cleaned = { ...card, title: name(card.title), body: clean(card.body), options };
      if (link && !isAllowed(link.url)) object('foreign_link');
      return [link && isAllowed(link.url) ? { ...cleaned, link: { ...link, label: name(link.label) } } : cleaned];
    }
    case 'link':
      return allowedOnly({ ...block, label: name(block.label) }, checking);
    case 'media':
      return allowedOnly({ ...block, alt: clean(block.alt) }, checking);
    case 'citation': {
      const { url, ...citation } = { ...block, label: name(block.label) };
      return [url !== undefined && isAllowed(url) ? { ...citation, url } : citation];
    }
    case 'form':
      return [{ ...block, fields: block.fields.map((field) => ({ ...field, label: name(field.label) })) }];
    case 'table':
      return [{ ...block, header: block.header.map(clean), rows: block.rows.map((row) => row.map(clean)) }];
  }
}

function allowedOnly(block: Extract<Block, { kind: 'link' | 'media' }>, { rules, object }: Checking): readonly Block[] {
  if (isAllowedUrl(block.url, rules.allowedHosts)) return [block];
  object('foreign_link');
  return [];
}

function checkTextBlock(block: Extract<Block, { kind: 'text' }>, checking: Checking): readonly Block[] {
  const text = checkText(block.text, checking);
  if (text === '') return [];
  // The mdast root repeats the same words; after a change it would not any more.
  if (text !== block.text) return [{ kind: 'text', text }];
  if (block.root === undefined || isClean(block.root, checking.rules.allowedHosts)) return [block];
  checking.object('foreign_link');
  return [{ kind: 'text', text }];
}

/** Deeper than any answer nests its lists; whoever walks the tree later walks it by recursion. */
const MAX_DEPTH = 30;

/** The tree may carry addresses that its plain words do not show. */
function isClean(node: Nodes, hosts: readonly string[], depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  if (node.type === 'html' || node.type === 'image' || node.type === 'imageReference') return false;
  if ('url' in node && !isAllowedUrl(node.url, hosts) && !isWrittenOut(node)) return false;
  return !('children' in node) || node.children.every((child) => isClean(child, hosts, depth + 1));
}

/** An e-mail address that the words show; whether they may is another rule's affair. */
function isWrittenOut(node: Nodes): boolean {
  const [only] = node.type === 'link' ? node.children : [];
  return node.type === 'link' && only?.type === 'text' && node.url === `mailto:${only.value}`;
}

/** The text without what may not be in it; the label of a removed link stays. */
function checkText(text: string, checking: Checking): string {
  const { rules, object } = checking;
  if (SECRETS.some((secret) => secret.test(text))) object('secret');
  let clean = text;
  for (let pass = 0, before = ''; clean !== before && pass < MAX_PASSES; pass += 1) {
    before = clean;
    clean = withoutForeignLinks(withoutMarkup(clean, object), checking);
  }
  if (rules.isPublic) {
    clean = clean.replaceAll(EMAIL, () => {
      object('personal_in_public');
      return '…';
    });
  }
  return cut(clean === text ? text : clean.replaceAll(/[ \t]{2,}/g, ' ').trim(), object);
}

function withoutMarkup(text: string, object: Checking['object']): string {
  const untagged = text.replaceAll(HTML_TAG, () => {
    object('html');
    return '';
  });
  return untagged.replaceAll(MARKDOWN_IMAGE, (_, alt: string) => {
    object('image');
    return alt;
  });
}

function withoutForeignLinks(text: string, { rules, object }: Checking): string {
  const keepOr = (instead: string, { whole, url }: { readonly whole: string; readonly url: string }): string => {
    if (isAllowedUrl(url, rules.allowedHosts)) return whole;
    object('foreign_link');
    return instead;
  };
  const bare = (whole: string): string => {
    const end = ENDING_MARKS.exec(whole)?.[0] ?? '';
    const address = whole.slice(0, whole.length - end.length);
    const url = /^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`;
    return keepOr('', { whole: address, url }) + end;
  };
  return text
    .replaceAll(REFERENCE, (whole, url: string) => keepOr('', { whole, url }))
    .replaceAll(MARKDOWN_LINK, (whole, label: string, url: string) => keepOr(label, { whole, url }))
    .replaceAll(BARE_URL, bare)
    .replaceAll(BARE_HOST, bare);
}

function cut(text: string, object: (rule: string) => void): string {
  if (text.length <= MAX_TEXT) return text;
  object('too_long');
  const head = text.slice(0, MAX_TEXT);
  const end = Math.max(head.lastIndexOf('. '), head.lastIndexOf('\n'));
  return `${head.slice(0, end > MAX_TEXT / 2 ? end + 1 : MAX_TEXT)}…`;
}

function isAllowedUrl(text: string, hosts: readonly string[]): boolean {
  if (!PLAIN_ADDRESS.test(text) || !URL.canParse(text)) return false;
  // A full stop at the end of a host changes nothing; often it is the sentence's.
  const hostname = new URL(text).hostname.replace(/\.$/, '');
  return hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`));
}
