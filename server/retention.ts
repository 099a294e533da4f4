/** Retention: what `retention.yaml` says is read with its lines, and enforced once an hour by one process of the installation. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, PermanentError } from '../core/errors.ts';
import { Retention, RetentionClass } from '../core/retention.ts';
import type { Memory } from '../memory/memory.ts';
import { type AloneParts, runAlone } from './alone.ts';
import { parseYamlFile, readTextFile } from './workspace-files.ts';

const FILE = 'retention.yaml';
const EVERY_MS = 3_600_000;

/** Without the file everything is kept. Throws PermanentError('workspace_invalid') with file and line of every problem. */
export async function readRetention(folder: string): Promise<Retention> {
  const isThere = await access(join(folder, FILE)).then(
    () => true,
    () => false,
  );
  if (!isThere) return { days: {} };
  const { value, problems } = parseYamlFile(await readTextFile(folder, FILE), Retention);
  if (value !== null) return value;
  const lines = problems.map(({ file, line, says }) => `${file}:${line}: ${says}`);
  throw new PermanentError('workspace_invalid', lines.join('\n'));
}

export type RetentionParts = { readonly memory: Pick<Memory, 'retention'>; readonly retention: Retention };

/** Enforces every class that has days; returns how many rows went. */
export async function enforceRetention({ memory, retention }: RetentionParts): Promise<number> {
  let rows = 0;
  for (const name of RetentionClass.options) {
    const days = retention.days[name];
    if (days !== undefined) rows += await memory.retention.enforce(name, days);
  }
  return rows;
}

/** At once, then every hour until stopped. */
export function startRetention(parts: RetentionParts, alone: AloneParts): { readonly stop: () => Promise<void> } {
  const stop = new AbortController();
  const work = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await enforceRetention(parts).catch((error: unknown) =>
        alone.log.warn('what is too old was not taken away', { code: errorCode(error) }),
      );
      await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  };
  const running = runAlone(alone, { name: 'retention', work, stop: stop.signal });
  return {
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}
