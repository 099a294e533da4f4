/** The relay: one live bus over all processes of an installation. What is told here is heard there, a few milliseconds later. */
import { z } from 'zod';
import { errorCode } from '../core/errors.ts';
import { PersonId, ThreadId } from '../core/ids.ts';
import { MAX_NOTICE_BYTES, type NoticePort } from '../memory/notices.ts';
import type { LiveBus, LiveNote } from './live.ts';
import type { Log } from './outside.ts';

/** The first note leaves at once; what follows within this time leaves together. */
const GATHER_MS = 15;

export type RelayParts = {
  readonly notices: NoticePort;
  /** Names this process, so that it does not hear itself twice. */
  readonly origin: string;
  /** Does anybody look at this process: widgets, the console? */
  readonly hasReaders: boolean;
  /** Are turns made in this process? */
  readonly makesTurns: boolean;
  /** A message came in at another process: a turn that runs here may have to make room for it. */
  readonly onArrived: (arrived: Arrived) => void;
  readonly log: Log;
};

export type Relay = {
  readonly live: LiveBus;
  /** Tells those who make turns elsewhere. */
  readonly arrived: (arrived: Arrived) => void;
};

/** Made by our own processes; the check is for whatever else may write to a shared Redis. */
const Notes = z.object({ from: z.string(), notes: z.array(z.looseObject({ kind: z.string(), thread: z.string() })) });
const Arrived = z.object({ lane: PersonId, thread: ThreadId, isCrisis: z.boolean() });
export type Arrived = z.infer<typeof Arrived>;
const Upward = z.object({ from: z.string(), asked: ThreadId.optional(), arrived: Arrived.optional() });

/** `local`, and what the other processes tell. Never throws: liveliness is a courtesy. */
export async function openRelay(local: LiveBus, parts: RelayParts): Promise<Relay> {
  const { notices, origin, hasReaders, makesTurns, log } = parts;
  const tellUp = (what: object): void => void notices.publish('up', JSON.stringify({ from: origin, ...what }));
  const gather = createGatherer((notes) => {
    for (const text of packed(origin, notes)) void notices.publish('down', text);
  });
  const hearers: Promise<void>[] = [];
  if (hasReaders) {
    hearers.push(
      notices.listen('down', (text) => {
        const heard = read(Notes, text);
        if (heard === null || heard.from === origin) return;
        for (const note of heard.notes) local.publish(note as unknown as LiveNote);
      }),
    );
  }
  if (makesTurns) {
    hearers.push(
      notices.listen('up', (text) => {
        const { from = origin, asked, arrived } = read(Upward, text) ?? {};
        if (from === origin) return;
        if (asked !== undefined) local.askAgain(asked);
        if (arrived !== undefined) parts.onArrived(arrived);
      }),
    );
  }
  await Promise.all(hearers).catch((error: unknown) =>
    log.warn('live notices of other processes are not heard yet', { code: errorCode(error) }),
  );
  const live: LiveBus = {
    ...local,
    publish: (note) => {
      local.publish(note);
      gather(note);
    },
    askAgain: (thread) => {
      local.askAgain(thread);
      tellUp({ asked: thread });
    },
  };
  return { live, arrived: (arrived) => tellUp({ arrived }) };
}

function createGatherer(send: (notes: readonly LiveNote[]) => void): (note: LiveNote) => void {
  let waiting: LiveNote[] = [];
  let isResting = false;
  const flush = (): void => {
    isResting = waiting.length > 0;
    if (!isResting) return;
    const notes = waiting;
    waiting = [];
    setTimeout(flush, GATHER_MS).unref();
    send(notes);
  };
  return (note) => {
    waiting.push(note);
    if (!isResting) flush();
  };
}

/** As few texts as possible, none too long for a notice. A single note never is: deltas are cut where they are made. */
function packed(from: string, notes: readonly LiveNote[]): readonly string[] {
  const texts: string[] = [];
  let current: string[] = [];
  let size = 0;
  const close = (): void => {
    if (current.length > 0) texts.push(`{"from":${JSON.stringify(from)},"notes":[${current.join(',')}]}`);
    current = [];
    size = 0;
  };
  for (const note of notes) {
    const text = JSON.stringify(note);
    const bytes = Buffer.byteLength(text) + 1;
    if (bytes > MAX_NOTICE_BYTES - ENVELOPE_BYTES) continue;
    if (size + bytes > MAX_NOTICE_BYTES - ENVELOPE_BYTES) close();
    current.push(text);
    size += bytes;
  }
  close();
  return texts;
}

const ENVELOPE_BYTES = 200;

function read<Output>(schema: z.ZodType<Output>, text: string): Output | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
