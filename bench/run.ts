/** `npm run bench`: measures this machine's figures against fakes and writes docs/figures.md. Nothing here is a test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { type BotApi, startBotApi } from '../test/peers/bot-api.ts';
import { type ChatRequest, type PeerReply, startOpenAi } from '../test/peers/openai.ts';
import { benchIngest } from './ingest.ts';
import { installMegabytes } from './install-size.ts';
import { type Load, runLoad } from './load.ts';
import { benchRetrieval } from './retrieval.ts';
import { type Running, startServer } from './server-process.ts';

const FIGURES = new URL('../docs/figures.md', import.meta.url);
const IDLE_MS = 5_000;

type Row = { readonly figure: string; readonly measured: string; readonly aim: string };

/** Two model calls and one tool a turn: the first call always asks for a search, the second always answers. */
function script(request: ChatRequest): PeerReply {
  const hasResult = request.messages.some((message) => message.role === 'tool');
  const canSearch = request.tools?.some((tool) => tool.function.name === 'search_knowledge') ?? false;
  if (hasResult || !canSearch) return { text: 'The Breathwork Course takes eight weeks [1].' };
  return { toolCalls: [{ name: 'search_knowledge', arguments: { query: 'breathwork course length' } }] };
}

async function main(): Promise<void> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const bot = await startBotApi();
  const model = await startOpenAi({ script });
  const folder = await mkdtemp(join(tmpdir(), 'throughline-bench-'));
  const settings = { folder, telegramRoot: bot.root, telegramToken: bot.token, modelUrl: model.url };
  try {
    say('first start (seeds the sample) …');
    const first = await startServer(settings);
    await first.stop();
    say('second start, then idle …');
    const server = await startServer(settings);
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const idle = await server.memoryMegabytes();
    say('turns one after the other …');
    const single = await load(server, bot, { people: 1, turns: 150, warmUp: 20 });
    say('turns side by side …');
    const many = await load(server, bot, { people: 40, turns: 400, warmUp: 40 });
    const calls = model.requests.length;
    await server.stop();
    const rows = rowsOf({ first, server, idle, single, many, install: await installMegabytes() });
    const text = documentOf(rows, { calls });
    await writeFile(FIGURES, text);
    process.stdout.write(text);
  } finally {
    await model.abandon();
    await bot.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

type Plan = { readonly people: number; readonly turns: number; readonly warmUp: number };

async function load(server: Running, bot: BotApi, plan: Plan): Promise<Load> {
  await runLoad(server, bot, { people: plan.people, turns: plan.warmUp });
  return runLoad(server, bot, plan);
}

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

function documentOf(rows: readonly Row[], { calls }: { readonly calls: number }): string {
  const [processor] = cpus();
  const machine = `${cpus().length} × ${processor?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB`;
  return [
    '# Figures',
    '',
    'Written by `npm run bench`; never edit by hand. Machines differ and are noisy: compare figures of one run.',
    '',
    `Measured ${new Date().toISOString().slice(0, 10)} on ${machine}, Node ${process.versions.node}, embedded database, fake model at 0 ms,`,
    'fake Telegram, everything on one machine. A turn here is two model calls, one tool call, everything durable, streamed;',
    `${calls} model calls were answered in all.`,
    '',
    '| figure | measured | aim |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.figure} | ${row.measured} | ${row.aim} |`),
    '',
  ].join('\n');
}

/** Asked for by name: they take minutes, and docs/figures.md is about the line alone. */
const others: Readonly<Record<string, () => Promise<void>>> = {
  retrieval: () => benchRetrieval(Number(process.argv[3] ?? 100_000)),
  ingest: () => benchIngest(Number(process.argv[3] ?? 400)),
};
await (others[process.argv[2] ?? ''] ?? main)();
