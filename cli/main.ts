/** The `throughline` command: its verbs as one list, and the process it runs in. A new verb is a file and a line here. */
import type { WriteStream } from 'node:tty';
import { uuidv7 } from 'uuidv7';
import { readEnvironment } from '../server/config.ts';
import { worldOpener } from '../server/world.ts';
import { addBroadcast } from './broadcast.ts';
import { addChat } from './chat.ts';
import { addDoctor } from './doctor.ts';
import { evalIntentsVerb } from './eval-intents.ts';
import { evalRetrievalVerb } from './eval-retrieval.ts';
import { evalVerb } from './eval-run.ts';
import { addExemplars } from './exemplars.ts';
import { addGaps } from './gaps.ts';
import { ingestVerb } from './ingest.ts';
import { journeyVerb } from './journey.ts';
import { addMigrate } from './migrate.ts';
import { addPerson } from './person.ts';
import { runProgram } from './program.ts';
import { addStart } from './start.ts';
import { addTrace } from './trace.ts';
import type { AddVerb, Output } from './verb.ts';

/** Wider lines than this are hard to read. */
const WIDEST = 120;
const PLAIN_WIDTH = 100;

const outputs = { stdout: outputOf(process.stdout), stderr: outputOf(process.stderr) };

const verbs: readonly AddVerb[] = [
  addStart,
  addChat,
  evalVerb({
    outputs,
    config: readEnvironment,
    openWorlds: worldOpener,
    clock: Date.now,
    monotonic: () => performance.now(),
    mint: uuidv7,
    leave,
  }),
  evalIntentsVerb({ outputs, config: readEnvironment, monotonic: () => performance.now() }),
  evalRetrievalVerb(outputs),
  ingestVerb({ outputs, clock: Date.now, monotonic: () => performance.now() }),
  addGaps,
  addBroadcast,
  journeyVerb({ outputs, clock: Date.now }),
  addTrace,
  addExemplars,
  addPerson,
  addMigrate,
  addDoctor,
];

function outputOf(stream: WriteStream): Output {
  const isTerminal = stream.isTTY === true;
  return {
    write: (text) => void stream.write(text),
    isTerminal,
    hasColors: isTerminal && stream.hasColors(),
    columns: isTerminal ? Math.min(stream.columns, WIDEST) : PLAIN_WIDTH,
  };
}

function isDebug(): boolean {
  try {
    return readEnvironment().logLevel === 'debug';
  } catch {
    return false;
  }
}

/** Ends the process whatever still holds it open, once everything that was written is out. */
function leave(code: number): void {
  process.exitCode = code;
  process.stdout.write('', () => process.exit());
}

const code = await runProgram(process.argv.slice(2), { verbs, outputs, isDebug });
// A verb that ended well may go on: a server runs until it is stopped.
if (code !== 0) leave(code);
