/** tool: a tool was called, and how often. Reads before the model, calls of the model and of the fallback all count. */
import { z } from 'zod';
import { ToolCall } from '../../../core/tool-call.ts';
import { defineScorer } from '../../scorer.ts';

const Times = z.union([z.number().int().nonnegative(), z.string().regex(/^(>=|<=|=)?\d{1,3}$/)]).transform((times) => {
  const [, sign = '=', count = '0'] = /^(>=|<=|=)?(\d+)$/.exec(String(times)) ?? [];
  return { sign, count: Number(count) };
});
type Times = z.infer<typeof Times>;

const SIGNS: Readonly<Record<Times['sign'], string>> = { '>=': 'at least ', '<=': 'at most ', '=': '' };

export const tool = defineScorer({
  name: 'tool',
  reads: 'turn',
  schema: z.strictObject({
    name: z.string().min(1),
    /** `2`, `">=1"`, `"<=3"`. */
    times: Times.default({ sign: '>=', count: 1 }),
    /** Counts only the calls that ended so. */
    outcome: ToolCall.shape.outcome.optional(),
  }),
  refersTo: ({ name }) => [{ kind: 'tool', name }],
  score: ({ name, times, outcome }, played) => {
    const calls = played.turns.flatMap((turn) => turn.draft?.toolCalls ?? []);
    const count = calls.filter((call) => call.name === name && (!outcome || call.outcome === outcome)).length;
    const how = outcome ? `${name} (${outcome})` : name;
    return {
      verdict: holds(count, times) ? 'pass' : 'fail',
      expected: `tool ${how} ${SIGNS[times.sign]}${times.count} ×`,
      got: `tool ${how} ${count} ×; called: ${listed(calls.map((call) => `${call.name} (${call.outcome})`))}`,
    };
  },
});

function holds(count: number, { sign, count: wanted }: Times): boolean {
  if (sign === '>=') return count >= wanted;
  return sign === '<=' ? count <= wanted : count === wanted;
}

function listed(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'none';
}
