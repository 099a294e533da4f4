/** Files of JSON lines from outside: read, or refused with file, line and value. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readJsonLines } from '../../evals/json-lines.ts';

const Line = z.object({ text: z.string() });
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'throughline-lines-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string) {
  const path = join(folder, 'lines.jsonl');
  await writeFile(path, text);
  return readJsonLines(path, Line);
}

describe('readJsonLines', () => {
  it('reads every line, with a byte order mark, Windows line ends and empty lines between', async () => {
    expect(await read('\uFEFF{"text":"a"}\r\n\r\n{"text":"b"}\n')).toEqual([{ text: 'a' }, { text: 'b' }]);
  });

  it.each([
    ['{"text":"a"}\n{"text":', /lines\.jsonl:2 is not JSON: {"text":/],
    ['{"text":"a"}\n\n{"words":1}', /lines\.jsonl:3: "text": .*The line is {"words":1}/],
    ['[1]', /lines\.jsonl:1: .*The line is \[1\]/],
  ])('refuses %j, naming the place and the value', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('says when the file cannot be read', async () => {
    await expect(readJsonLines(join(folder, 'missing.jsonl'), Line)).rejects.toThrow(
      /missing\.jsonl cannot be read \(ENOENT\)/,
    );
  });
});
