/** Visitors of the widget with their streams open: how long after writing the first words stand on their page. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 60_000;

type Visitor = { readonly token: string; hear: (event: string) => void; readonly leave: () => void };

/** Opens `people` conversations; each then asks once, `everyMs` apart. Milliseconds from the acknowledgement to the first words. */
export async function firstWords(
  address: string,
  plan: { readonly people: number; readonly everyMs: number },
): Promise<readonly number[]> {
  const visitors: Visitor[] = [];
  for (let index = 0; index < plan.people; index += 1) visitors.push(await enter(address));
  const asked: Promise<number>[] = [];
  for (const visitor of visitors) {
    asked.push(ask(address, visitor));
    await sleep(plan.everyMs);
  }
  const times = await Promise.all(asked);
  for (const visitor of visitors) visitor.leave();
  return times;
}

async function enter(address: string): Promise<Visitor> {
  const started = await fetch(`${address}/chat/start`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const { token } = (await started.json()) as { token: string };
  const end = new AbortController();
  const visitor = { token, hear: () => undefined, leave: () => end.abort() } as Visitor;
  const headers = { authorization: `Bearer ${token}` };
  const { body } = await fetch(`${address}/chat/stream`, { headers, signal: end.signal });
  void (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of body ?? []) {
      const text = decoder.decode(bytes as Uint8Array, { stream: true });
      for (const [, event] of text.matchAll(/^event: (.*)$/gm)) visitor.hear(event ?? '');
    }
  })().catch(() => undefined);
  return visitor;
}

async function ask(address: string, visitor: Visitor): Promise<number> {
  const words = new Promise<number>((resolve, reject) => {
    const late = setTimeout(() => reject(new RangeError('A visitor saw no words.')), PATIENCE_MS);
    visitor.hear = (event) => {
      if (event !== 'delta' && event !== 'message') return;
      clearTimeout(late);
      resolve(performance.now());
    };
  });
  const headers = { authorization: `Bearer ${visitor.token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ id: randomUUID(), text: 'how long is the breathwork course?' });
  const response = await fetch(`${address}/chat/messages`, { method: 'POST', headers, body });
  await response.arrayBuffer();
  const accepted = performance.now();
  return (await words) - accepted;
}
