/** The embedded engine's thread: what it says when it cannot open, and when it is gone. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBackend } from '../../memory/postgres/backend.ts';
import { messageOf } from '../../memory/postgres/wire.ts';
import { OPEN_TIMEOUT_MS } from '../support/store.ts';

const OPENING = { settings: {}, stuckMs: 60_000 };
const ASK = messageOf('Q', "select 'ä' as letter\0");

describe('the engine thread', () => {
  it(
    'answers in the protocol, and afterwards says that it has closed instead of waiting',
    async () => {
      const backend = await openBackend({ folder: null, ...OPENING });
      const seat = backend.takeSeat(() => undefined, false);
      const names = (await seat.execProtocolStream(ASK)).map(({ name }) => name);
      expect(names).toEqual(['rowDescription', 'dataRow', 'commandComplete', 'readyForQuery']);
      await backend.close();
      await expect(seat.execProtocolStream(ASK)).rejects.toMatchObject({ code: 'store_down' });
      await seat.abandon();
    },
    OPEN_TIMEOUT_MS,
  );

  it(
    'hands on why a folder cannot be opened',
    async () => {
      const parent = await mkdtemp(join(tmpdir(), 'engine-'));
      const file = join(parent, 'file');
      await writeFile(file, 'not a folder');
      await expect(openBackend({ folder: join(file, 'database'), ...OPENING })).rejects.toThrow(/ENOTDIR/);
      await rm(parent, { recursive: true });
    },
    OPEN_TIMEOUT_MS,
  );
});
