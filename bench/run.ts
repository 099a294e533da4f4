/** `npm run bench`: measures this machine's figures against fakes and writes docs/figures.md. Nothing here is a test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { type BotApi, startBotApi } from '../test/peers/bot-api.ts';
import { type ChatRequest, type OpenAiPeer, type PeerReply, startOpenAi } from '../test/peers/openai.ts';
import { openCrowd } from './crowd.ts';
import { benchDelivery, type Row } from './delivery.ts';
import { benchIngest } from './ingest.ts';
import { installMegabytes } from './install-size.ts';
import { type Load, runLoad } from './load.ts';
import { benchRetrieval } from './retrieval.ts';
import { type Running, type ServerSettings, startServer } from './server-process.ts';

const FIGURES = new URL('../docs/figures.md', import.meta.url);
const IDLE_MS = 5_000;
const TOKEN_MS = 10;

/** Two model calls and one tool a turn: the first call always asks for a search, the second always answers. */
function script(request: ChatRequest): PeerReply {
  const hasResult = request.messages.some((message) => message.role === 'tool');
  const canSearch = request.tools?.some((tool) => tool.function.name === 'search_knowledge') ?? false;
  if (hasResult || !canSearch) return { text: 'The Breathwork Course takes eight weeks [1].' };
  return { toolCalls: [{ name: 'search_knowledge', arguments: { query: 'breathwork course length' } }] };
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const bot = await startBotApi();
  const model = await startOpenAi({ script, tokenMs: TOKEN_MS });
  const folder = await mkdtemp(join(tmpdir(), 'throughline-bench-'));
  const settings = { folder, telegramRoot: bot.root, telegramToken: bot.token, modelUrl: model.url };
  try {
    const line = await measureLine(settings, bot);
    const delivery = await measureDelivery(settings, { bot, model });
    const text = documentOf({ line, delivery, calls: model.requests.length });
    await writeFile(FIGURES, text);
    process.stdout.write(text);
  } finally {
    await model.abandon();
    await bot.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureLine(settings: ServerSettings, bot: BotApi): Promise<readonly Row[]> {
  say('first start (seeds the sample) …');
  const first = await startServer(settings);
  await first.stop();
  say('second start, then idle …');
  const server = await startServer(settings);
  const crowd = openCrowd(bot, [server.address]);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idle = await server.memoryMegabytes();
  say('turns one after the other …');
  const load = async (people: number, turns: number): Promise<Load> => {
    await runLoad([server], crowd, { people, turns: Math.ceil(turns / 8) });
    return runLoad([server], crowd, { people, turns });
  };
  const single = await load(1, 150);
  say('turns side by side …');
  const many = await load(40, 400);
  crowd.leave();
  await server.stop();
  return rowsOf({ first, server, idle, single, many, install: await installMegabytes() });
}

type Fakes = { readonly bot: BotApi; readonly model: OpenAiPeer };

/** On the embedded engine, and on PostgreSQL with Redis where DATABASE_URL and REDIS_URL name an empty database and a Redis. */
async function measureDelivery(settings: ServerSettings, { bot, model }: Fakes): Promise<readonly Row[]> {
  const play = (): void => {
    model.play(script);
    model.setMode('ok');
    model.setFirstByteMs(0);
  };
  const common = { bot, model, say };
  play();
  const embedded = await benchDelivery({ ...common, store: 'embedded', settings, aimPerSecond: 40 });
  const { DATABASE_URL, REDIS_URL } = process.env;
  if (!(DATABASE_URL && REDIS_URL)) return [...embedded, NOT_RUN];
  play();
  const scaled = { ...settings, variables: { DATABASE_URL, REDIS_URL } };
  return [
    ...embedded,
    ...(await benchDelivery({ ...common, store: 'PostgreSQL + Redis', settings: scaled, aimPerSecond: 75 })),
  ];
}

const NOT_RUN: Row = {
  figure: 'the same on PostgreSQL + Redis',
  measured: 'not run: DATABASE_URL and REDIS_URL are not both set',
  aim: '–',
};

type Measured = {
  readonly first: Running;
  readonly server: Running;
  readonly idle: number | null;
  readonly single: Load;
  readonly many: Load;
  readonly install: number;
};

function rowsOf({ first, server, idle, single, many, install }: Measured): readonly Row[] {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const pair = (load: readonly [number, number]): string => `${ms(load[0])} / ${ms(load[1])}`;
  return [
    { figure: 'CPU per turn, one at a time', measured: cpu(single), aim: '≤ 12 ms' },
    { figure: 'CPU per turn, 40 people at once', measured: cpu(many), aim: '≤ 12 ms' },
    { figure: 'wall time per turn, p50 / p99, one at a time', measured: pair(single.turnMs), aim: '–' },
    { figure: 'turns per second, one process, 40 people at once', measured: many.turnsPerSecond.toFixed(1), aim: '–' },
    { figure: 'webhook acknowledgement p50 / p99, one at a time', measured: pair(single.ackMs), aim: 'p99 ≤ 25 ms' },
    { figure: 'webhook acknowledgement p50 / p99, 40 people at once', measured: pair(many.ackMs), aim: '–' },
    { figure: 'first start, seeding the sample', measured: `${(first.startMs / 1000).toFixed(2)} s`, aim: '–' },
    { figure: 'second start', measured: `${(server.startMs / 1000).toFixed(2)} s`, aim: '< 3 s' },
    { figure: 'idle memory, embedded', measured: idle === null ? 'not measured here' : `${idle} MB`, aim: '≤ 650 MB' },
    { figure: 'node_modules for running, beside the runtime', measured: `${install} MB`, aim: '≤ 250 MB' },
  ];
}

function cpu(load: Load): string {
  return load.cpuMsPerTurn === null ? 'not measured here' : `${load.cpuMsPerTurn.toFixed(1)} ms`;
}

type Document = { readonly line: readonly Row[]; readonly delivery: readonly Row[]; readonly calls: number };

function documentOf({ line, delivery, calls }: Document): string {
  const [processor] = cpus();
  const machine = `${cpus().length} × ${processor?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB`;
  const table = (rows: readonly Row[]): readonly string[] => [
    '| figure | measured | aim |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.figure} | ${row.measured} | ${row.aim} |`),
    '',
  ];
  return [
    '# Figures',
    '',
    'Written by `npm run bench`; never edit by hand. Machines differ and are noisy: compare figures of one run.',
    '',
    `Measured ${new Date().toISOString().slice(0, 10)} on ${machine}, Node ${process.versions.node}, fake model and fake Telegram, everything on`,
    `one machine. A turn here is two model calls, one tool call, everything durable, streamed; ${calls} model calls were`,
    'answered in all.',
    '',
    '## The line, embedded, model at 0 ms',
    '',
    ...table(line),
    '## Delivery',
    '',
    `One process, all roles. First words: model at 300 ms and ${TOKEN_MS} ms a token, counted from the end of the quiet window; the gate lets`,
    'whole checked sentences out. What was lost or doubled under fire is counted by `npm run chaos`.',
    '',
    ...table(delivery),
  ].join('\n');
}

/** Asked for by name: they take minutes, and docs/figures.md is about the line alone. */
const others: Readonly<Record<string, () => Promise<void>>> = {
  retrieval: () => benchRetrieval(Number(process.argv[3] ?? 100_000)),
  ingest: () => benchIngest(Number(process.argv[3] ?? 400)),
};
await (others[process.argv[2] ?? ''] ?? main)();
