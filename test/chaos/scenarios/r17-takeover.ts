/** R17: once an operator has the thread, nothing an agent wrote leaves, at whatever moment of a turn they took it. */
import type { Sent } from '../history.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';
import { ADMIN_TOKEN } from '../world.ts';

const PLANS = { short: { takeovers: 40, atOnce: 8 }, long: { takeovers: 500, atOnce: 8 } } as const;
/** The operator's answer and the send's arrival are stamped by two calls of one clock. */
const STAMP_MS = 5;

export const takeover: Scenario = {
  id: 'R17',
  title: 'takeover at random moments of a turn, from its arrival to its send',
  target: '0 in 500',
  needs: { postgres: 'shared', redis: 'shared' },
  embedded: 'takeover at random moments of a turn, from its arrival to its send',
  run,
  mutants: [
    {
      name: 'check at start only',
      expects: /an agent's words left/,
      patches: [
        {
          file: 'memory/postgres/outbox.ts',
          find: `if (locked?.ownership === 'operator') await sql.count(SUPPRESS, [thread]);`,
          replace: '',
        },
        {
          file: 'memory/postgres/outbox.ts',
          find: `select q.id, h.ownership <> 'operator' or`,
          replace: 'select q.id, true or',
        },
        {
          file: 'memory/postgres/turns.ts',
          find: `when t.ownership = 'operator' and d.class <> 'crisis' then 'suppressed' else 'queued' end`,
          replace: `when false then 'suppressed' else 'queued' end`,
        },
      ],
    },
  ],
};

async function run(world: World) {
  const { channel, fleet, model, random, size } = world;
  const plan = PLANS[size];
  model.setFirstByteMs(400);
  await fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 1, console: 1 }));
  const choices = random.fork('takeovers');
  const takenAt = new Map<number, number>();
  const problems: string[] = [];
  const chats = [...world.chats(plan.takeovers)];
  const work = async (): Promise<void> => {
    for (let chat = chats.shift(); chat !== undefined; chat = chats.shift()) {
      channel.write({ chat, text: world.question('/ask how long is the breathwork course?') });
      await world.sleep(choices.whole(20, 1_400));
      const at = await take(world, chat);
      if (at === null) problems.push(`chat ${chat} could not be taken over`);
      else takenAt.set(chat, at);
    }
  };
  await Promise.all(Array.from({ length: plan.atOnce }, work));
  if (!(await world.quiet({ withinMs: 60_000 }))) problems.push('work was left');
  const sends = channel.history.lines.filter((line): line is Sent => line.kind === 'sent');
  for (const { chat, at } of sends) {
    const taken = takenAt.get(chat) ?? Number.POSITIVE_INFINITY;
    if (at > taken + STAMP_MS) problems.push(`chat ${chat}: an agent's words left ${at - taken} ms after the takeover`);
  }
  const judged = await world.judge();
  const suppressed = judged.found.deliveries.filter(({ state }) => state === 'suppressed').length;
  if (suppressed === 0) problems.push('no takeover came before a send: nothing was tried');
  return verdictOf(judged, {
    trials: takenAt.size,
    problems,
    more: { takeovers: takenAt.size, 'replies held back': suppressed },
  });
}

/** As an operator does it; gives the moment the console said yes. The thread is there once its message was taken. */
async function take({ fleet, sql, sleep }: World, chat: number): Promise<number | null> {
  const desk = fleet.members('console', 'all')[0];
  for (let left = 200; left > 0; left -= 1) {
    const [thread] = await sql<{ id: string }>(`select id from threads where key = $1`, [String(chat)]);
    if (thread) {
      const response = await fetch(`${desk?.address}/api/threads/${thread.id}/take`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${ADMIN_TOKEN}`,
          'content-type': 'application/json',
          'x-throughline': 'console',
        },
        body: '{}',
      });
      return response.ok ? Date.now() : null;
    }
    await sleep(10);
  }
  return null;
}
