/** Turns the import table into dependency-cruiser's rules; the name of a rule is what the reader of a failure sees. */
import {
  type Folder,
  folders,
  importTable,
  nodeModules,
  openToTypeOnly,
  type RoomFamily,
  roomFamilies,
  typeOnlyFolders,
  type Vendor,
  vendors,
  workshopFolders,
} from './import-table.ts';

type Side = {
  path?: string[];
  pathNot?: string[];
};
type Target = Side & {
  circular?: boolean;
  couldNotResolve?: boolean;
  dependencyTypes?: ('core' | 'type-only' | 'unknown')[];
  dependencyTypesNot?: 'type-only'[];
};
export type ImportRule = { name: string; comment: string; severity: 'error'; from: Side; to: Target };

const anyFolder = `^(?:${[...folders, ...workshopFolders].join('|')})/`;
const productFolder = `^(?:${folders.join('|')})/`;
const workshop = `^(?:${workshopFolders.join('|')})/`;
const anyVendor = '(?:^|/)node_modules/';

/** Every rule of the table, for dependency-cruiser's `forbidden`. */
export function importRules(): ImportRule[] {
  return [
    ...folders.flatMap(folderRules),
    ...roomFamilies.flatMap(roomRules),
    ...vendors.map(vendorRule),
    vendorWithoutHome(),
    ...nodeModules.map(nodeModuleRule),
    nodeInPureFolder('core'),
    nodeInPureFolder('console'),
    ...wholeTreeRules(),
  ];
}

/** One row of the table: the folders it may not see, the rooms it may see only the contract of, and the type-only rule. */
function folderRules(folder: Folder): ImportRule[] {
  const row = importTable[folder];
  const reached = folders.filter((other) => other === folder || row[other] !== undefined);
  const contracts = folders.filter((other) => row[other] === 'contract');
  const rules = [
    rule(`${folder}-reaches-out`, {
      comment: `${folder} may import ${reached.join(', ')} and nothing else of the tree.`,
      from: { path: [`^${folder}/`] },
      to: { path: [productFolder], pathNot: reached.map((other) => `^${other}/`) },
    }),
  ];
  if (contracts.length > 0)
    rules.push(
      rule(`${folder}-past-contract`, {
        comment: `${folder} sees only the files directly in ${contracts.join(', ')}: import the port, not what keeps it.`,
        from: { path: [`^${folder}/`] },
        to: { path: contracts.map((other) => `^${other}/[^/]+/`) },
      }),
    );
  if (typeOnlyFolders.includes(folder))
    rules.push(
      rule(`${folder}-more-than-types`, {
        comment: `${folder} takes types only: write \`import type\`.`,
        from: { path: [`^${folder}/`] },
        to: {
          path: [productFolder],
          pathNot: [`^${folder}/`, ...openToTypeOnly.map((file) => `^${file}$`)],
          dependencyTypesNot: ['type-only'],
        },
      }),
    );
  return rules;
}

/** Rooms are strangers; only the registry lists them; a contract file never knows who keeps it. */
function roomRules({ parent, registry, shared }: RoomFamily): ImportRule[] {
  const name = parent.replaceAll('/', '-');
  const room = `^${parent}/[^/]+/`;
  const sharedFolders = shared.map(({ folder }) => `^${parent}/${folder}/`);
  const open = shared.filter(({ openToRooms }) => openToRooms).map(({ folder }) => `^${parent}/${folder}/`);
  const rules = [
    rule(`${name}-sibling-rooms`, {
      comment: `The rooms of ${parent} are strangers: move what they share into the contract or core.`,
      from: { path: [`^${parent}/([^/]+)/`], pathNot: sharedFolders },
      to: { path: [room], pathNot: [`^${parent}/$1/`, ...open] },
    }),
    rule(`${name}-contract-knows-rooms`, {
      comment: `Beside the rooms of ${parent} ${registry === null ? 'no file' : `only ${registry}`} may import them.`,
      from: {
        path: [`^${parent.split('/')[0] ?? parent}/`],
        pathNot: [room, ...(registry === null ? [] : [fileToPattern(registry)])],
      },
      to: { path: [room], pathNot: open },
    }),
  ];
  if (shared.length > 0)
    rules.push(
      rule(`${name}-shared-knows-rooms`, {
        comment: `What serves every room of ${parent} sees the contract files only, no room and no neighbour.`,
        from: { path: [`^${parent}/(${shared.map(({ folder }) => folder).join('|')})/`] },
        to: { path: [room], pathNot: [`^${parent}/$1/`] },
      }),
    );
  return rules;
}

function vendorRule({ name, packages, homes }: Vendor): ImportRule {
  return rule(`vendor-${name}-away-from-home`, {
    comment: `${packages.join(', ')} may be imported only by ${[...homes, ...workshopFolders].join(', ')}.`,
    from: { path: [anyFolder], pathNot: [...homes.map(homeToPattern), workshop] },
    to: { path: packages.map(packageToPattern) },
  });
}

function vendorWithoutHome(): ImportRule {
  return rule('vendor-without-home', {
    comment: 'This package has no home in setup/import-table.ts: give it one, or do without.',
    from: { path: [anyFolder] },
    to: { path: [anyVendor], pathNot: vendors.flatMap(({ packages }) => packages.map(packageToPattern)) },
  });
}

function nodeModuleRule({ name, packages, homes }: Vendor): ImportRule {
  return rule(`node-${name}-away-from-home`, {
    comment: `Node's ${packages.join(', ')} may be imported only by ${[...homes, ...workshopFolders].join(', ')}.`,
    from: { path: [anyFolder], pathNot: [...homes.map(homeToPattern), workshop] },
    to: { path: packages.map((module) => `^(?:node:)?${module}$`), dependencyTypes: ['core'] },
  });
}

function nodeInPureFolder(folder: Folder): ImportRule {
  return rule(`${folder}-imports-node`, {
    comment: `${folder} runs anywhere and imports nothing of Node; what it needs comes in as a parameter.`,
    from: { path: [`^${folder}/`], pathNot: [fileToPattern('console/vite.config.ts')] },
    to: { dependencyTypes: ['core'] },
  });
}

function wholeTreeRules(): ImportRule[] {
  return [
    rule('cycle', {
      comment: 'No file may reach itself, by type-only imports either.',
      from: {},
      to: { circular: true },
    }),
    rule('not-found', {
      comment: 'This import leads nowhere: an invisible import would escape every other rule.',
      from: {},
      // Vite reads the part after the question mark; the file itself is found by the bundler.
      to: { couldNotResolve: true, pathNot: ['\\.css\\?inline$'] },
    }),
    rule('product-imports-workshop', {
      comment: `No folder of the product imports ${workshopFolders.join(', ')}.`,
      from: { path: [productFolder], pathNot: [fileToPattern('cli/throughline.js')] },
      to: { path: [workshop] },
    }),
  ];
}

function rule(name: string, { comment, from, to }: Omit<ImportRule, 'name' | 'severity'>): ImportRule {
  return { name, comment, severity: 'error', from, to };
}

/** `server` → everything below that folder; a name with an ending is a file. */
function homeToPattern(home: string): string {
  return home.includes('.') ? fileToPattern(home) : `^${home}/`;
}

/** `server/workspace*.ts` → the files of that name; the ending is anchored, or `ts` would match the folder `agents`. */
function fileToPattern(path: string): string {
  return `^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`;
}

/** Matches the package in node_modules, as itself or as its `@types` twin. */
function packageToPattern(name: string): string {
  const twin = name.startsWith('@') ? name.slice(1).replace('/', '__') : name;
  const body = `(?:${name}|@types/${twin})`.replaceAll('*', '[^/]*');
  return `${anyVendor}${body}/`;
}
