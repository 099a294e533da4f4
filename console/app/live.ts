/** Follows the server's live stream and refreshes what it touches. */
import type { Signal } from '@preact/signals';
import type { Clock } from '../stream/clock.ts';
import { followStream } from '../stream/follow.ts';
import { readRoute } from './route.ts';
import { type LiveNote, type Running, readNote, withNote } from './running.ts';
import type { Views } from './views.ts';

export type LiveOptions = {
  readonly window: Window;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly random: () => number;
  readonly views: Views;
  readonly running: Signal<Running>;
  readonly isLive: Signal<boolean>;
  readonly onSignedOut: () => void;
};

/** Returns the way to stop. */
export function followLive(options: LiveOptions): () => void {
  const { views, running, isLive, clock, window } = options;
  const stream = followStream({
    ...options,
    open: async (_lastEventId, signal) => {
      const response = await options.fetch('/api/live', { headers: { accept: 'text/event-stream' }, signal });
      if (response.status !== 401) return response;
      options.onSignedOut();
      return null;
    },
    onEvent: (event) => {
      const note = readNote(event.name, event.data);
      if (note === null) return;
      running.value = withNote(running.value, note, clock.now());
      refreshAfter(note, views, readRoute(window.location.hash));
    },
    onState: (state) => {
      if (state === 'connecting') return;
      isLive.value = state === 'open';
      if (state !== 'open') running.value = new Map();
      // What happened while we were away was not told; it is read.
      else for (const view of Object.values(views)) view.refresh();
    },
  });
  const hurry = () => stream.hurry();
  window.addEventListener('online', hurry);
  window.addEventListener('focus', hurry);
  return () => {
    window.removeEventListener('online', hurry);
    window.removeEventListener('focus', hurry);
    stream.close();
  };
}

function refreshAfter(note: LiveNote, views: Views, page: ReturnType<typeof readRoute>): void {
  if (note.kind === 'span') return;
  views.threads.refresh();
  views.overview.refresh();
  if (note.kind === 'alert') views.alerts.refresh();
  if (note.kind === 'turn-end') views.parked.refresh();
  if (note.kind === 'turn-end' && page.name === 'journey') views.journey.refresh();
  if (page.name !== 'threads') return;
  if (page.thread === note.thread) views.thread.refresh();
  // Someone may be watching this very turn: now it is written and can be read.
  if (note.kind === 'turn-end' && page.turn === note.turn) views.turn.refresh();
}
