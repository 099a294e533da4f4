/** What a suite file may say: suites, gates, cases, turns and expectations, as schemas. Unknown keys are errors. */
import { z } from 'zod';
import { ChannelName } from '../core/event.ts';
import { scorers } from './registry.ts';
import type { AnyScorer } from './scorer.ts';

export type Expectation = {
  readonly scorer: AnyScorer;
  /** As it stands in the file; the scorer's schema has accepted it. */
  readonly expected: unknown;
  readonly isNegated: boolean;
};

const Name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/);
const NAMES = scorers.map((scorer) => scorer.name);

/** One of `{name: expected}` and `{not: {name: expected}}`. */
const ExpectationEntry = z.unknown().transform((raw, context): Expectation => {
  const outer = onlyEntry(raw);
  const isNegated = outer?.key === 'not';
  const inner = isNegated ? onlyEntry(outer.value) : outer;
  const at = isNegated ? ['not'] : [];
  const fail = (message: string, path: readonly PropertyKey[]): never => {
    context.addIssue({ code: 'custom', message, path: [...path] });
    return z.NEVER;
  };
  if (!inner) return fail(`expected one key with its value: one of ${NAMES.join(', ')}, not`, at);
  const scorer = scorers.find((one) => one.name === inner.key);
  const path = [...at, inner.key];
  if (!scorer) return fail(`is no expectation: write one of ${[...NAMES, 'not'].join(', ')}`, path);
  const parsed = scorer.schema.safeParse(inner.value);
  for (const issue of parsed.error?.issues ?? []) context.addIssue({ ...issue, path: [...path, ...issue.path] });
  return { scorer, expected: inner.value, isNegated };
});

function onlyEntry(raw: unknown): { readonly key: string; readonly value: unknown } | null {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return null;
  const [entry, ...others] = Object.entries(raw);
  return entry && others.length === 0 ? { key: entry[0], value: entry[1] } : null;
}

const Expectations = z.array(ExpectationEntry).default([]);

/** How much later than the turn before, by the clock of the world. */
const After = z.string().regex(/^\d+(s|m|h|d)$/);

const CaseTurn = z
  .strictObject({
    says: z.string().min(1).max(20_000).optional(),
    /** The label of an option in the last answer. */
    chooses: z.string().min(1).optional(),
    after: After.optional(),
    channel: ChannelName.optional(),
    expect: Expectations,
  })
  .superRefine(({ says, chooses }, context) => {
    if ((says === undefined) !== (chooses === undefined)) return;
    context.addIssue({ code: 'custom', message: 'a turn has either "says" or "chooses", and not both', path: [] });
  });
export type CaseTurn = z.infer<typeof CaseTurn>;

const Given = z.strictObject({
  channel: ChannelName.optional(),
  person: z
    .strictObject({
      /** Only tells people of one case apart; every trial has its own. */
      ref: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,40}$/)
        .default('someone'),
      locale: z
        .string()
        .regex(/^[a-z]{2}(-[A-Z]{2})?$/)
        .default('en'),
      /** The id of one of members.yaml, proven by the site. */
      member: z.string().min(1).optional(),
    })
    .prefault({}),
});

export const EvalCase = z
  .strictObject({
    id: Name,
    tags: z.array(Name).default([]),
    given: Given.prefault({}),
    turns: z.array(CaseTurn).min(1),
    /** About the whole case. */
    expect: Expectations,
  })
  .superRefine(checkCase);
export type EvalCase = z.infer<typeof EvalCase>;

function checkCase(
  { turns, expect }: { readonly turns: readonly CaseTurn[]; readonly expect: readonly unknown[] },
  context: z.RefinementCtx,
): void {
  if (turns[0]?.chooses !== undefined) {
    const message = 'nothing was answered yet, so nothing can be chosen: begin with "says"';
    context.addIssue({ code: 'custom', message, path: ['turns', 0, 'chooses'] });
  }
  if (expect.length + turns.reduce((sum, turn) => sum + turn.expect.length, 0) === 0) {
    context.addIssue({
      code: 'custom',
      message: 'expects nothing: add "expect" to a turn or to the case',
      path: ['id'],
    });
  }
}

const Share = z.number().min(0).max(1);

export const Gate = z.discriminatedUnion('metric', [
  z.strictObject({
    metric: z.literal('pass_rate'),
    /** `lower_bound`: of the 95 % interval. */
    use: z.enum(['lower_bound', 'rate']).default('lower_bound'),
    min: Share,
  }),
  z.strictObject({ metric: z.literal('invalid_rate'), max: Share }),
  z.strictObject({ metric: z.literal('error_rate'), max: Share }),
]);
export type Gate = z.infer<typeof Gate>;

export const Suite = z
  .strictObject({
    suite: Name,
    /** regression: its gates decide · capability: measured and shown, decides nothing. */
    kind: z.enum(['regression', 'capability']),
    defaults: z
      .strictObject({ repeat: z.number().int().min(1).max(100).default(1), channel: ChannelName.default('web') })
      .prefault({}),
    gate: z.array(Gate).default([]),
    cases: z.array(EvalCase).min(1),
  })
  .superRefine(({ kind, gate }, context) => {
    if (kind === 'regression' && !gate.some((one) => one.metric === 'pass_rate')) {
      const message =
        'a regression suite needs a gate on pass_rate: add {metric: pass_rate, use: lower_bound, min: 0.8}';
      context.addIssue({ code: 'custom', message, path: ['kind'] });
    }
    if (kind === 'capability' && gate.length > 0) {
      const message = 'a capability suite decides nothing: remove the gate, or write kind: regression';
      context.addIssue({ code: 'custom', message, path: ['gate'] });
    }
  });
export type Suite = z.infer<typeof Suite>;
