/** `npm run map`: writes the map and the import table into ARCHITECTURE.md and prints every file with its first sentence. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Folder, folderPurposes, folders, importTable, roomFamilies, vendors } from './import-table.ts';

const DOCUMENT = 'ARCHITECTURE.md';

if (import.meta.main) {
  console.log(everyFile());
  if (!existsSync(DOCUMENT)) console.error(`There is no ${DOCUMENT} to write the map into.`);
  else writeFileSync(DOCUMENT, withGeneratedParts(readFileSync(DOCUMENT, 'utf8')));
}

/**
 * The document with the parts between `<!-- map:start -->` and `<!-- map:end -->`, and the same for `imports` and `vendors`,
 * written anew. A part without markers is left out.
 */
export function withGeneratedParts(document: string): string {
  const parts = { map: folderMap(), imports: importTableText(), vendors: vendorText() };
  return Object.entries(parts).reduce(
    (text, [name, part]) =>
      text.replace(
        new RegExp(`(<!-- ${name}:start[^>]*-->)[\\s\\S]*?(<!-- ${name}:end -->)`),
        (_, start: string, end: string) => `${start}\n\n${part}\n\n${end}`,
      ),
    document,
  );
}

/** One row per folder and one per room in it. */
function folderMap(): string {
  const rows = folders.flatMap((folder) => [folderRow(folder), ...roomRows(folder)]);
  return ['| folder | holds | read first |', '|---|---|---|', ...rows].join('\n');
}

function folderRow(folder: Folder): string {
  const { holds, readFirst } = folderPurposes[folder];
  const path = `${folder}/${readFirst}`;
  return `| **${folder}/** | ${holds} | ${existsSync(path) ? `[${readFirst}](${path})` : ''} |`;
}

/** The console is an app of its own, with a map of its own in its folders. */
function roomRows(folder: Folder): readonly string[] {
  if (folder === 'console') return [];
  return foldersIn(folder).flatMap((room) => {
    const files = filesIn(`${folder}/${room}`);
    const first = files.find((file) => file === 'index.ts') ?? files.find((file) => file === `${room}.ts`) ?? files[0];
    // A folder that only holds rooms of its own is told by its registry.
    if (first === undefined) return [];
    const path = `${folder}/${room}/${first}`;
    return [`| ${folder}/${room}/ | ${firstSentence(path)} | [${first}](${path}) |`];
  });
}

function importTableText(): string {
  const columns = folders.filter((folder) => folders.some((from) => importTable[from][folder] !== undefined));
  const rows = folders.map((from) => {
    const cells = columns.map((to) => (from === to ? '–' : (importTable[from][to] ?? '').replace('all', 'yes')));
    return `| **${from}** | ${cells.join(' | ')} |`;
  });
  return [
    `| | ${columns.join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...rows,
    '',
    ...roomText(),
  ].join('\n');
}

function roomText(): readonly string[] {
  return roomFamilies
    .filter(({ files }) => files !== null)
    .map(
      ({ parent, registry, files }) =>
        `Rooms of ${parent}/ (${files?.join(', ')}) are strangers; ${registry} lists them.  `,
    );
}

function vendorText(): string {
  const rows = vendors
    .filter(({ homes }) => homes.length > 0)
    .map(({ packages, homes }) => `| ${packages.join(', ')} | ${homes.join(', ')} |`);
  return ['| vendor | its only home |', '|---|---|', ...rows].join('\n');
}

function everyFile(): string {
  const below = (folder: string): readonly string[] => [
    ...filesIn(folder).map((file) => `${folder}/${file}`),
    ...foldersIn(folder).flatMap((room) => below(`${folder}/${room}`)),
  ];
  return folders
    .map((folder) =>
      [`${folder}/`, ...below(folder).map((path) => `  ${path.padEnd(44)} ${firstSentence(path)}`)].join('\n'),
    )
    .join('\n\n');
}

/** The first sentence of the comment that opens a file, on one line; empty when there is none. */
export function firstSentence(path: string): string {
  const comment = /^(?:#!.*\n)?\/\*\*([\s\S]*?)\*\//.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
  const text = comment.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim();
  return /^.*?[.?!](?=\s|$)/.exec(text)?.[0] ?? text;
}

function filesIn(folder: string): readonly string[] {
  return entriesOf(folder, false).filter((name) => /\.(?:ts|tsx|js)$/.test(name));
}

function foldersIn(folder: string): readonly string[] {
  return entriesOf(folder, true).filter((name) => name !== 'dist');
}

function entriesOf(folder: string, directories: boolean): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() === directories)
    .map(({ name }) => name)
    .sort();
}
