/** throughline exemplars: the review of what could teach the intents. */
import type { Command } from 'commander';
import { InvalidPayloadError } from '../core/errors.ts';
import type { Candidate, Decision, IntentLedger } from '../memory/exemplars.ts';
import { readEnvironment } from '../server/config.ts';
import { readWorkspace } from '../server/workspace.ts';
import { withStore } from './store.ts';

const LEDGER_DAYS = 30;

type Json = { readonly json?: boolean };

/** Registers the verbs `exemplars review`, `exemplars accept` and `exemplars reject`. */
export function addExemplars(program: Command): void {
  const exemplars = program.command('exemplars').description('review what could teach the intents');
  exemplars
    .command('review')
    .description('candidates that wait: messages a model had to place, and corrections by operators')
    .option('--json', 'print one JSON object')
    .action(async ({ json }: Json) => {
      const [candidates, ledger] = await withStore(({ memory }) =>
        Promise.all([memory.exemplars.candidates('pending'), memory.exemplars.ledger(LEDGER_DAYS)]),
      );
      const text = `${ledgerText(ledger)}\n\n${listText(candidates)}`;
      process.stdout.write(json ? `${JSON.stringify({ candidates, ledger })}\n` : text);
    });
  exemplars
    .command('accept <id>')
    .description('teach it from the next start on')
    .option('--intent <name>', 'the intent it teaches, instead of the suggested one')
    .option('--json', 'print one JSON object')
    .action(async (id: string, { intent, json }: Json & { readonly intent?: string }) => {
      if (intent !== undefined) await refuseUnknown(intent);
      show(await decide(id, { state: 'accepted', ...(intent === undefined ? {} : { intent }) }), { json });
    });
  exemplars
    .command('reject <id>')
    .description('never propose this text again')
    .option('--json', 'print one JSON object')
    .action(async (id: string, { json }: Json) => show(await decide(id, { state: 'rejected' }), { json }));
}

function decide(id: string, decision: Decision): Promise<Candidate> {
  return withStore(({ memory }) => memory.exemplars.decide(id, decision));
}

async function refuseUnknown(intent: string): Promise<void> {
  const { intents } = await readWorkspace(readEnvironment().workspaceFolder);
  const names = intents.flatMap((file) => file.intents.map(({ name }) => name)).toSorted();
  if (names.includes(intent)) return;
  throw new InvalidPayloadError('not_found', `There is no intent "${intent}". Write one of ${names.join(', ')}.`, {
    path: '--intent',
  });
}

function show(candidate: Candidate, { json }: { readonly json: boolean | undefined }): void {
  const { id, state, intent, text } = candidate;
  const said = state === 'accepted' ? `teaches "${intent}" from the next start on` : 'is rejected';
  process.stdout.write(json ? `${JSON.stringify(candidate)}\n` : `${id} ${said}: ${text}\n`);
}

function ledgerText({ days, clear, asked, askedTokens, savedTokens }: IntentLedger): string {
  const told = `In ${days} days ${clear} intents were clear without a model; a model was asked about ${asked}`;
  return savedTokens === null
    ? `${told}.`
    : `${told}, for ${askedTokens} tokens. At that price the others would have cost ${savedTokens}.`;
}

function listText(candidates: readonly Candidate[]): string {
  if (candidates.length === 0) return 'No candidates wait.\n';
  const rows = candidates.map(({ id, intent, reason, createdAt, text }) =>
    [
      id.padStart(5),
      createdAt.slice(0, 10),
      reason.padEnd(10),
      (intent ?? '?').padEnd(20),
      text.replaceAll(/\s+/g, ' '),
    ].join('  '),
  );
  return `${rows.join('\n')}\n\nAccept with: throughline exemplars accept <id> [--intent <name>]\n`;
}
