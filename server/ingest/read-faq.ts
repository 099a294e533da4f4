/** Questions with answers from CSV or JSON: one document each, its place kept for messages. */
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { errorCode, InvalidPayloadError } from '../../core/errors.ts';
import { Validity, validityOf } from '../../core/validity.ts';
import { cleanMarkdown } from './clean-markdown.ts';
import { decodeText, requireWords } from './decode-text.ts';
import { DocumentAudience, type Draft, type ParseJob, type Piece } from './draft.ts';

const MOST_ROWS = 20_000;
const KEYS = ['question', 'answer', 'language', 'audience', 'url', 'title', 'valid-from', 'valid-until'] as const;

const Row = z.object({
  question: z.string('is missing').trim().min(1, 'is empty').max(500, 'is longer than 500 characters'),
  answer: z.string('is missing').trim().min(1, 'is empty'),
  language: z.string().trim().optional(),
  audience: DocumentAudience.optional(),
  url: z
    .url({ protocol: /^https?$/, error: 'is not a web address; write e.g. https://school.example/help' })
    .optional(),
  title: z.string().trim().max(200, 'is longer than 200 characters').optional(),
  'valid-from': Validity.optional(),
  'valid-until': Validity.optional(),
});

type Found = { readonly line: string; readonly record: Readonly<Record<string, unknown>> };

/** Throws InvalidPayloadError for a file that cannot be read at all; what is wrong with one row is in its piece. */
export function readFaq(job: ParseJob): readonly Piece[] {
  const text = decodeText(job.bytes, job.charset).replace(/^\ufeff/, '');
  requireWords(text, 'write at least one question and its answer');
  const found = job.kind === 'faq-csv' ? csvRows(text) : jsonRows(text);
  if (found.length === 0) throw new InvalidPayloadError('malformed', 'has no rows; write one below the column names');
  if (found.length > MOST_ROWS) {
    throw new InvalidPayloadError('too_large', `has ${found.length} rows, more than ${MOST_ROWS}; split it`);
  }
  const seen = new Map<string, string>();
  return found.map((row) => pieceOf(row, seen));
}

function csvRows(text: string): readonly Found[] {
  const header = text.split(/\r?\n|\r/, 1)[0] ?? '';
  const delimiter = [',', ';', '\t', '|'].find((sign) => {
    const names = header.split(sign).map(nameOf);
    return names.includes('question') && names.includes('answer');
  });
  if (delimiter === undefined) {
    const says = `the columns are "${header.slice(0, 80)}"; the first line must name at least question and answer`;
    throw new InvalidPayloadError('malformed', says, { path: '1' });
  }
  const columns = header.split(delimiter).map(nameOf);
  return parseCsv(text, { delimiter, columns }).map(({ record, info }) => ({
    line: String(info.lines),
    record: Object.fromEntries(Object.entries(record).filter(([, value]) => value.trim() !== '')),
  }));
}

type CsvRecord = { readonly record: Readonly<Record<string, string>>; readonly info: { readonly lines: number } };

function parseCsv(
  text: string,
  { delimiter, columns }: { readonly delimiter: string; readonly columns: readonly string[] },
): readonly CsvRecord[] {
  const options = {
    delimiter,
    columns: [...columns],
    from: 2,
    info: true,
    skip_empty_lines: true,
    max_record_size: 200_000,
  };
  try {
    return parse(text, options) as unknown as readonly CsvRecord[];
  } catch (error) {
    const line = error instanceof Error && 'lines' in error ? String(error.lines) : '';
    const reason = error instanceof Error ? error.message : 'unknown';
    const says = `${reason}; put texts with "${delimiter}", quotes or line ends in double quotes`;
    throw new InvalidPayloadError('malformed', says, { cause: error, path: line });
  }
}

function jsonRows(text: string): readonly Found[] {
  const data = parseJson(text);
  const rows = Array.isArray(data) ? data : listInside(data);
  if (rows === null) {
    throw new InvalidPayloadError('malformed', 'holds no list; write [{ "question": "…", "answer": "…" }]');
  }
  return rows.map((row: unknown, index) => ({ line: `[${index}]`, record: recordOf(row) }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    const place = /position (\d+)/.exec(reason)?.[1];
    const line = place === undefined ? '' : String(text.slice(0, Number(place)).split('\n').length);
    const says = `is not JSON (${reason.slice(0, 120)}); correct it there`;
    throw new InvalidPayloadError('malformed', says, { cause: error, path: line });
  }
}

/** `{ "faq": […] }`: the first list in it. */
function listInside(data: unknown): readonly unknown[] | null {
  if (typeof data !== 'object' || data === null) return null;
  return Object.values(data).find((value): value is unknown[] => Array.isArray(value)) ?? null;
}

function recordOf(row: unknown): Readonly<Record<string, unknown>> {
  if (typeof row !== 'object' || row === null) return {};
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [nameOf(key), (value as unknown) ?? undefined]));
}

function nameOf(column: string): string {
  const name = column
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]/g, '-');
  return (KEYS as readonly string[]).includes(name) ? name : `other-${name}`;
}

function pieceOf({ line, record }: Found, seen: Map<string, string>): Piece {
  const key = keyOf(record);
  try {
    const first = seen.get(key);
    if (first !== undefined && key !== '') {
      const says = `asks the same as ${first}, "${String(record['question']).slice(0, 60)}"; keep one of the two`;
      throw new InvalidPayloadError('malformed', says);
    }
    seen.set(key, line.startsWith('[') ? line : `line ${line}`);
    return { line, key, draft: draftOf(record) };
  } catch (error) {
    if (!(error instanceof InvalidPayloadError)) throw error;
    return { line, key, problem: { code: error.code, message: error.message, path: error.path } };
  }
}

/** The question in its language; where there is none, nothing. */
function keyOf({ question, language }: Found['record']): string {
  if (typeof question !== 'string') return '';
  const words = question.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim();
  return words === '' ? '' : `${words}/${typeof language === 'string' ? language : ''}`;
}

function draftOf(record: Found['record']): Draft {
  const parsed = Row.safeParse(record);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0] ?? 'row');
    const value = record[name] === undefined ? '' : ` "${String(record[name]).slice(0, 60)}"`;
    const says = `${name}${value}: ${issue?.message ?? errorCode(parsed.error)}; correct the row or take it out`;
    throw new InvalidPayloadError('malformed', says);
  }
  const row = parsed.data;
  const question = oneLine(cleanMarkdown(row.question));
  const answer = cleanMarkdown(row.answer);
  requireWords(question, 'write the question');
  requireWords(answer, 'write the answer');
  return {
    title: (row.title || question).slice(0, 200),
    body: row.title ? `## ${question}\n\n${answer}` : answer,
    audience: row.audience,
    language: row.language || undefined,
    url: row.url,
    ...validityOf(row),
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
