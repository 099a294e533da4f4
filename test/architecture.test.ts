/** The shape of the tree, held by tests: who imports whom, rooms of one shape, the brand, the words, the short files. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folders, roomFamilies } from '../setup/import-table.ts';
import { withGeneratedParts } from '../setup/map.ts';
import { cruise, type Violation } from './architecture/cruise.ts';
import { planted, targets } from './architecture/planted.ts';
import { codeWords, filesOf, productFiles, roomsOf } from './architecture/sources.ts';
import { findForbidden } from './architecture/words.ts';

const project = join(import.meta.dirname, '..');
const sources = productFiles();

describe('imports', () => {
  it('follow the table in the real tree', { timeout: 60_000 }, async () => {
    const { violations, files } = await cruise(project);
    // Nothing found in nothing proves nothing.
    expect(files).toBeGreaterThan(30);
    expect(violations).toEqual([]);
  });

  describe('planted', () => {
    const tree = mkdtempSync(join(tmpdir(), 'planted-'));
    let violations: readonly Violation[] = [];

    beforeAll(async () => {
      const files = { ...targets, ...Object.fromEntries(planted.map(({ from, source }) => [from, source])) };
      for (const [path, source] of Object.entries(files)) {
        mkdirSync(dirname(join(tree, path)), { recursive: true });
        writeFileSync(join(tree, path), source);
      }
      for (const file of ['package.json', 'tsconfig.json']) cpSync(join(project, file), join(tree, file));
      symlinkSync(join(project, 'node_modules'), join(tree, 'node_modules'), 'junction');
      ({ violations } = await cruise(tree));
    });

    afterAll(() => rmSync(tree, { recursive: true, force: true }));

    it.each(planted)('$from → $rules', ({ from, rules }) => {
      expect(violations.filter((violation) => violation.from === from).map(({ rule }) => rule)).toEqual(rules);
    });

    it('breaks no rule where no violation was planted', () => {
      const expected = planted.filter(({ rules }) => rules.length > 0).map(({ from }) => from);
      expect(violations.map(({ from }) => from).filter((from) => !expected.includes(from))).toEqual([]);
    });

    it('covers every row of the table', () => {
      const caught = planted.flatMap(({ rules }) => rules);
      expect(folders.filter((folder) => !caught.includes(`${folder}-reaches-out`))).toEqual([]);
    });
  });
});

describe('process.env', () => {
  it('is read in server/config.ts alone', async () => {
    const tree = mkdtempSync(join(tmpdir(), 'planted-'));
    const source = "/** Planted. */\nexport const port = process.env['PORT'];\n";
    mkdirSync(join(tree, 'server'));
    for (const path of ['server/config.ts', 'server/http.ts']) writeFileSync(join(tree, path), source);
    const config = JSON.parse(readFileSync(join(project, 'biome.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(join(tree, 'biome.json'), JSON.stringify({ ...config, $schema: undefined, vcs: undefined }));
    const biome = join(project, 'node_modules/@biomejs/biome/bin/biome');
    const args = [biome, 'lint', '--reporter=github', 'server'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: tree }).catch(
      (failure: { readonly stdout: string }) => failure,
    );
    rmSync(tree, { recursive: true });
    const complaints = stdout.split('\n').filter((line) => line.includes('noProcessEnv'));
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain('/server/http.ts,');
  });
});

describe('rooms', () => {
  for (const { parent, shared, files } of roomFamilies) {
    const rooms = roomsOf(parent).filter((room) => !shared.some(({ folder }) => folder === room));
    if (files !== null)
      it.each(rooms)(`${parent}/%s has the same files as its siblings`, (room) => {
        expect(filesOf(`${parent}/${room}`)).toEqual(files);
      });
  }
});

describe('every file', () => {
  it('opens with a comment that says what it is for', () => {
    expect(sources.filter(({ text }) => !/^\/\*\* ?\S|^\/\*\*\n \* \S/.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('uses the words of the design', () => {
    const found = sources.flatMap((source) =>
      codeWords(source).flatMap(({ text, line, kind }) =>
        findForbidden({ path: source.path, text }).map((word) => `${source.path}:${line} ${word} in ${kind} ${text}`),
      ),
    );
    expect(found).toEqual([]);
  });

  it('throws none but the four classes of core/errors.ts', () => {
    const bare = sources.filter(
      ({ path, text }) => !path.startsWith('console/') && /\bnew (?:Type|Range)?Error\(/.test(text),
    );
    expect(bare.map(({ path }) => path)).toEqual([]);
  });

  it('leaves the brand of a reply to check and to the store', () => {
    const casts = sources.filter(({ text }) => /\bas (?:unknown as )?Reply\b/.test(text)).map(({ path }) => path);
    const elsewhere = casts.filter((path) => path !== 'graph/steps/check.ts' && !path.startsWith('memory/postgres/'));
    expect(elsewhere).toEqual([]);
  });
});

describe('core', () => {
  // knip stops at "used outside its file", which is too strict for a vocabulary: parts of a union are words of their own.
  it('exports no word that nobody uses', () => {
    const words = sources.flatMap(({ path, text }) =>
      path.startsWith('core/')
        ? [...text.matchAll(/^export (?:const|function|class|type) (\w+)/gm)].map(([, word = '']) => ({ path, word }))
        : [],
    );
    const declared = new Map<string, number>();
    for (const { word } of words) declared.set(word, (declared.get(word) ?? 0) + 1);
    const used = new Map<string, number>();
    // A schema and its type are two declarations, and `typeof Word` in the second is no use.
    const tree = sources.map(({ text }) => text.replaceAll(/<typeof \w+>/g, '')).join('\n');
    for (const [word] of tree.matchAll(/\b\w+\b/g)) used.set(word, (used.get(word) ?? 0) + 1);
    const unused = words.filter(({ word }) => (used.get(word) ?? 0) <= (declared.get(word) ?? 0));
    expect(unused).toEqual([]);
  });
});

describe('short files', () => {
  it.each(['graph/pipeline.ts', 'server/main.ts'])('%s has at most 60 lines', (path) => {
    const file = sources.find((source) => source.path === path);
    expect(file, `${path} is missing`).toBeDefined();
    expect(file?.text.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });
});

describe('package.json', () => {
  type Manifest = {
    readonly scripts: Readonly<Record<string, string>>;
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
    readonly optionalDependencies: Readonly<Record<string, string>>;
  };
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as Manifest;

  it('has at most ten scripts, hooks included', () => {
    expect(Object.keys(manifest.scripts).length).toBeLessThanOrEqual(10);
  });

  it('asks for what package-lock.json locks', () => {
    type Lock = { readonly packages: { readonly '': Manifest } };
    const locked = (JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as Lock).packages[''];
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'] as const)
      expect(locked[kind]).toEqual(manifest[kind]);
  });
});

describe('ARCHITECTURE.md', () => {
  it.runIf(existsSync(join(project, 'ARCHITECTURE.md')))('is what npm run map would write', () => {
    const document = readFileSync(join(project, 'ARCHITECTURE.md'), 'utf8');
    expect(document).toMatch(/<!-- map:start.*-->/);
    expect(document).toMatch(/<!-- imports:start.*-->/);
    expect(withGeneratedParts(document)).toBe(document);
  });
});
