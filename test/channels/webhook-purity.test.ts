/** Parsing and checking stay pure: no webhook.ts reaches an SDK, the network or a clock, by itself or through an import. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const allowed = new Set(['zod', 'node:crypto']);
const root = join(import.meta.dirname, '../..');

/** The modules a file imports at run time, its own ones followed. */
function reachedFrom(file: string, seen: Set<string> = new Set()): Set<string> {
  const source = readFileSync(file, 'utf8');
  for (const [, isType, module = ''] of source.matchAll(/^import (type )?[^;]*?from '([^']+)';/gm)) {
    if (isType || seen.has(module)) continue;
    const target = module.startsWith('.') ? join(dirname(file), module) : module;
    if (seen.has(target)) continue;
    seen.add(target);
    if (module.startsWith('.')) reachedFrom(target, seen);
  }
  return seen;
}

describe('webhook.ts', () => {
  const files = globSync('channels/*/webhook.ts', { cwd: root });

  it('exists in every room', () => expect(files.length).toBeGreaterThanOrEqual(4));

  it.each(files)('%s imports zod and node:crypto at most', (file) => {
    const modules = [...reachedFrom(join(root, file))];
    expect(modules.filter((module) => !module.startsWith(root)).filter((module) => !allowed.has(module))).toEqual([]);
  });

  it.each(files)('%s and what it imports know neither fetch nor the time of day', (file) => {
    const sources = [join(root, file), ...reachedFrom(join(root, file))].filter((module) => module.startsWith(root));
    for (const source of sources) {
      expect(readFileSync(source, 'utf8'), source).not.toMatch(
        /\bfetch\b|Date\.now|new Date\(\)|Math\.random|process\./,
      );
    }
  });
});
