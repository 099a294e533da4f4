/** throughline person: who somebody is, what links them, their own copy of everything, and the end of it. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { PermanentError } from '../core/errors.ts';
import type { LinkOutcome } from '../core/link.ts';
import type { Collected, Receipt } from '../memory/erasures.ts';
import type { PersonView } from '../memory/people.ts';
import { exportOf } from '../server/person-export.ts';
import { handleNamed, viewPerson } from '../server/person-view.ts';
import { withPeople, withStore } from './store.ts';

type Json = { readonly json?: boolean };

const WHO = 'a handle or person by id, or <channel>:<address>, e.g. telegram:4711';
const JSON_OPTION = ['--json', 'print one JSON object'] as const;

/** Registers the verbs below `person`. */
export function addPerson(program: Command): void {
  const person = program.command('person').description('show, link, export and erase people');
  person
    .command('show')
    .argument('<who>', WHO)
    .description('addresses, links with their proofs, claims, where they stand')
    .option(...JSON_OPTION)
    .action(async (who: string, { json }: Json) => {
      const view = await withStore(({ memory }) => viewPerson(who, { memory }));
      print(view, { json, text: viewText(view) });
    });
  addLinking(person);
  addOwning(person);
}

function addLinking(person: Command): void {
  person
    .command('link')
    .argument('<a>', WHO)
    .argument('<b>', WHO)
    .requiredOption('--reason <text>', 'why an operator says that both are one person')
    .description('make two addresses one person, on an operator’s word')
    .option(...JSON_OPTION)
    .action(async (a: string, b: string, { reason, json }: Json & { readonly reason: string }) => {
      const outcome = await withPeople(async ({ memory }) =>
        memory.people.link(await handleNamed(a, { memory }), await handleNamed(b, { memory }), {
          proof: 'operator',
          reason,
        }),
      );
      print(outcome, { json, text: outcomeText(outcome) });
      if (outcome.kind === 'blocked') process.exitCode = 1;
    });
  person
    .command('unlink')
    .argument('<a>', WHO)
    .argument('<b>', WHO)
    .description('take one link away; both sides are as they were')
    .option(...JSON_OPTION)
    .action(async (a: string, b: string, { json }: Json) => {
      const removed = await withPeople(async ({ memory }) =>
        memory.people.unlink(await handleNamed(a, { memory }), await handleNamed(b, { memory })),
      );
      print({ removed }, { json, text: removed ? 'The link is gone.\n' : 'There was no such link.\n' });
    });
  person
    .command('split')
    .argument('<handle>', WHO)
    .description('take one address out of its person, with all its links')
    .option(...JSON_OPTION)
    .action(async (who: string, { json }: Json) => {
      const links = await withPeople(async ({ memory }) => memory.people.split(await handleNamed(who, { memory })));
      print({ links }, { json, text: `${links} ${links === 1 ? 'link is' : 'links are'} gone.\n` });
    });
}

function addOwning(person: Command): void {
  person
    .command('export')
    .argument('<who>', WHO)
    .option('--out <file>', 'where the ZIP goes', 'person.zip')
    .description('everything of a person: JSON for each store and one page to read')
    .option(...JSON_OPTION)
    .action(async (who: string, { out, json }: Json & { readonly out: string }) => {
      const collected = await collect(who);
      const archive = exportOf(collected, Date.now());
      // Nobody else may read it, and nothing is overwritten in silence.
      await writeFile(out, archive, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
        throw new PermanentError(
          'config_invalid',
          `"${out}" cannot be written. Name a file that is not there yet: --out FILE.`,
          { cause: error },
        );
      });
      print(
        { file: out, bytes: archive.length, rows: rowsIn(collected) },
        { json, text: `${out}: ${archive.length} bytes\n` },
      );
    });
  person
    .command('erase')
    .argument('<who>', WHO)
    .requiredOption('--by <name>', 'who erases; stands in the receipt')
    .option('--yes', 'really do it; without it only say what would go')
    .description('take a person out of every store, for ever; prints the receipt')
    .option(...JSON_OPTION)
    .action(async (who: string, { by, yes, json }: Json & { readonly by: string; readonly yes?: boolean }) => {
      if (!yes) {
        const rows = rowsIn(await collect(who));
        print(
          { wouldErase: rows },
          { json, text: `Would erase ${countsText(rows)}. Nothing was done; add --yes to do it.\n` },
        );
        return;
      }
      const receipt = await withStore(async ({ memory }) =>
        memory.erasures.erase(await handleNamed(who, { memory }), by),
      );
      print(receipt, { json, text: receiptText(receipt) });
    });
}

function collect(who: string): Promise<Collected> {
  return withStore(async ({ memory }) => memory.erasures.collect(await handleNamed(who, { memory })));
}

function rowsIn(collected: Collected): Readonly<Record<string, number>> {
  const counts = Object.entries(collected).map(([store, rows]) => [store, rows.length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

function print(value: unknown, { json, text }: { readonly json: boolean | undefined; readonly text: string }): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : text);
}

function viewText({ person, links, claims, journey }: PersonView): string {
  const addresses = person.handles.map(
    ({ id, channel, externalId, displayName }) => `  ${id}  ${channel}:${externalId}  ${displayName ?? ''}`,
  );
  const edges = links.map(
    ({ a, b, proof, strength, reason, linkedAt }) =>
      `  ${a} – ${b}  ${proof} (${strength}), ${linkedAt.slice(0, 10)}: ${reason}`,
  );
  const proven = claims.map(({ kind, value, proof, handle }) => `  ${kind} ${value} by ${proof}, on ${handle}`);
  const parts = [
    [
      `Person ${person.id}, ${person.locale}, ${journey ? `stage ${journey.stage} since ${journey.since.slice(0, 10)}` : 'no journey yet'}`,
    ],
    ['Addresses:', ...addresses],
    ['Links:', ...(edges.length > 0 ? edges : ['  none'])],
    ['Claims:', ...(proven.length > 0 ? proven : ['  none'])],
  ];
  return `${parts.flat().join('\n')}\n`;
}

function outcomeText(outcome: LinkOutcome): string {
  if (outcome.kind === 'blocked') {
    return `Not linked: both have proven a different ${outcome.conflicts.join(' and ')}. Operators decide: case ${outcome.case}.\n`;
  }
  return outcome.kind === 'linked' ? 'They are one person now.\n' : 'They were linked before; nothing was done.\n';
}

function receiptText({ id, erasedAt, erasedBy, counts }: Receipt): string {
  return `Erased ${erasedAt} by ${erasedBy}: ${countsText(counts)}. Receipt ${id}.\n`;
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([store, count]) => `${count} ${store.replaceAll('_', ' ')}`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
