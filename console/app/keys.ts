/** The keyboard: j and k go through the threads, w opens the last turn, Escape closes what is open. */
import { useEffect } from 'preact/hooks';
import type { Desk } from './desk.ts';
import { threadLink } from './route.ts';

/** Listens while the console is there. Keys pressed while writing are words. */
export function useKeys(desk: Desk): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isWriting = event.target instanceof Element && event.target.closest('input, textarea, select') !== null;
      if (event.ctrlKey || event.metaKey || event.altKey || (isWriting && event.key !== 'Escape')) return;
      const target = targetOf(event.key, desk);
      if (target !== null) location.hash = target;
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [desk]);
}

/** Where the key leads from here, or null. */
function targetOf(key: string, desk: Desk): string | null {
  const page = desk.page.value;
  if (page.name !== 'threads') return key === 'Escape' ? '#/threads' : null;
  if (key === 'Escape') return page.turn !== null && page.thread !== null ? threadLink(page.thread) : '#/threads';
  if (key === 'w' && page.thread !== null) {
    const last = desk.thread.value.value?.turns[0];
    return last ? threadLink(page.thread, last.id) : null;
  }
  if (key !== 'j' && key !== 'k') return null;
  const threads = desk.threads.value.value ?? [];
  const at = threads.findIndex((thread) => thread.id === page.thread);
  const next = threads[at === -1 ? 0 : at + (key === 'j' ? 1 : -1)];
  return next ? threadLink(next.id) : null;
}
