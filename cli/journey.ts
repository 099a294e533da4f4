/** throughline journey: look at the definition, play events against it, and move or dispute by hand. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { Clock } from '../core/clock.ts';
import { errorCode, InvalidPayloadError } from '../core/errors.ts';
import { DEFAULT_OUTREACH } from '../core/outreach.ts';
import type { Workspace } from '../core/workspace.ts';
import { mermaidOf } from '../journey/draw.ts';
import { createJourneyMachine } from '../journey/machine.ts';
import { parseStep, SCRIPT_HELP, simulate } from '../journey/simulate.ts';
import type { JourneyCounts } from '../memory/people.ts';
import { readEnvironment } from '../server/config.ts';
import { readWorkspace } from '../server/workspace.ts';
import { addJourneyByHand } from './journey-by-hand.ts';
import { definitionJson, definitionText, lostStages, playedText } from './journey-text.ts';
import { withStore } from './store.ts';
import type { AddVerb, Outputs } from './verb.ts';

export type JourneyVerbParts = { readonly outputs: Outputs; readonly clock: Clock };

/** Registers `journey show`, `simulate`, `moves`, `move` and `dispute`. */
export function journeyVerb({ outputs, clock }: JourneyVerbParts): AddVerb {
  return (program) => {
    const journey = program.command('journey').description('where people stand, and what moves them');
    addShow(journey, outputs);
    addSimulate(journey, outputs);
    addJourneyByHand(journey, { outputs, clock, operator: userInfo().username });
  };
}

type ShowOptions = { readonly mermaid?: boolean; readonly json?: boolean; readonly counts: boolean };

function addShow(journey: Command, outputs: Outputs): void {
  journey
    .command('show')
    .description('the stages and transitions of journey.yaml, with how many people stand and went where')
    .option('--mermaid', 'print a mermaid state diagram')
    .option('--json', 'print one JSON object')
    .option('--no-counts', 'do not open the database')
    .addHelpText('after', '\nExit code 1: the definition has mistakes; each is told with its line.\n')
    .action(async ({ mermaid, json, counts: wantsCounts }: ShowOptions) => {
      const workspace = await workspaceOr1(outputs);
      if (!workspace) return;
      const { journey: definition } = workspace;
      const counts = wantsCounts ? await countsOf(outputs) : null;
      const lost = counts === null ? [] : lostStages(definition, counts);
      if (json) outputs.stdout.write(`${JSON.stringify(definitionJson(definition, counts))}\n`);
      else outputs.stdout.write(mermaid ? mermaidOf(definition, counts) : definitionText(definition, counts));
      for (const line of lost) outputs.stderr.write(`${line}\n`);
    });
}

/** Null, and why on standard error, where the store cannot be asked now. A folder that is not there is not made for this. */
async function countsOf({ stderr }: Outputs): Promise<JourneyCounts | null> {
  const { databaseUrl, dataFolder } = readEnvironment();
  if (databaseUrl === null && !existsSync(dataFolder)) return null;
  try {
    return await withStore((store) => store.memory.journeys.counts());
  } catch (error) {
    if (errorCode(error) === 'unexpected') throw error;
    stderr.write(`Without counts: ${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  }
}

/** Undefined, with exit code 1 and the mistakes on standard error, when the workspace cannot be read. */
async function workspaceOr1({ stderr }: Outputs): Promise<Workspace | undefined> {
  try {
    return await readWorkspace(readEnvironment().workspaceFolder);
  } catch (error) {
    if (errorCode(error) !== 'workspace_invalid') throw error;
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

type SimulateOptions = {
  readonly events?: string;
  readonly event: readonly string[];
  readonly from?: string;
  readonly tag: readonly string[];
  readonly at: string;
  readonly timeZone?: string;
  readonly json?: boolean;
};

const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value];

function addSimulate(journey: Command, outputs: Outputs): void {
  journey
    .command('simulate')
    .description('play events, intents and days against journey.yaml: what moved, what was refused and why')
    .option('-e, --event <step>', 'one step; may be given many times', collect, [])
    .option('--events <file>', 'steps, one in a line; # begins a comment')
    .option('--from <stage>', 'begin in this stage')
    .option('--tag <tag>', 'begin with this tag; may be given many times', collect, [])
    .option('--at <time>', 'begin at this time', '2026-01-05T09:00:00Z')
    .option('--time-zone <name>', "the person's; else the organisation's")
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `\nSteps: ${SCRIPT_HELP}\nExit code 1: the definition has mistakes; each is told with its line.`,
    )
    .action(async (options: SimulateOptions) => {
      const workspace = await workspaceOr1(outputs);
      if (!workspace) return;
      const played = simulate(workspace.journey, await simulationOf(workspace, options));
      outputs.stdout.write(options.json ? `${JSON.stringify({ steps: played })}\n` : playedText(played));
    });
}

async function simulationOf(workspace: Workspace, options: SimulateOptions) {
  const { journey: definition, organisation } = workspace;
  const start = Date.parse(options.at);
  if (Number.isNaN(start)) {
    throw new InvalidPayloadError('malformed', `--at is "${options.at}"; write a time such as 2026-01-05T09:00:00Z`);
  }
  const stage = options.from ?? definition.initial;
  const names = definition.stages.map(({ name }) => name);
  if (!names.includes(stage)) {
    throw new InvalidPayloadError('malformed', `--from is "${stage}"; write one of ${names.join(', ')}`);
  }
  const { quietFrom: from, quietUntil: until } = organisation.outreach ?? DEFAULT_OUTREACH;
  return {
    state: { ...createJourneyMachine(definition).start(start), stage, tags: [...options.tag] },
    now: { now: start, isMember: false, timeZone: options.timeZone ?? organisation.timeZone, quiet: { from, until } },
    steps: await stepsOf(options),
  };
}

/** The file's steps first, then those of the command line. */
async function stepsOf({ events, event }: SimulateOptions) {
  const lines = events === undefined ? [] : (await readEvents(events)).split(/\r?\n/);
  const ofFile = lines.flatMap((line, index) => {
    const text = line.replace(/(^|\s)#.*$/, '').trim();
    return text === '' ? [] : [{ text, step: parseStep(text, `${events}:${index + 1}`) }];
  });
  const all = [...ofFile, ...event.map((text) => ({ text, step: parseStep(text, '-e') }))];
  if (all.length > 0) return all;
  throw new InvalidPayloadError('malformed', `There is nothing to play: give -e or --events. Steps: ${SCRIPT_HELP}`);
}

function readEvents(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new InvalidPayloadError('malformed', `--events: "${file}" cannot be read (${code}); name a text file`);
  });
}
