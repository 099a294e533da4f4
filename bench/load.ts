/** Load: people who each write, wait for the answer, and write again. */
import { quantile } from '../evals/statistics.ts';
import type { Crowd } from './crowd.ts';
import type { Running } from './server-process.ts';

export type Load = {
  /** Of all processes that were measured together. */
  readonly cpuMsPerTurn: number | null;
  readonly turnsPerSecond: number;
  /** p50 and p99 from the webhook to the answer at the fake. */
  readonly turnMs: readonly [number, number];
  readonly ackMs: readonly [number, number];
};

/** A command skips the burst window, so only work is measured. */
const QUESTION = '/ask how long is the breathwork course?';

/** Runs `turns` turns spread over `people` people. */
export async function runLoad(
  servers: readonly Pick<Running, 'cpuMs'>[],
  crowd: Crowd,
  plan: { readonly people: number; readonly turns: number },
): Promise<Load> {
  const acks: number[] = [];
  const turns: number[] = [];
  const cpuBefore = await cpuOf(servers);
  const begun = performance.now();
  let left = plan.turns;
  const person = async (chat: number): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const start = performance.now();
      const answer = crowd.answer(chat);
      const { status, milliseconds } = await crowd.write(chat, QUESTION);
      if (status !== 200) throw new RangeError(`The webhook answered ${status}.`);
      acks.push(milliseconds);
      await answer;
      turns.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: plan.people }, (_, index) => person(9_000 + index)));
  const seconds = (performance.now() - begun) / 1000;
  const cpuAfter = await cpuOf(servers);
  return {
    cpuMsPerTurn: cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / plan.turns,
    turnsPerSecond: plan.turns / seconds,
    turnMs: pairOf(turns),
    ackMs: pairOf(acks),
  };
}

/** p50 and p99. */
export function pairOf(values: readonly number[]): readonly [number, number] {
  return [quantile(values, 0.5) ?? 0, quantile(values, 0.99) ?? 0];
}

async function cpuOf(servers: readonly Pick<Running, 'cpuMs'>[]): Promise<number | null> {
  const all = await Promise.all(servers.map((server) => server.cpuMs()));
  return all.reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one), 0);
}
