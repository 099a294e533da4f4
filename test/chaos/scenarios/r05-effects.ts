/** R5: a send whose fate is unknown follows the rule of its class, and a tool's write happens once. */
import type { Sent } from '../history.ts';
import { holdsWithin } from '../hold-until.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';
import { answerOrOpenTicket, TICKET_QUESTION } from '../words.ts';

const PLANS = { short: { sends: 9, tickets: 3 }, long: { sends: 150, tickets: 50 } } as const;
const CRISIS = 'I want to kill myself';
const PERSON = 'I want to talk to a human please';
/** A claim outlives its sender by a minute; then the sweeper comes. */
const CLAIM_MS = 100_000;

export const effects: Scenario = {
  id: 'R5',
  title: 'kill -9 between send and record, and between a tool’s write and the commit',
  target: 'duplicates only where the class allows, flagged; every write once',
  waits: true,
  needs: { postgres: 'shared', redis: 'shared' },
  run,
  mutants: [
    {
      name: 'resend whatever is unknown',
      expects: /an answer of unknown fate arrived/,
      patches: [
        {
          file: 'channels/bridge/outbox.ts',
          find: `isKeyed || messageClass === 'crisis' || messageClass === 'hand_over';`,
          replace: `isKeyed || messageClass.length > 0;`,
        },
      ],
    },
    {
      name: 'effect in a step body',
      expects: /tickets were opened instead of one/,
      patches: [{ file: 'memory/postgres/effects.ts', find: 'if (isFirst === 0) {', replace: 'if (isFirst < 0) {' }],
    },
  ],
};

async function run(world: World) {
  const problems: string[] = [];
  const cut = await killBetweenSendAndRecord(world);
  const written = await killAfterWrite(world, problems);
  // One wait for both: a claim outlives its sender by a minute.
  if (!(await world.quiet({ withinMs: CLAIM_MS }))) problems.push('work was left');
  problems.push(...wrongSends(world, cut), ...(await wrongTickets(world, written.chats)));
  const [sends, tickets] = [cut.times(), written.writes];
  const judged = await world.judge();
  // The first try may have reached nobody, the second one must have.
  const flagged = judged.found.deliveries.filter(({ state, attempts }) => state === 'unknown' || attempts > 1).length;
  if (flagged < sends) problems.push(`${sends} sends were cut off, and only ${flagged} deliveries say so`);
  const kills = world.channel.history.lines.filter((line) => line.kind === 'hurt' && line.isKill).length;
  return verdictOf(judged, {
    trials: sends + tickets,
    kills,
    problems,
    more: { 'sends cut off': sends, 'writes cut off': tickets },
  });
}

type Cut = {
  readonly chats: readonly number[];
  /** Chats whose words must arrive. */
  readonly loud: ReadonlySet<number>;
  readonly times: () => number;
};

/** The channel takes the message, and whoever sent it dies before it hears so. */
async function killBetweenSendAndRecord(world: World): Promise<Cut> {
  const { channel, fleet, size, random } = world;
  await fleet.start(world.shape({ ingress: 2, worker: 2, delivery: 2 }));
  const doomed = new Set<number>();
  let times = 0;
  channel.answer(({ chat }) => {
    if (!doomed.delete(chat)) return { kind: 'ok' };
    times += 1;
    return { kind: 'drop', first: () => killSenderOf(world, chat) };
  });
  const chats = world.chats(PLANS[size].sends);
  const choices = random.fork('sends');
  const loud = new Set<number>();
  for (const [index, chat] of chats.entries()) {
    doomed.add(chat);
    const words = [CRISIS, PERSON, world.question('/ask how long is it?')][index % 3] ?? PERSON;
    if (index % 3 < 2) loud.add(chat);
    channel.write({ chat, text: words });
    await world.sleep(choices.whole(500, 2_500));
  }
  await holdsWithin(30_000, () => times === chats.length);
  return { chats, loud, times: () => times };
}

function wrongSends({ channel }: World, { chats, loud }: Cut): readonly string[] {
  const accepted = channel.history.lines.filter((line): line is Sent => line.kind === 'sent' && line.isAccepted);
  return chats.flatMap((chat) => {
    const times = accepted.filter((send) => send.chat === chat).length;
    if (loud.has(chat)) return times < 2 ? [`chat ${chat}: words that must arrive were not sent again (${times})`] : [];
    // None at all is possible, too: another kill may have hit the claim before its send. It is then stated as unknown.
    return times > 1 ? [`chat ${chat}: an answer of unknown fate arrived ${times} times`] : [];
  });
}

/** The delivery says who claimed it. */
async function killSenderOf(world: World, chat: number): Promise<void> {
  const [row] = await world.sql<{ holder: string }>(
    `select d.holder from deliveries d join threads t on t.id = d.thread_id where t.key = $1 and d.state = 'claimed'`,
    [String(chat)],
  );
  const sender = world.fleet.members().find((member) => row?.holder.startsWith(`${member.pid()}-`));
  await sender?.kill('between send and record');
}

/** A worker dies when its tool's write is committed and the turn is not. */
async function killAfterWrite(
  world: World,
  problems: string[],
): Promise<{ readonly chats: readonly number[]; readonly writes: number }> {
  const { channel, fleet, model, size } = world;
  await Promise.all(fleet.members('worker', 'all').map((member) => member.end()));
  const proxy = await world.proxy();
  const roles = world.shape({ worker: 1 });
  const [worker] = await fleet.start(roles, { variables: { DATABASE_URL: proxy.url } });
  let isArmed = false;
  const openTicket = new Map<number, boolean>();
  let writes = 0;
  proxy.watch(({ text, connection }) => {
    if (/insert into tickets/i.test(text)) openTicket.set(connection, true);
    if (!isArmed || text !== 'commit' || !openTicket.delete(connection)) return 'pass';
    isArmed = false;
    writes += 1;
    return { after: async () => await worker?.kill('between a write and its turn') };
  });
  model.play(answerOrOpenTicket);
  const chats = world.chats(PLANS[size].tickets);
  for (const chat of chats) {
    await worker?.ready();
    isArmed = true;
    channel.write({ chat, text: world.question(TICKET_QUESTION) });
    if (!(await holdsWithin(30_000, () => !isArmed))) problems.push(`chat ${chat}: no ticket was written`);
  }
  return { chats, writes };
}

async function wrongTickets(world: World, chats: readonly number[]): Promise<readonly string[]> {
  const tickets = await world.sql<{ key: string; count: string }>(
    'select t.key, count(*) from tickets k join threads t on t.id = k.thread_id where t.key = any($1) group by t.key',
    [chats.map(String)],
  );
  return chats.flatMap((chat) => {
    const count = Number(tickets.find(({ key }) => key === String(chat))?.count ?? 0);
    return count === 1 ? [] : [`chat ${chat}: ${count} tickets were opened instead of one`];
  });
}
