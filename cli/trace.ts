/** throughline trace: the story of past turns, in the terminal. */
import type { Command } from 'commander';
import { blocksToText } from '../core/block.ts';
import { InvalidPayloadError } from '../core/errors.ts';
import { eventText } from '../core/event.ts';
import { TurnId } from '../core/ids.ts';
import { type PlacedSpan, spansInOrder } from '../core/span-tree.ts';
import type { Turn } from '../core/turn.ts';
import type { TurnSummary } from '../memory/turns.ts';
import { withStore } from './store.ts';

type ListOptions = { readonly limit: string; readonly json?: boolean };

/** Registers the verbs `trace ls` and `trace show`. */
export function addTrace(program: Command): void {
  const trace = program.command('trace').description('look at past turns');
  trace
    .command('ls')
    .description('the last turns, newest first')
    .option('--limit <n>', 'how many', '20')
    .option('--json', 'print one JSON object')
    .action(async ({ limit, json }: ListOptions) => {
      const turns = await withStore((store) => store.memory.turns.list({ limit: Math.max(1, Number(limit) || 20) }));
      process.stdout.write(json ? `${JSON.stringify({ turns })}\n` : listText(turns));
    });
  trace
    .command('show <turn>')
    .description('one turn with its steps')
    .option('--json', 'print the whole record')
    .action(async (id: string, { json }: { readonly json?: boolean }) => {
      const parsed = TurnId.safeParse(id);
      if (!parsed.success) {
        throw new InvalidPayloadError(
          'not_found',
          `"${id}" is not the id of a turn. "throughline trace ls" lists them.`,
        );
      }
      const turn = await withStore((store) => store.memory.turns.get(parsed.data));
      process.stdout.write(json ? `${JSON.stringify(turn)}\n` : showText(turn));
    });
}

function listText(turns: readonly TurnSummary[]): string {
  if (turns.length === 0) return 'No turns yet. Write something, e.g. with "throughline chat".\n';
  const rows = turns.map((turn) =>
    [
      turn.startedAt.slice(0, 19).replace('T', ' '),
      turn.id,
      turn.channel.padEnd(10),
      turn.status.padEnd(9),
      (turn.intent ?? '–').padEnd(18),
      (turn.agent ?? '–').padEnd(10),
      `${Math.round(turn.milliseconds)} ms`.padStart(8),
      turn.preview.replaceAll(/\s+/g, ' ').slice(0, 60),
    ].join('  '),
  );
  return `${rows.join('\n')}\n`;
}

function showText(turn: Turn): string {
  const nearest = turn.intent?.neighbours.slice(0, 3).map((one) => `"${one.text}" ${one.similarity.toFixed(2)}`) ?? [];
  const calls = turn.draft?.toolCalls.map((call) => `  ${call.name} (${call.by}) ${call.outcome}`) ?? [];
  return [
    `turn     ${turn.id}  ${turn.status}  ${turn.milliseconds.toFixed(0)} ms`,
    `heard    ${turn.events.map(({ event }) => eventText(event)).join(' / ')}`,
    `intent   ${turn.intent?.name ?? '–'} ${turn.intent?.confidence.toFixed(2) ?? ''}  near ${nearest.join(', ')}`,
    `screened ${turn.screening?.level ?? '–'}`,
    `journey  ${turn.journeyBefore?.stage ?? '–'} → ${turn.journeyAfter?.stage ?? '–'}`,
    `route    ${routeText(turn)}`,
    `fallback ${turn.draft?.fallback ?? 'none: a model wrote it'}`,
    'steps',
    ...spansInOrder(turn.spans).map(spanText),
    ...(calls.length > 0 ? ['tools', ...calls] : []),
    `check    ${turn.check?.outcome ?? '–'} ${turn.check?.objections.join(', ') ?? ''}`,
    `said     ${turn.reply ? blocksToText(turn.reply.blocks) : '(nothing)'}`,
    '',
  ].join('\n');
}

function spanText({ span, depth }: PlacedSpan): string {
  const name = `${'  '.repeat(depth)}${span.name}`;
  const length = span.endMs === null ? 'running' : `${(span.endMs - span.startMs).toFixed(1)} ms`;
  const { data } = span;
  const tokens = data.kind === 'model' ? `  ${data.inputTokens} tokens in, ${data.outputTokens} out` : '';
  const start = span.startMs.toFixed(1).padStart(8);
  return `  ${start}  ${name.padEnd(26)} ${length.padStart(10)}  ${span.outcome}${tokens}`;
}

function routeText({ route }: Turn): string {
  if (!route) return '–';
  return `${route.kind === 'agent' ? route.agent : route.kind} because ${route.because}`;
}
