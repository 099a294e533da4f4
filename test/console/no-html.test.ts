/** No way from words to HTML or code exists anywhere in the console and the widget. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../console');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.tsx?$/.test(name) && !name.startsWith('dist'),
);
const FORBIDDEN =
  /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|srcdoc|\beval\(|new Function/;

describe('the sources of the console', () => {
  it('are found', () => {
    expect(sources.length).toBeGreaterThan(40);
  });

  it.each(sources)('%s sets no HTML', (name) => {
    expect(readFileSync(join(root, name), 'utf8')).not.toMatch(FORBIDDEN);
  });
});
