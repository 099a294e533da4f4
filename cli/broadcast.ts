/** throughline broadcast: the same words to many, each in their language, as far as each wants to hear from us. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod';
import { Broadcast, checkBroadcast } from '../core/broadcast.ts';
import { PermanentError } from '../core/errors.ts';
import type { Announced } from '../memory/outreach.ts';
import { readWorkspace } from '../server/workspace.ts';
import { withStore } from './store.ts';

type Options = { readonly dryRun?: boolean; readonly json?: boolean };

/** Registers the verb. */
export function addBroadcast(program: Command): void {
  program
    .command('broadcast')
    .argument('<file>', 'YAML: id (a UUID, the same one is sent once), name, texts by language, segment')
    .description('writes to everybody of a segment who asked for news, within quiet hours and budget')
    .option('--dry-run', 'only say how many it would reach')
    .option('--json', 'print one JSON object')
    .action(async (file: string, { dryRun = false, json }: Options) => {
      const broadcast = readBroadcast(file, await readFile(file, 'utf8').catch(() => null));
      const announced = await withStore(async (store, config) => {
        checkBroadcast(broadcast, (await readWorkspace(config.workspaceFolder)).organisation);
        return store.memory.outreach.announce(broadcast, { isDryRun: dryRun });
      });
      process.stdout.write(json ? `${JSON.stringify(announced)}\n` : textOf(announced, { broadcast, dryRun }));
    });
}

function readBroadcast(file: string, text: string | null): Broadcast {
  if (text === null)
    throw new PermanentError('workspace_invalid', `The file "${file}" cannot be read. Name a YAML file.`);
  const parsed = Broadcast.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new PermanentError('workspace_invalid', `${file} is not a broadcast:\n${z.prettifyError(parsed.error)}`);
}

type Telling = { readonly broadcast: Broadcast; readonly dryRun: boolean };

function textOf({ people, consenting, isNew }: Announced, { broadcast: { name, id }, dryRun }: Telling): string {
  const others = people - consenting;
  const reach = `${consenting} of ${people} people${others > 0 ? `; ${others} did not ask for news` : ''}`;
  if (!isNew) return `"${name}" was sent before (id ${id}); nothing was done. Give it another id to send it again.\n`;
  return dryRun ? `"${name}" would go to ${reach}.\n` : `"${name}" is on its way to ${reach}.\n`;
}
