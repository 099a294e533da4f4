/** An embedded database as the rig asks it: by the door of the process that holds it (preload-sql.ts), or opened here while none does. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Engine, openEmbedded } from '../../memory/postgres/engine.ts';
import { freePort } from './free-port.ts';

/** A process that was killed starts anew in seconds; on a busy machine in more. */
const AWAY_MS = 60_000;
const ASK_AGAIN_MS = 50;
const PRELOAD = pathToFileURL(join(import.meta.dirname, 'preload-sql.ts')).href;

export type DataFolder = {
  /** What the process that holds it is given. */
  readonly variables: Readonly<Record<string, string>>;
  readonly sql: <Row>(text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  /** Before a process opens it: only one may. */
  readonly release: () => Promise<void>;
};

/** `isHeld`: a process has the folder, or is about to have it again. */
export async function openDataFolder(folder: string, isHeld: () => boolean): Promise<DataFolder> {
  const port = await freePort();
  let own: Promise<Engine> | null = null;
  const askHere = async (asked: Asked): Promise<readonly unknown[]> => {
    own ??= openEmbedded(join(folder, 'database'));
    const { pool } = await own;
    return (await pool.query(asked.text, [...asked.values])).rows as unknown[];
  };
  return {
    variables: { DATA_DIR: folder, CHAOS_SQL_PORT: String(port), NODE_OPTIONS: `--import ${PRELOAD}` },
    sql: async <Row>(text: string, values: readonly unknown[] = []) =>
      (await (isHeld() ? askDoor(port, { text, values }) : askHere({ text, values }))) as readonly Row[],
    release: async () => {
      const opened = own;
      own = null;
      await (await opened)?.close();
    },
  };
}

type Asked = { readonly text: string; readonly values: readonly unknown[] };

/** Waits while the process is away; a statement that may have been carried out is not asked again. */
async function askDoor(port: number, asked: Asked): Promise<readonly unknown[]> {
  const deadline = Date.now() + AWAY_MS;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: JSON.stringify(asked) }).catch(
      nullWhenRefused,
    );
    const isAway = response === null || response.status === 503;
    const answer = isAway ? null : ((await response.json()) as { rows: readonly unknown[] } & { message: string });
    if (response?.status === 200 && answer !== null) return answer.rows;
    if (answer !== null) throw new RangeError(`The database refused "${asked.text.slice(0, 80)}": ${answer.message}`);
    if (Date.now() > deadline) throw new RangeError(`No process answered SQL on port ${port} for ${AWAY_MS / 1000} s.`);
    await sleep(ASK_AGAIN_MS);
  }
}

function nullWhenRefused(error: unknown): null {
  const { cause } = error as { readonly cause?: { readonly code?: string } };
  if (cause?.code === 'ECONNREFUSED') return null;
  throw error;
}
