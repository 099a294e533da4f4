/** throughline gaps: what people asked and nothing answered, the same questions together. */
import { type Command, InvalidArgumentError } from 'commander';
import type { GapCluster } from '../memory/gaps.ts';
import { clusterGaps, MOST_GAPS } from '../server/gaps.ts';
import { withStore } from './store.ts';

const SHOWN = 3;

type Options = { readonly days: number; readonly json?: boolean };

/** Registers the verb. */
export function addGaps(program: Command): void {
  program
    .command('gaps')
    .description('questions that nothing in the knowledge answered, the same ones together, most asked first')
    .option('--days <n>', 'how far back', wholeDays, 30)
    .option('--json', 'print one JSON object')
    .action(async ({ days, json }: Options) => {
      const gaps = await withStore((store) => store.memory.gaps.list({ days, limit: MOST_GAPS }));
      const clusters = clusterGaps(gaps);
      process.stdout.write(json ? `${JSON.stringify({ days, gaps: clusters })}\n` : textOf(clusters, days));
    });
}

function textOf(clusters: readonly GapCluster[], days: number): string {
  if (clusters.length === 0) return `Nothing was left unanswered in the last ${days} days.\n`;
  return clusters
    .map(({ asked, lastAskedAt, questions }) => {
      const lines = questions
        .slice(0, SHOWN)
        .map(({ text, turn }) => `     "${text.replaceAll(/\s+/g, ' ').slice(0, 90)}"  ${turn}`);
      const more = questions.length > SHOWN ? [`     and ${questions.length - SHOWN} more`] : [];
      return [`${String(asked).padStart(3)} ×  last ${lastAskedAt.slice(0, 10)}`, ...lines, ...more].join('\n');
    })
    .join('\n\n')
    .concat('\n');
}

function wholeDays(text: string): number {
  const number = Number(text);
  if (/^\d{1,4}$/.test(text) && number >= 1) return number;
  throw new InvalidArgumentError('Write a whole number of days from 1 to 9999.');
}
