/** One thing read from the server, and kept fresh: its value, its problem, and no answer overtaking a later one. */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Clock } from '../stream/clock.ts';
import type { Answer, Problem } from './api.ts';

export type Loaded<Value> = {
  /** Null until the first answer. A failed refresh keeps the old value beside its problem. */
  readonly value: ReadonlySignal<Value | null>;
  readonly problem: ReadonlySignal<Problem | null>;
  /** Shows another one (null: none) and loads it; the same one again changes nothing. */
  readonly show: (key: string | null) => void;
  /** Loads again soon; many calls in a row become one. */
  readonly refresh: () => void;
};

const GATHER_MS = 150;

export function createLoaded<Value>(load: (key: string) => Promise<Answer<Value>>, clock: Clock): Loaded<Value> {
  const value = signal<Value | null>(null);
  const problem = signal<Problem | null>(null);
  let shown: string | null = null;
  let latest = 0;
  let isPlanned = false;

  const run = async () => {
    if (shown === null) return;
    latest += 1;
    const mine = latest;
    const answer = await load(shown);
    if (mine !== latest) return;
    problem.value = answer.ok ? null : answer.problem;
    if (answer.ok) value.value = answer.value;
  };
  return {
    value,
    problem,
    show: (key) => {
      if (key === shown) return;
      shown = key;
      latest += 1;
      value.value = null;
      problem.value = null;
      void run();
    },
    refresh: () => {
      if (isPlanned) return;
      isPlanned = true;
      clock.after(GATHER_MS, () => {
        isPlanned = false;
        void run();
      });
    },
  };
}
