/** Says on standard error how far an ingest is: a bar in a terminal, a line for every tenth elsewhere. */
import type { Output } from './verb.ts';

const BAR = 24;
const STEPS = 10;
/** Fewer than this pass at once. */
const WORTH_TELLING = 30;

export type IngestProgress = {
  readonly see: (progress: { readonly done: number; readonly total: number; readonly place: string }) => void;
  /** Clears the bar. */
  readonly end: () => void;
};

export function createIngestProgress(stderr: Output): IngestProgress {
  let isShown = false;
  let lastStep = 0;
  return {
    see: ({ done, total, place }) => {
      if (stderr.isTerminal) {
        stderr.write(`\r\u001b[K${barText({ done, total, place, columns: stderr.columns })}`);
        isShown = true;
        return;
      }
      const step = Math.floor((STEPS * done) / total);
      if (step > lastStep && total >= WORTH_TELLING) stderr.write(`${done} of ${total} documents\n`);
      lastStep = step;
    },
    end: () => {
      if (isShown) stderr.write('\r\u001b[K');
      isShown = false;
    },
  };
}

function barText({
  done,
  total,
  place,
  columns,
}: {
  readonly done: number;
  readonly total: number;
  readonly place: string;
  readonly columns: number;
}): string {
  const full = Math.round((BAR * done) / total);
  const bar = `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${done} of ${total}  `;
  const room = Math.max(0, columns - bar.length - 1);
  // Names of strangers' files may hold what moves the cursor.
  const shown = place.replaceAll(/[\p{Cc}\p{Cf}]/gu, '');
  return `${bar}${shown.length > room ? `…${shown.slice(shown.length - room + 1)}` : shown}`;
}
