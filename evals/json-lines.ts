/** Reads files of one JSON object per line: what the evaluation verbs take from outside. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { InvalidPayloadError } from '../core/errors.ts';

/**
 * All lines of a file, in order; empty lines are passed over. Throws InvalidPayloadError('malformed' | 'not_found' |
 * 'wrong_type') that names the file, the line and what is wrong there.
 */
export async function readJsonLines<T>(path: string, schema: z.ZodType<T>): Promise<readonly T[]> {
  const text = await readText(path);
  return text.split(/\r?\n/).flatMap((line, index) => {
    return line.trim() === '' ? [] : [parseLine(line, { place: `${path}:${index + 1}`, schema })];
  });
}

async function readText(path: string): Promise<string> {
  try {
    // A byte order mark is how some programs begin a file.
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new InvalidPayloadError('not_found', `${path} cannot be read (${code}). Name a file of JSON lines.`, {
      path,
    });
  }
}

type Place<T> = { readonly place: string; readonly schema: z.ZodType<T> };

function parseLine<T>(line: string, { place, schema }: Place<T>): T {
  const value = parseJson(line, place);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new InvalidPayloadError(
    'wrong_type',
    `${place}: ${field === '' ? '' : `"${field}": `}${issue?.message ?? 'not of the form'}. The line is ${line.slice(0, 120)}`,
    { path: field === '' ? place : field },
  );
}

function parseJson(line: string, place: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new InvalidPayloadError(
      'malformed',
      `${place} is not JSON: ${line.slice(0, 120)}. Write one object per line, with double quotes.`,
      { path: place },
    );
  }
}
