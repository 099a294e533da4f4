/** Markdown and plain text: front matter if there is some, a title, and a body without HTML. */
import { z } from 'zod';
import { InvalidPayloadError } from '../../core/errors.ts';
import { KnowledgeDocument } from '../../core/knowledge.ts';
import { Validity, validityOf } from '../../core/validity.ts';
import { parseArticleFile } from '../workspace-files.ts';
import { cleanMarkdown } from './clean-markdown.ts';
import { decodeText, requireWords } from './decode-text.ts';
import { DocumentAudience, type Draft, type ParseJob } from './draft.ts';

/** Keys that other tools write (date, tags, layout) are no mistake here. */
const FrontMatter = z.looseObject({
  title: KnowledgeDocument.shape.title.optional(),
  audience: DocumentAudience.optional(),
  language: z.string().optional(),
  url: KnowledgeDocument.shape.url,
  'valid-from': Validity.optional(),
  'valid-until': Validity.optional(),
});

/** Throws InvalidPayloadError, with the line as its path, for front matter that cannot be used and for texts without words. */
export function readMarkdown(job: ParseJob): Draft {
  const text = decodeText(job.bytes, job.charset).replace(/^\ufeff/, '');
  const { front, body } = job.kind === 'markdown' ? partsOf(text, job.name) : { front: {}, body: text };
  const clean = cleanMarkdown(body);
  requireWords(clean, 'write some, or take it out of the source');
  return {
    title: front.title ?? titleOf(clean) ?? nameToTitle(job.name),
    body: clean,
    audience: front.audience,
    language: front.language,
    url: front.url,
    ...validityOf(front),
  };
}

function partsOf(text: string, name: string): { readonly front: z.infer<typeof FrontMatter>; readonly body: string } {
  if (!/^---[ \t]*\r?\n/.test(text)) return { front: {}, body: text };
  const source = parseArticleFile({ name, file: name, text, problems: [] }, FrontMatter);
  if (source.value !== null) return source.value;
  const problem = source.problems[0];
  throw new InvalidPayloadError('malformed', problem?.says ?? 'the front matter cannot be read', {
    path: String(problem?.line ?? 1),
  });
}

/** The first heading of the first level, without its marks. */
function titleOf(body: string): string | null {
  const heading = /^# +(\S.*)$/m.exec(body)?.[1] ?? '';
  const plain = heading.replaceAll(/[*_`]|\]\([^)\s]*\)|\[/g, '').trim();
  return plain === '' ? null : plain.slice(0, 200);
}

/** `opening-hours.md` → `opening hours` */
export function nameToTitle(name: string): string {
  return (
    name
      .replace(/\.[a-z]{1,8}$/i, '')
      .replaceAll(/[-_]+/g, ' ')
      .trim()
      .slice(0, 200) || 'Untitled'
  );
}
