/** The parsing thread: documents that never end or eat all memory are stopped, and the next one is read as if nothing had been. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { createParser, type Parser } from '../../../server/ingest/parser.ts';
import { jobOf, pdfOf } from './support.ts';

let parser: Parser | undefined;
afterEach(() => parser?.close());

/** Many elements, each of which Readability weighs: seconds. */
const SLOW = `<main>${'<div><p>word, word, word</p></div>'.repeat(40_000)}</main>`;
/** Little on paper, much in memory. */
const HEAVY = `["word",${'[[],{}],'.repeat(1_000_000)}{}]`;

describe('the parsing thread', { timeout: 60_000 }, () => {
  it('reads documents of every kind, one after the other', async () => {
    parser = createParser();
    const results = await Promise.all([
      parser.parse(jobOf('markdown', '# Hours\n\nNine.')),
      parser.parse(jobOf('html', '<h1>Hours</h1><p>Nine.</p>')),
      parser.parse(jobOf('pdf', pdfOf(['Nine.']))),
      parser.parse(jobOf('faq-csv', 'question,answer\nWhen?,Nine.')),
    ]);
    for (const [piece] of results)
      expect(piece).toMatchObject({ draft: { body: expect.stringContaining('Nine.') as unknown } });
  });

  it('brings an error of a document over as it was', async () => {
    parser = createParser();
    await expect(parser.parse(jobOf('markdown', '---\ntitle: [\n---\nx'))).rejects.toMatchObject({
      name: 'InvalidPayloadError',
      code: 'malformed',
      path: '2',
    });
  });

  it('stops a document that takes too long, and reads the next', async () => {
    parser = createParser({ milliseconds: 200, megabytes: 384 });
    await expect(parser.parse(jobOf('html', SLOW))).rejects.toMatchObject({
      code: 'too_large',
      message: 'takes longer than 0.2 s to read; split or simplify it',
    });
    await expect(parser.parse(jobOf('markdown', 'Words.'))).resolves.toHaveLength(1);
  });

  it('stops a document that eats memory, and reads the next', async () => {
    parser = createParser({ milliseconds: 30_000, megabytes: 40 });
    await expect(parser.parse(jobOf('faq-json', HEAVY))).rejects.toMatchObject({
      code: 'too_large',
      message: 'cannot be read within 40 MB of memory; split or simplify it',
    });
    await expect(parser.parse(jobOf('markdown', 'Words.'))).resolves.toHaveLength(1);
  });

  it('leaves the process free meanwhile', async () => {
    parser = createParser();
    await parser.parse(jobOf('markdown', 'Words.'));
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    await parser
      .parse(jobOf('html', `<main>${'<p>Some words of a long page, with commas.</p>'.repeat(20_000)}</main>`))
      .catch(() => undefined);
    delay.disable();
    // Parsing on this thread would hold it up for seconds at a stretch.
    expect(delay.max / 1e6).toBeLessThan(1_000);
  });
});
