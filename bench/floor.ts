/** The floor: a bare loop that makes the same model calls, so that figures can be read against what no platform could beat. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Two streamed calls, one after the other, with as many people at once; turns per second. */
export async function runFloor(
  url: string,
  plan: { readonly people: number; readonly turns: number },
): Promise<number> {
  let left = plan.turns;
  const begun = performance.now();
  const person = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await call(url);
      await call(url);
    }
  };
  await Promise.all(Array.from({ length: plan.people }, person));
  return plan.turns / ((performance.now() - begun) / 1000);
}

/** Milliseconds until a bare call has its first whole sentence, for calls that begin `everyMs` apart. */
export async function firstSentences(
  url: string,
  plan: { readonly calls: number; readonly everyMs: number },
): Promise<readonly number[]> {
  const calls: Promise<number>[] = [];
  for (let index = 0; index < plan.calls; index += 1) {
    calls.push(call(url));
    await sleep(plan.everyMs);
  }
  return Promise.all(calls);
}

const SENTENCE = /[.!?]\s/;

async function call(url: string): Promise<number> {
  const begun = performance.now();
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: JSON.stringify({ model: 'bench', stream: true, messages: [{ role: 'user', content: 'how long?' }] }),
  });
  const decoder = new TextDecoder();
  let words = '';
  let first = 0;
  for await (const bytes of response.body ?? []) {
    const text = decoder.decode(bytes as Uint8Array, { stream: true });
    for (const [, content] of text.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g)) words += content ?? '';
    if (first === 0 && SENTENCE.test(words)) first = performance.now() - begun;
  }
  return first || performance.now() - begun;
}
