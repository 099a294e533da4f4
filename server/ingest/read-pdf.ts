/** The text of a PDF, page by page, with its paragraphs put together again. Runs in the parsing thread. */
import { extractText, getDocumentProxy, getMeta } from 'unpdf';
import { InvalidPayloadError } from '../../core/errors.ts';
import { cleanMarkdown } from './clean-markdown.ts';
import { requireWords } from './decode-text.ts';
import type { Draft, ParseJob } from './draft.ts';
import { nameToTitle } from './read-markdown.ts';

/** Throws InvalidPayloadError for what is no PDF, is locked, or has no text. */
export async function readPdf(job: ParseJob): Promise<Draft> {
  const pdf = await openPdf(job.bytes);
  const { text: pages } = await extractText(pdf, { mergePages: false });
  const texts = pages.map(pageText);
  requireWords(texts.join(''), 'is it a scan? Run text recognition (OCR) over it first');
  const sections = texts.map((text, index) => (text === '' ? '' : `## Page ${index + 1}\n\n${text}`));
  const body = cleanMarkdown(sections.filter((section) => section !== '').join('\n\n'));
  const title = (await titleOf(pdf)) || nameToTitle(job.name);
  return { title: title.slice(0, 200), body, url: job.url ?? undefined };
}

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;

async function openPdf(bytes: Uint8Array): Promise<Pdf> {
  try {
    return await getDocumentProxy(bytes, { disableFontFace: true, verbosity: 0 });
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'PasswordException') {
      throw new InvalidPayloadError('malformed', 'is locked with a password; save it without one', { cause: error });
    }
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new InvalidPayloadError('malformed', `is not a readable PDF (${reason}); export it again`, { cause: error });
  }
}

async function titleOf(pdf: Pdf): Promise<string> {
  const { info } = await getMeta(pdf).catch(() => ({ info: {} as Readonly<Record<string, unknown>> }));
  const title: unknown = info['Title'];
  // Word processors write their file name there.
  if (typeof title !== 'string' || /\.(?:docx?|indd|pptx?|odt|pdf)$|^untitled/i.test(title.trim())) return '';
  return title.replaceAll(/\s+/g, ' ').trim();
}

/** Lines of a paragraph are joined, a word cut at the end of a line is one word again; nothing of it is a heading. */
function pageText(page: string): string {
  return page
    .replaceAll(/(\p{L})-\n(\p{Ll})/gu, '$1$2')
    .replaceAll(/\n(?=\s*(?:[-•*–]|\d{1,2}[.)])\s)/g, '\n\n')
    .replaceAll(/([^\n])\n(?!\n)/g, '$1 ')
    .replaceAll('<', '&lt;')
    .replaceAll(/^\s*#/gm, '\\#')
    .trim();
}
