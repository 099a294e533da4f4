/** The figures of delivery on one kind of store: sustained turns, the floor under them, first words, a burst, crisis words, memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BotApi } from '../test/peers/bot-api.ts';
import type { OpenAiPeer } from '../test/peers/openai.ts';
import { runBurst } from './burst.ts';
import { type Crowd, openCrowd } from './crowd.ts';
import { firstSentences, runFloor } from './floor.ts';
import { type Inspected, inspectable } from './heap.ts';
import { pairOf, runLoad } from './load.ts';
import { type Running, type ServerSettings, startServer } from './server-process.ts';
import { firstWords } from './visitors.ts';

export type Row = { readonly figure: string; readonly measured: string; readonly aim: string };

type Parts = {
  /** As it stands in the figures, e.g. `embedded`. */
  readonly store: string;
  readonly settings: ServerSettings;
  readonly bot: BotApi;
  readonly model: OpenAiPeer;
  readonly aimPerSecond: number;
  readonly say: (text: string) => void;
};

/** The web chat waits this long for a second message before a turn begins (channels/web). */
const QUIET_MS = 350;
const MODEL_MS = 300;
/** A chat takes one message a second from Telegram's side, so there must be more people than turns a second. */
const PEOPLE = 120;
const CRISES = 100;
const IDLE_PEOPLE = 600;

/** About two minutes. */
export async function benchDelivery(parts: Parts): Promise<readonly Row[]> {
  const { store, settings, bot, say } = parts;
  const inspected = await inspectable();
  const variables = { ...settings.variables, NODE_OPTIONS: inspected.option };
  const server = await startServer({ ...settings, variables });
  const crowd = openCrowd(bot, [server.address]);
  try {
    const rows: Row[] = [];
    say(`${store}: sustained turns …`);
    rows.push(...(await sustained(server, crowd, parts)));
    say(`${store}: first words in 200 open conversations …`);
    rows.push(...(await words(server, parts)));
    say(`${store}: a burst …`);
    rows.push(...(await burst(crowd, parts)));
    say(`${store}: crisis words without a model …`);
    rows.push(await crisis(crowd, parts));
    say(`${store}: memory of idle conversations …`);
    rows.push(await idle(crowd, inspected, parts));
    return rows.map((row) => ({ ...row, figure: `${row.figure}, ${store}` }));
  } finally {
    crowd.leave();
    await server.stop();
  }
}

const ms = (value: number): string => `${value.toFixed(0)} ms`;

async function sustained(server: Running, crowd: Crowd, { model, aimPerSecond }: Parts): Promise<readonly Row[]> {
  await runLoad([server], crowd, { people: PEOPLE, turns: 2 * PEOPLE });
  const { turnsPerSecond, cpuMsPerTurn, ackMs } = await runLoad([server], crowd, { people: PEOPLE, turns: 900 });
  const floor = await runFloor(model.url, { people: PEOPLE, turns: 900 });
  return [
    { figure: 'turns per second', measured: turnsPerSecond.toFixed(1), aim: `≥ ${aimPerSecond}` },
    { figure: 'the same two calls in a bare loop, per second', measured: floor.toFixed(0), aim: 'the floor' },
    {
      figure: 'CPU of the process per turn',
      measured: cpuMsPerTurn === null ? 'not measured here' : `${cpuMsPerTurn.toFixed(1)} ms`,
      aim: '–',
    },
    { figure: 'acknowledgement p50 / p99 meanwhile', measured: `${ms(ackMs[0])} / ${ms(ackMs[1])}`, aim: '–' },
  ];
}

async function words({ address }: Running, { model }: Parts): Promise<readonly Row[]> {
  model.setFirstByteMs(MODEL_MS);
  model.setMode('slow');
  model.play(() => ({ text: 'It takes eight weeks in all [1]. Every week has one lesson and one live practice [1].' }));
  const [floor] = pairOf(await firstSentences(model.url, { calls: 40, everyMs: 100 }));
  const seen = await firstWords(address, { people: 200, everyMs: 100 });
  const added = pairOf(seen.map((time) => time - QUIET_MS - floor));
  return [
    {
      figure: '200 open conversations: added to the first words of a bare call, p50 / p99',
      measured: `${ms(added[0])} / ${ms(added[1])}`,
      aim: '≤ 30 / ≤ 120 ms',
    },
    { figure: 'first sentence of a bare call, p50', measured: ms(floor), aim: 'the floor' },
  ];
}

async function burst(crowd: Crowd, { model }: Parts): Promise<readonly Row[]> {
  model.setMode('ok');
  const found = await runBurst(crowd, [
    { perSecond: 3, seconds: 10, chatsFrom: 20_000 },
    { perSecond: 30, seconds: 20, chatsFrom: 30_000 },
  ]);
  const [p50, p99] = pairOf(found.ackMs);
  const lost = found.accepted - found.answered;
  return [
    {
      figure: 'ten times the pace (30 a second for 20 s): acknowledgement p50 / p99',
      measured: `${ms(p50)} / ${ms(p99)}`,
      aim: 'p99 ≤ 250 ms',
    },
    {
      figure: 'of it accepted, refused with 503, unanswered; drained after',
      measured: `${found.accepted}, ${found.refused}, ${lost}; ${found.drainSeconds.toFixed(0)} s`,
      aim: '0 unanswered',
    },
  ];
}

async function crisis(crowd: Crowd, { model }: Parts): Promise<Row> {
  model.setMode('hang');
  const times = await Promise.all(
    Array.from({ length: CRISES }, async (_, index) => {
      await sleep(index * 100);
      const begun = performance.now();
      const answer = crowd.answer(50_000 + index);
      await crowd.write(50_000 + index, 'I want to kill myself');
      await answer;
      return performance.now() - begun;
    }),
  );
  model.setMode('ok');
  const [p50, p99] = pairOf(times);
  return {
    figure: `crisis reply p50 / p99 of ${CRISES}, the model hanging`,
    measured: `${ms(p50)} / ${ms(p99)}`,
    aim: 'p99 ≤ 5 s',
  };
}

/** Held after a collection: what a conversation leaves behind when nobody speaks. The first round warms what everybody shares. */
async function idle(crowd: Crowd, inspected: Inspected, { model }: Parts): Promise<Row> {
  model.setFirstByteMs(0);
  const held: number[] = [];
  for (const chatsFrom of [60_000, 70_000]) {
    await runBurst(crowd, [{ perSecond: 15, seconds: IDLE_PEOPLE / 15, chatsFrom }]);
    await sleep(3_000);
    held.push(await inspected.heldBytes());
  }
  const [before = 0, after = 0] = held;
  const megabytes = (((after - before) / 2 ** 20) * 10_000) / IDLE_PEOPLE;
  return {
    figure: `memory held per 10 000 idle conversations (from ${IDLE_PEOPLE} more)`,
    measured: `${megabytes.toFixed(1)} MB`,
    aim: '≤ 5 MB',
  };
}
