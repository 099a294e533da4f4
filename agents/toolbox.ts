/** Runs tools by name: checks who may hear and what was asked, bounds time and size, records every call in order. */
import { audiencesHeard, type Clearance } from '../core/audience.ts';
import { errorCode } from '../core/errors.ts';
import type { ToolCall } from '../core/tool-call.ts';
import type { Tool, Toolbox } from './agent.ts';
import { capJson } from './cap-json.ts';

export type ToolboxOptions = {
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
  /** Milliseconds one call may take. */
  readonly toolMs: number;
  readonly clearance: Clearance;
  /** Ends every running call; what is under way at a port goes on, and is keyed. */
  readonly signal: AbortSignal;
  /** Told when a call has ended, however it ended. */
  readonly onCall?: ((call: ToolCall) => void) | undefined;
};

const MAX_RESULT_BYTES = 8_000;
const MAX_ARGUMENT_BYTES = 2_000;
/** A model in a loop must not fill the trace or the database. */
const MAX_CALLS = 24;
const MAX_WRITES = 3;

type Outcome = Pick<ToolCall, 'outcome' | 'result'>;

/** A toolbox for one act. `call` never throws: unknown, refused and failing tools are recorded outcomes. */
export function createToolbox(tools: readonly Tool[], options: ToolboxOptions): Toolbox {
  // A slot is taken when a call is asked for, so that calls running side by side are recorded in the order of asking.
  const slots: (ToolCall | null)[] = [];
  let writes = 0;
  const outcomeOf = async (name: string, input: unknown): Promise<Outcome> => {
    const tool = tools.find((candidate) => candidate.name === name);
    if (!tool) return refused('unknown_tool');
    if (slots.length > MAX_CALLS) return refused('too_many_calls');
    const why = whyNotHere(tool, options.clearance);
    if (why) return refused(why);
    const checked = tool.arguments.safeParse(input);
    if (!checked.success) return refused(`broken_arguments: ${brief(checked.error.issues)}`);
    if (tool.effect === 'writes' && writes >= MAX_WRITES) return refused('too_many_writes');
    if (tool.effect === 'writes') writes += 1;
    return await runTool(tool, { input, options });
  };
  return {
    tools,
    get calls() {
      return slots.filter((slot) => slot !== null);
    },
    call: async (name, input, by) => {
      const slot = slots.push(null) - 1;
      const started = options.elapsed();
      const outcome = await outcomeOf(name, input);
      const recorded = { name: name.slice(0, 64), arguments: capJson(input, MAX_ARGUMENT_BYTES), by };
      const call: ToolCall = { ...recorded, ...outcome, milliseconds: options.elapsed() - started };
      slots[slot] = call;
      options.onCall?.(call);
      return call;
    },
  };
}

/** The tools a model may be offered on a thread of this clearance; the toolbox refuses the others anyway. */
export function toolsFor(tools: readonly Tool[], clearance: Clearance): readonly Tool[] {
  return tools.filter((tool) => whyNotHere(tool, clearance) === null);
}

function whyNotHere(tool: Tool, clearance: Clearance): string | null {
  if (tool.effect === 'writes' && clearance === 'public') return 'no_writes_in_public';
  // Membership is the ports' affair (they filter by hearing); here only the place counts.
  if (!audiencesHeard({ clearance, isMember: true }).includes(tool.audience)) return 'not_for_this_thread';
  return null;
}

function refused(reason: string): Outcome {
  return { outcome: 'refused', result: { reason } };
}

function brief(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  return issues
    .slice(0, 3)
    .map((issue) => `${issue.path.map(String).join('.') || 'arguments'}: ${issue.message}`)
    .join('; ')
    .slice(0, 300);
}

type Run = { readonly input: unknown; readonly options: ToolboxOptions };

async function runTool(tool: Tool, { input, options }: Run): Promise<Outcome> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(options.signal.reason);
  const timer = setTimeout(() => reject(TIMED_OUT), options.toolMs);
  options.signal.addEventListener('abort', abort, { once: true });
  try {
    if (options.signal.aborted) abort();
    const result = await Promise.race([ended, tool.run(input)]);
    return { outcome: 'ok', result: capJson(result, MAX_RESULT_BYTES) };
  } catch (error) {
    return { outcome: 'failed', result: { error: error === TIMED_OUT ? 'tool_timeout' : errorCode(error) } };
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', abort);
  }
}

const TIMED_OUT = Symbol('the tool took longer than its time');
