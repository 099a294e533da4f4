/** One document of any kind, from bytes to a draft. Runs in the parsing thread: whatever a stranger wrote is opened here. */
import type { ParseJob, Piece } from './draft.ts';
import { readFaq } from './read-faq.ts';
import { readHtml } from './read-html.ts';
import { readMarkdown } from './read-markdown.ts';
import { readPdf } from './read-pdf.ts';

/** One piece, or for a FAQ one for each question. Throws InvalidPayloadError. */
export async function parseDocument(job: ParseJob): Promise<readonly Piece[]> {
  switch (job.kind) {
    case 'markdown':
    case 'text':
      return [{ line: '', key: '', draft: readMarkdown(job) }];
    case 'html':
      return [{ line: '', key: '', draft: readHtml(job) }];
    case 'pdf':
      return [{ line: '', key: '', draft: await readPdf(job) }];
    case 'faq-csv':
    case 'faq-json':
      return readFaq(job);
  }
}
