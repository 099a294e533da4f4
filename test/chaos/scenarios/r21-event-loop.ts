/** R21: hostile words, answers and bodies keep no event loop busy: whoever else writes is answered meanwhile. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { HOOK_SECRET } from '../fake-channel.ts';
import type { Member, RoleName } from '../fleet.ts';
import { HOSTILE_ANSWERS, HOSTILE_BODIES, HOSTILE_TEXTS } from '../hostile.ts';
import { quantile } from '../report.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';
import { answerWithCodes, codesIn } from '../words.ts';

const PLANS = { short: { rounds: 1, others: 20 }, long: { rounds: 20, others: 400 } } as const;
const P99_MS = 100;
/** Nobody should wait for one stranger's message longer than this. */
const LONGEST_MS = 1_000;
const PRELOAD = `--import ${join(import.meta.dirname, '../preload-lag.ts')}`;

export const eventLoop: Scenario = {
  id: 'R21',
  title: `${Object.keys(HOSTILE_TEXTS).length} hostile texts, ${HOSTILE_ANSWERS.length} hostile answers, ${HOSTILE_BODIES.length + 1} hostile bodies`,
  target: 'event-loop p99 lag ≤ 100 ms in every process, nobody starves',
  needs: { postgres: 'shared', redis: 'shared' },
  run,
  mutants: [
    {
      name: 'marks are put in order before they are taken off',
      expects: /event-loop p99 lag was|one stall took/,
      patches: [
        {
          file: 'core/embedding.ts',
          find: `      .replaceAll(/\\p{M}+/gu, '')
      .normalize('NFKD')`,
          replace: `      .normalize('NFKD')`,
        },
      ],
    },
  ],
};

async function run(world: World) {
  const { channel, fleet, model, size } = world;
  const plan = PLANS[size];
  const folder = mkdtempSync(join(tmpdir(), 'throughline-chaos-lag-'));
  try {
    for (const role of ['ingress', 'worker', 'delivery'] as const) {
      await fleet.start(world.shape({ [role]: 1 }), {
        variables: { NODE_OPTIONS: PRELOAD, CHAOS_LAG_FILE: join(folder, role) },
      });
    }
    let answers = 0;
    model.play((request) => {
      const usual = answerWithCodes(request);
      if (codesIn(usual.text ?? '').length > 0) return usual;
      answers += 1;
      return { text: HOSTILE_ANSWERS[answers % HOSTILE_ANSWERS.length] ?? '' };
    });
    // The first messages load what is loaded once.
    for (const chat of world.chats(4)) channel.write({ chat, text: world.question() });
    await world.quiet({ withinMs: 30_000 });
    await world.sleep(1_100);
    const begun = Date.now();
    const problems: string[] = [];
    for (let round = 0; round < plan.rounds; round += 1)
      problems.push(...(await attack(world, plan.others / plan.rounds)));
    if (!(await world.quiet({ withinMs: 60_000 }))) problems.push('work was left');
    await world.sleep(1_100);
    const lags = fleet.members().map((member) => lagOf(member, { folder, since: begun }));
    problems.push(...lags.flatMap(complain));
    const judged = await world.judge();
    return verdictOf(judged, {
      trials: judged.messages,
      problems,
      more: Object.fromEntries(
        lags.map(({ name, p99, longest }) => [`${name} lag`, `p99 ${p99} ms, longest ${longest} ms`]),
      ),
    });
  } finally {
    await fleet.stopAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each text once by a stranger of its own, some of them to the model too; others write ordinary questions in between. */
async function attack(world: World, others: number): Promise<readonly string[]> {
  const { channel, fleet } = world;
  const texts = Object.values(HOSTILE_TEXTS);
  const [door] = fleet.ingresses();
  const refused: Promise<readonly string[]>[] = [];
  for (const [index, chat] of world.chats(texts.length).entries()) {
    channel.write({ chat, text: texts[index] ?? '' });
    channel.write({ chat, text: `/ask ${(texts[index] ?? '').slice(0, 4_000)}` });
    if (index % Math.ceil(texts.length / others) === 0) {
      channel.write({ chat: world.chats(1)[0] ?? 0, text: world.question() });
    }
    if (index === 5 && door) refused.push(sendBodies(door));
    await world.sleep(150);
  }
  return (await Promise.all(refused)).flat();
}

async function sendBodies({ address }: Member): Promise<readonly string[]> {
  const bomb = gzipSync(Buffer.alloc(200_000_000));
  const bodies: readonly { readonly body: string | Buffer; readonly encoding?: string }[] = [
    ...HOSTILE_BODIES.map((body) => ({ body })),
    { body: bomb, encoding: 'gzip' },
  ];
  const problems: string[] = [];
  for (const [index, { body, encoding }] of bodies.entries()) {
    const response = await fetch(`${address}/in/telegram/main`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-telegram-bot-api-secret-token': HOOK_SECRET,
        ...(encoding ? { 'content-encoding': encoding } : {}),
      },
      body: typeof body === 'string' ? body : new Uint8Array(body),
      signal: AbortSignal.timeout(20_000),
    }).catch(() => null);
    const status = response?.status ?? 0;
    if (status < 400 || status >= 500) problems.push(`hostile body ${index} was answered ${status}`);
  }
  return problems;
}

type Lag = { readonly name: RoleName; readonly p99: number; readonly longest: number };

/** Of the ticks since then; ticks without a stall worth telling count as none. */
function lagOf({ role }: Member, { folder, since }: { readonly folder: string; readonly since: number }): Lag {
  const file = [role, 'ingress', 'worker', 'delivery'].map((name) => join(folder, name)).find(existsSync) ?? '';
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const parsed = lines.map((line) => JSON.parse(line) as { at: number; ticks: number; lags: number[] });
  const recent = parsed.filter(({ at }) => at > since);
  const lags = recent.flatMap((line) => line.lags);
  const calm = recent.reduce((sum, line) => sum + line.ticks, 0) - lags.length;
  const all = [...lags, ...Array.from<number>({ length: Math.max(0, calm) }).fill(0)];
  return { name: role, p99: quantile(all, 0.99), longest: Math.max(0, ...lags) };
}

function complain({ name, p99, longest }: Lag): readonly string[] {
  return [
    ...(p99 > P99_MS ? [`${name}: event-loop p99 lag was ${p99} ms`] : []),
    ...(longest > LONGEST_MS ? [`${name}: one stall took ${longest} ms`] : []),
  ];
}
