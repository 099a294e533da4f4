/** The thread of the embedded engine: PGlite runs here behind its gate, so that neither side waits for the other's work. Started by backend.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { vector } from '@electric-sql/pglite-pgvector';
import type { Asked, Opening, Told } from './backend.ts';
import { createGate, type Gate, type Seat } from './gate.ts';

const { folder, settings, stuckMs } = workerData as Opening;

function tell(told: Told): void {
  const { bytes } = told;
  // What is only a part of its memory may be the engine's own, which cannot be given away.
  const isWhole = bytes !== undefined && bytes.byteLength > 0 && bytes.byteLength === bytes.buffer.byteLength;
  parentPort?.postMessage(told, isWhole ? [bytes.buffer as ArrayBuffer] : []);
}

async function openGate(): Promise<{ readonly gate: Gate; readonly close: () => Promise<void> }> {
  const engine = await PGlite.create({
    ...(folder === null ? {} : { dataDir: folder }),
    extensions: { vector, pg_trgm },
  });
  for (const [name, value] of Object.entries(settings)) await engine.exec(`set ${name} = ${value}`);
  const gate = createGate({ exchange: (bytes) => engine.execProtocolRaw(bytes), stuckMs });
  const close = async (): Promise<void> => {
    await gate.close();
    await engine.close();
  };
  return { gate, close };
}

const { gate, close } = await openGate();
const seats = new Map<number, Seat>();

function seatOf({ seat = 0, isUrgent = false }: Asked): Seat {
  const taken = seats.get(seat) ?? gate.takeSeat((bytes) => tell({ heardBy: seat, bytes }), isUrgent);
  seats.set(seat, taken);
  return taken;
}

const NOTHING = new Uint8Array();

async function answer(asked: Asked): Promise<Uint8Array> {
  const { what, seat = 0, bytes = NOTHING } = asked;
  if (what === 'exchange') return seatOf(asked).exchange(bytes);
  if (what === 'close') await close();
  else await seats.get(seat)?.abandon();
  seats.delete(seat);
  return NOTHING;
}

async function serve(asked: Asked): Promise<void> {
  try {
    tell({ number: asked.number, bytes: await answer(asked) });
  } catch (error) {
    tell({ number: asked.number, failure: error instanceof Error ? error.message : String(error) });
  }
  if (asked.what === 'close') parentPort?.close();
}

parentPort?.on('message', (asked: Asked) => void serve(asked));
tell({ number: 0 });
