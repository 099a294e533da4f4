/** R13: a channel whose sends take half a minute slows no other. */
import { randomUUID } from 'node:crypto';
import { json, startLocalServer } from '../../peers/local-server.ts';
import { holdsWithin } from '../hold-until.ts';
import { quantile } from '../report.ts';
import { type Scenario, verdictOf, type World } from '../scenario.ts';

const PLANS = { short: { slow: 90, messages: 40 }, long: { slow: 400, messages: 600 } } as const;
const ANSWER_MS = 30_000;
/** The two halves run on one busy machine; what a shared pool costs is ten seconds. */
const NOISE_MS = 1_500;

export const slowChannel: Scenario = {
  id: 'R13',
  title: 'every send of one channel takes 30 s, the other one is used on',
  target: 'the other channel’s p95 from commit to send ± 10 %',
  needs: { postgres: 'shared', redis: 'shared' },
  embedded: 'every send of one channel takes 30 s, the other one is used on',
  run,
  mutants: [
    {
      name: 'shared pool',
      expects: /beside the slow channel/,
      patches: [
        {
          file: 'channels/bridge/slots.ts',
          find: 'lane.busy >= perConnection',
          replace: 'lane.busy >= perConnection * 1_000_000',
        },
      ],
    },
  ],
};

async function run(world: World) {
  const { fleet, random, size } = world;
  const plan = PLANS[size];
  let calls = 0;
  const slow = await startLocalServer(async () => {
    calls += 1;
    await world.sleep(ANSWER_MS);
    return json(200, { id: calls });
  });
  try {
    const variables = {
      BUDDYBOSS_URL: slow.root,
      BUDDYBOSS_SECRET: `whsec_${Buffer.from('slow'.repeat(8)).toString('base64')}`,
    };
    await fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 1 }), { variables });
    const problems: string[] = [];
    const choices = random.fork('traffic');
    const alone = await measure(world, { choices, messages: plan.messages });
    await queueSlowOnes(world, plan.slow);
    if (!(await holdsWithin(15_000, () => calls >= 8)))
      problems.push(`the slow channel was called ${calls} times only`);
    const beside = await measure(world, { choices, messages: plan.messages });
    const limit = alone.p95 * 1.1 + NOISE_MS;
    if (beside.p95 > limit) {
      problems.push(
        `p95 was ${Math.round(alone.p95)} ms alone and ${Math.round(beside.p95)} ms beside the slow channel`,
      );
    }
    problems.push(...alone.problems, ...beside.problems);
    // The oracle knows one channel; what the slow one still has to do is not asked here.
    await world.sql(`delete from deliveries where thread_id in (select id from threads where channel = 'buddyboss')`);
    return verdictOf(await world.judge(), {
      trials: 2 * plan.messages,
      problems,
      more: { 'p95 alone': ms(alone.p95), 'p95 beside it': ms(beside.p95), 'slow calls under way': calls },
    });
  } finally {
    await slow.stop();
  }
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

type Measured = { readonly p95: number; readonly problems: readonly string[] };
type Measuring = { readonly choices: World['random']; readonly messages: number };

/** From the commit of a turn to the record that its words were sent. */
async function measure(world: World, { choices, messages }: Measuring): Promise<Measured> {
  const [first] = await world.sql<{ at: string }>('select now()::text as at');
  for (const chat of world.chats(messages)) {
    world.channel.write({ chat, text: 'hi' });
    await world.sleep(choices.whole(20, 140));
  }
  const isDone = await holdsWithin(60_000, async () => {
    const open = await world.sql(
      `select 1 from inbox where state = 'pending' union all
       select 1 from deliveries d join threads t on t.id = d.thread_id
       where t.channel = 'telegram' and d.state in ('queued', 'claimed') limit 1`,
    );
    return open.length === 0 && world.channel.open() === 0;
  });
  const rows = await world.sql<{ took: number }>(
    `select (extract(epoch from d.sent_at - d.created_at) * 1000)::float8 as took
     from deliveries d join threads t on t.id = d.thread_id where t.channel = 'telegram' and d.created_at > $1::timestamptz`,
    [first?.at],
  );
  const took = rows.map((row) => row.took);
  return { p95: quantile(took, 0.95), problems: isDone ? [] : ['work was left on the fast channel'] };
}

/** Deliveries of the other channel, one thread each, as turns would have left them. */
async function queueSlowOnes({ sql }: World, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    const [person, handle, thread] = [randomUUID(), randomUUID(), randomUUID()];
    await sql('insert into persons (id) values ($1)', [person]);
    await sql(
      `insert into handles (id, channel, connection, external_id, own_person_id, person_id)
       values ($1, 'buddyboss', 'main', $2, $3, $3)`,
      [handle, String(left), person],
    );
    await sql(
      `insert into threads (id, channel, connection, key, clearance) values ($1, 'buddyboss', 'main', $2, 'private')`,
      [thread, `message:${left}`],
    );
    await sql(
      `insert into deliveries (id, thread_id, handle_id, message_class, reply)
       values ($1, $2, $3, 'answer', '{"agent": "support", "messageClass": "answer", "blocks": [{"kind": "text", "text": "hello"}], "citations": []}')`,
      [`${randomUUID()}.0`, thread, handle],
    );
  }
}
