/** Load: people who each write, wait for the answer, and write again. */
import type { BotApi } from '../test/peers/bot-api.ts';
import { type Running, WEBHOOK_SECRET } from './server-process.ts';

export type Load = {
  readonly cpuMsPerTurn: number | null;
  readonly turnsPerSecond: number;
  /** p50 and p99 from the webhook to the answer at the fake. */
  readonly turnMs: readonly [number, number];
  readonly ackMs: readonly [number, number];
};

const PATIENCE_MS = 60_000;
let lastUpdate = 700_000_000;

/** Runs `turns` turns spread over `people` people. A command skips the burst window, so only work is measured. */
export async function runLoad(
  server: Running,
  bot: BotApi,
  plan: { readonly people: number; readonly turns: number },
): Promise<Load> {
  const acks: number[] = [];
  const turns: number[] = [];
  const cpuBefore = await server.cpuMs();
  const begun = performance.now();
  let left = plan.turns;
  const person = async (chat: number): Promise<void> => {
    bot.addChat({ id: chat, type: 'private', first_name: `Person ${chat}` });
    while (left > 0) {
      left -= 1;
      const before = answersIn(bot, chat);
      const start = performance.now();
      await post(server, chat);
      acks.push(performance.now() - start);
      await answered(bot, chat, before);
      turns.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: plan.people }, (_, index) => person(9_000 + index)));
  const seconds = (performance.now() - begun) / 1000;
  const cpuAfter = await server.cpuMs();
  return {
    cpuMsPerTurn: cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / plan.turns,
    turnsPerSecond: plan.turns / seconds,
    turnMs: [quantile(turns, 0.5), quantile(turns, 0.99)],
    ackMs: [quantile(acks, 0.5), quantile(acks, 0.99)],
  };
}

async function post(server: Running, chat: number): Promise<void> {
  lastUpdate += 1;
  const sender = { id: chat, is_bot: false, first_name: `Person ${chat}`, language_code: 'en' };
  const message = {
    message_id: lastUpdate,
    date: Math.floor(Date.now() / 1000),
    chat: { id: chat, type: 'private', first_name: sender.first_name },
    from: sender,
    text: '/ask how long is the breathwork course?',
    entities: [{ type: 'bot_command', offset: 0, length: 4 }],
  };
  const response = await fetch(`${server.address}/in/telegram/main`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': WEBHOOK_SECRET },
    body: JSON.stringify({ update_id: lastUpdate, message }),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new RangeError(`The webhook answered ${response.status}.`);
}

function answersIn(bot: BotApi, chat: number): number {
  return bot.messages.filter((message) => message.chat.id === chat).length;
}

async function answered(bot: BotApi, chat: number, before: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (answersIn(bot, chat) === before) {
    if (performance.now() > deadline) throw new RangeError(`Person ${chat} got no answer in ${PATIENCE_MS / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function quantile(values: readonly number[], share: number): number {
  const ordered = values.toSorted((a, b) => a - b);
  return ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? 0;
}
