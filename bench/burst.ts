/** An open loop: people write whether or not they were answered, first at a pace the platform keeps, then at ten times that. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Crowd } from './crowd.ts';

export type Burst = {
  readonly accepted: number;
  /** Told to come again later: 503 with Retry-After. */
  readonly refused: number;
  readonly ackMs: readonly number[];
  readonly answered: number;
  /** From the last message of the burst to the last answer. */
  readonly drainSeconds: number;
};

type Plan = { readonly perSecond: number; readonly seconds: number; readonly chatsFrom: number };

/** Everybody writes once, so that each accepted message has one answer. */
export async function runBurst(crowd: Crowd, plans: readonly Plan[]): Promise<Burst> {
  const ackMs: number[] = [];
  const answers: Promise<string>[] = [];
  let refused = 0;
  for (const { perSecond, seconds, chatsFrom } of plans) {
    const writes: Promise<void>[] = [];
    const begun = performance.now();
    for (let index = 0; index < perSecond * seconds; index += 1) {
      const due = begun + (index * 1000) / perSecond;
      const early = due - performance.now();
      if (early > 0) await sleep(early);
      const chat = chatsFrom + index;
      writes.push(
        crowd.write(chat, '/ask how long is the breathwork course?').then(({ status, milliseconds }) => {
          if (status === 200) answers.push(crowd.answer(chat));
          else refused += 1;
          ackMs.push(milliseconds);
        }),
      );
    }
    await Promise.all(writes);
  }
  const begun = performance.now();
  const settled = await Promise.allSettled(answers);
  return {
    accepted: answers.length,
    refused,
    ackMs,
    answered: settled.filter(({ status }) => status === 'fulfilled').length,
    drainSeconds: (performance.now() - begun) / 1000,
  };
}
