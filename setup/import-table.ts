/** Who may import whom: the one table behind `.dependency-cruiser.js`, `npm run map` and the architecture test. */

/** `all`: any file of that folder. `contract`: only the files directly in it, not its rooms. */
export type Reach = 'all' | 'contract';

/** The folders of the product, in the order they are drawn, each with what it holds and the file to read first. */
export const folderPurposes = {
  core: { holds: 'the words: types, schemas, pure functions', readFirst: 'event.ts' },
  memory: { holds: 'what the platform knows', readFirst: 'memory.ts' },
  journey: { holds: 'where a person stands', readFirst: 'machine.ts' },
  channels: { holds: 'where words come in and go out', readFirst: 'channel.ts' },
  traces: { holds: 'what happened and why', readFirst: 'recorder.ts' },
  agents: { holds: 'who answers', readFirst: 'agent.ts' },
  graph: { holds: 'how a turn flows', readFirst: 'pipeline.ts' },
  evals: { holds: 'how well it answers', readFirst: 'scorer.ts' },
  server: { holds: 'where everything meets', readFirst: 'main.ts' },
  cli: { holds: 'the throughline command, one file per verb', readFirst: 'main.ts' },
  console: { holds: "the operators' page and the chat widget", readFirst: 'main.tsx' },
} as const;
export type Folder = keyof typeof folderPurposes;
// Object.keys forgets which strings it returns.
export const folders = Object.keys(folderPurposes) as readonly Folder[];

type Row = { readonly [To in Folder]?: Reach };

/** Row may import column; a folder may always import itself, within the rules on rooms below. */
export const importTable: Readonly<Record<Folder, Row>> = {
  core: {},
  memory: { core: 'all' },
  journey: { core: 'all', memory: 'contract' },
  channels: { core: 'all', memory: 'contract' },
  traces: { core: 'all', memory: 'contract' },
  agents: { core: 'all', memory: 'contract', journey: 'contract' },
  graph: {
    core: 'all',
    memory: 'contract',
    journey: 'contract',
    traces: 'contract',
    agents: 'contract',
  },
  evals: {
    core: 'all',
    memory: 'all',
    journey: 'all',
    channels: 'contract',
    traces: 'all',
    agents: 'all',
    graph: 'all',
  },
  server: {
    core: 'all',
    memory: 'all',
    journey: 'all',
    channels: 'all',
    traces: 'all',
    agents: 'all',
    graph: 'all',
    evals: 'all',
  },
  cli: {
    core: 'all',
    memory: 'all',
    journey: 'all',
    channels: 'all',
    traces: 'all',
    agents: 'all',
    graph: 'all',
    evals: 'all',
    server: 'all',
  },
  // A page in the browser: types of core and of memory's contract vanish when it is bundled, nothing else may come along.
  console: { core: 'all', memory: 'contract' },
};

/** Rows whose imports must be `import type`. */
export const typeOnlyFolders: readonly Folder[] = ['console'];

/** Files such a row may import for what they do: pure, and without a library that would come along. */
export const openToTypeOnly: readonly string[] = ['core/span-tree.ts'];

/** A folder whose sub-folders are rooms: strangers to each other, kept apart from the contract beside them. */
export type RoomFamily = {
  readonly parent: string;
  /** The one file of that folder that may import the rooms; null: none may. */
  readonly registry: string | null;
  /** Sub-folders that are no rooms. They see the contract files only; rooms see those that are open to them. */
  readonly shared: readonly { readonly folder: string; readonly openToRooms: boolean }[];
  /** The files that make every room alike, sorted; null where rooms differ. */
  readonly files: readonly string[] | null;
};

export const roomFamilies: readonly RoomFamily[] = [
  { parent: 'memory', registry: null, shared: [], files: null },
  { parent: 'agents', registry: 'agents/registry.ts', shared: [], files: ['index.ts', 'prompt.ts', 'tools.ts'] },
  {
    parent: 'channels',
    registry: 'channels/registry.ts',
    shared: [
      { folder: 'bridge', openToRooms: false },
      { folder: 'render', openToRooms: true },
    ],
    files: ['api.ts', 'index.ts', 'render.ts', 'webhook.ts'],
  },
  { parent: 'evals/scorers', registry: 'evals/registry.ts', shared: [], files: null },
];

/** One vendor, one home. A package that stands nowhere in this list may not be imported at all. */
export type Vendor = {
  /** Names the rule: `vendor-<name>-away-from-home`. */
  readonly name: string;
  /** A trailing `*` stands for the rest of a name. */
  readonly packages: readonly string[];
  /** Folders (no ending) or files; a `*` as above. */
  readonly homes: readonly string[];
};

export const vendors: readonly Vendor[] = [
  { name: 'zod', packages: ['zod'], homes: folders.filter((folder) => folder !== 'console') },
  { name: 'mdast-types', packages: ['mdast'], homes: ['core', 'channels', 'graph/steps', 'server/ingest'] },
  { name: 'mdast', packages: ['mdast-*', 'micromark-*'], homes: ['channels/render', 'graph/steps', 'server/ingest'] },
  { name: 'postgres', packages: ['pg', 'pg-protocol', 'pgvector', '@electric-sql/*'], homes: ['memory/postgres'] },
  { name: 'queue', packages: ['bullmq', 'bullmq-otel', 'ioredis'], homes: ['channels/bridge'] },
  { name: 'queue-page', packages: ['@bull-board/*'], homes: ['server/queue-board.ts'] },
  {
    name: 'traces',
    packages: ['@opentelemetry/*'],
    homes: ['server/telemetry.ts', 'server/wake-up-joiner.ts'],
  },
  { name: 'grammy', packages: ['grammy'], homes: ['channels/telegram'] },
  { name: 'xstate', packages: ['xstate'], homes: ['journey'] },
  { name: 'langchain-core', packages: ['@langchain/core'], homes: ['agents', 'graph', 'server/model.ts'] },
  { name: 'langgraph', packages: ['@langchain/langgraph'], homes: ['graph'] },
  { name: 'model-provider', packages: ['@langchain/openai'], homes: ['server/model.ts', 'server/embedder.ts'] },
  { name: 'koa', packages: ['koa', '@koa/*', 'koa-*', 'raw-body'], homes: ['server'] },
  { name: 'operations', packages: ['pino', 'prom-client', 'uuidv7'], homes: ['server', 'cli'] },
  { name: 'yaml', packages: ['yaml'], homes: ['server/workspace*.ts', 'evals', 'cli'] },
  {
    name: 'documents',
    packages: ['linkedom', '@mozilla/readability', 'turndown', 'unpdf', 'csv-parse', 'undici', 'ipaddr.js'],
    homes: ['server/ingest'],
  },
  { name: 'commander', packages: ['commander'], homes: ['cli'] },
  { name: 'browser', packages: ['preact', '@preact/*', 'uplot'], homes: ['console'] },
  { name: 'vite', packages: ['vite'], homes: ['console/vite.config.ts'] },
  {
    name: 'workshop',
    packages: ['vitest', 'fast-check', 'playwright-core', 'dependency-cruiser', 'typescript'],
    homes: [],
  },
];

/** Modules of Node itself with a home of their own; the others are open to every folder but core and console. */
export const nodeModules: readonly Vendor[] = [{ name: 'child-process', packages: ['child_process'], homes: ['cli'] }];

/** Folders that try, measure or set up the product: free to import anything of it and any listed vendor. */
export const workshopFolders = ['setup', 'test', 'bench'] as const;
