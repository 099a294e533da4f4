/** The widget's stream down: words as they are written, replies as they are sent, resumable from the last reply's sequence. */
import type { Context } from 'koa';
import type { ThreadId, TurnId } from '../core/ids.ts';
import { findThread, threadKeyOf, toMessage } from './chat-thread.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import type { HttpParts } from './http-parts.ts';
import type { LiveNote } from './live.ts';

const PAGE = 100;
/** A notice may be lost: whoever waits for an answer is looked after soon, anybody else now and then. */
const LOOK_MS = { waiting: 5_000, quiet: 30_000 };

/** Listens first, then replays: a reply that is sent in between is found by one of the two, and shown once. */
export function openChatStream(context: Context, parts: HttpParts): void {
  const key = threadKeyOf(context, parts);
  const notes: LiveNote[] = [];
  let wake: () => void = () => undefined;
  const out = openEventStream(context, () => {
    stop();
    wake();
  });
  const after = Number.parseInt(context.get('last-event-id'), 10);
  const state: Following = {
    out,
    key,
    thread: null,
    hasLooked: false,
    after: Number.isInteger(after) ? after : 0,
    isWaiting: false,
    heard: null,
  };
  // What is nobody's business here ends in this line: a note costs every open stream no more than a comparison.
  const stop = parts.platform.live.listen((note) => {
    if (!concerns(state, note)) return;
    notes.push(note);
    wake();
  });
  const next = (milliseconds: number): Promise<'note' | 'time'> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve('time'), milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve('note');
      };
      if (notes.length > 0 || !out.isOpen()) wake();
    });
  void follow(state, { parts, notes, next });
}

type Following = {
  readonly out: EventStream;
  readonly key: string;
  /** Null until something was written. */
  thread: ThreadId | null;
  /** False until the store was asked for the thread: until then any note may concern it. */
  hasLooked: boolean;
  after: number;
  /** Something was written, or an answer is being made, and nothing was shown since. */
  isWaiting: boolean;
  /** How much of the running turn's words went out on this stream. */
  heard: { readonly turn: TurnId; length: number; hasAsked: boolean } | null;
};
type Source = {
  readonly parts: HttpParts;
  readonly notes: LiveNote[];
  readonly next: (milliseconds: number) => Promise<'note' | 'time'>;
};

function concerns({ thread, hasLooked, key }: Following, note: LiveNote): boolean {
  if (note.kind === 'span') return false;
  if (thread !== null) return note.thread === thread;
  return !hasLooked || (note.kind === 'event-in' && note.key === key);
}

async function follow(state: Following, { parts, notes, next }: Source): Promise<void> {
  try {
    await replay(state, parts);
    // A turn may be in the middle of its answer, perhaps in another process.
    if (state.thread !== null) parts.platform.live.askAgain(state.thread);
    while (state.out.isOpen()) {
      const note = notes.shift();
      if (note) await pass(state, note, parts);
      else if ((await next(state.isWaiting ? LOOK_MS.waiting : LOOK_MS.quiet)) === 'time') await replay(state, parts);
    }
  } catch {
    // The store is away; the client resumes from its last id.
    state.out.send('error', { retry: true });
    state.out.close();
  }
}

async function pass(state: Following, note: LiveNote, parts: HttpParts): Promise<void> {
  if (state.thread === null && note.kind === 'event-in' && note.key === state.key) state.thread = note.thread;
  if (note.thread !== state.thread) return;
  if (note.kind === 'event-in' || note.kind === 'turn-start') state.isWaiting = true;
  if (note.kind === 'turn-start') state.out.send('typing', { turn: note.turn });
  if (note.kind === 'delta') passWords(state, note, parts);
  if (note.kind === 'turn-end') state.out.send('turn-end', { turn: note.turn });
  if (note.kind === 'reset') {
    state.heard = null;
    state.out.send('reset', { turn: note.turn });
  }
  if (note.kind === 'delivery') await replay(state, parts);
}

type Delta = Extract<LiveNote, { readonly kind: 'delta' }>;

/** Each word once and none left out: what is known is skipped, and after a gap everything is asked for again. */
function passWords(state: Following, { turn, at, text, thread }: Delta, parts: HttpParts): void {
  if (state.heard?.turn !== turn) state.heard = { turn, length: 0, hasAsked: false };
  const { heard } = state;
  if (at > heard.length) {
    // Once for each gap: the answer is on its way while more words come in.
    if (!heard.hasAsked) parts.platform.live.askAgain(thread);
    heard.hasAsked = true;
    return;
  }
  heard.hasAsked = false;
  const fresh = text.slice(heard.length - at);
  if (fresh === '') return;
  state.out.send('delta', { turn, at: heard.length, text: fresh });
  heard.length += fresh.length;
}

/** Everything that was sent after the last id, from the outbox: it is the log the stream resumes from. */
async function replay(state: Following, parts: HttpParts): Promise<void> {
  state.thread ??= (await findThread(parts, state.key))?.id ?? null;
  state.hasLooked = true;
  if (state.thread === null) return;
  const { outbox } = parts.platform.memory;
  for (let isMore = true; isMore && state.out.isOpen(); ) {
    const page = await outbox.listSent(state.thread, { after: state.after, limit: PAGE });
    for (const message of page.map(toMessage)) {
      state.after = message.sequence;
      state.isWaiting = false;
      state.out.send('message', message, message.sequence);
    }
    isMore = page.length === PAGE;
  }
}
