/** R22: a dump taken under load, restored into an empty database, carries on: nothing acknowledged before it is lost. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { Written } from '../fake-channel.ts';
import { holdsWithin } from '../hold-until.ts';
import { type Judgement, judge, ORACLE_SQL } from '../oracle.ts';
import { type Scenario, type Verdict, verdictOf, type World } from '../scenario.ts';
import { findPostgres, runSql } from '../stores.ts';

const PLANS = { short: { people: 30, messages: 120 }, long: { people: 400, messages: 4_000 } } as const;
const exec = promisify(execFile);

export const backup: Scenario = {
  id: 'R22',
  title: 'pg_dump under load, all processes killed, restored into an empty database',
  target: 'RPO ≤ 5 min, RTO ≤ 30 min, 0 lost of what was acknowledged before the dump',
  needs: { postgres: 'shared', redis: 'shared' },
  missing: () => (findPostgres() === null ? 'needs pg_dump and pg_restore' : null),
  run,
  mutants: [
    {
      name: 'empty backup',
      expects: /does not serve|is not in the inbox/,
      patches: [],
      // What belongs to an extension is left out of a dump.
      sql: ['inbox', 'turns', 'deliveries'].map((table) => `alter extension pg_trgm add table ${table}`),
    },
    {
      name: 'a stored column computed by functions without their schema',
      expects: /does not serve/,
      patches: [],
      sql: [
        `create or replace function passage_words(title text, headings jsonb, text text, language text) returns tsvector
         language sql immutable parallel safe as $$ select to_tsvector(search_config(language), text) $$`,
      ],
    },
  ],
};

async function run(world: World): Promise<Verdict> {
  const { channel, fleet, random, size, sql } = world;
  const plan = PLANS[size];
  await fleet.start(world.shape({ ingress: 1, worker: 1, delivery: 1 }), { comesBack: false });
  const choices = random.fork('traffic');
  const chats = world.chats(plan.people);
  let dumping: Promise<Dump> | null = null;
  for (let sent = 0; sent < plan.messages; sent += 1) {
    channel.write({ chat: choices.pick(chats), text: choices.chance(0.2) ? 'hi' : world.question() });
    if (sent === Math.floor(plan.messages * 0.7)) dumping = dump(world);
    await world.sleep(choices.whole(10, 90));
  }
  const [{ file, begunAt, seconds }, [source]] = await Promise.all([
    dumping ?? dump(world),
    sql<{ name: string }>('select current_database() as name'),
  ]);
  await Promise.all(fleet.members().map((member) => member.kill('the machine is gone')));
  const before = channel.written.filter(({ ackedAt }) => ackedAt !== null && ackedAt < begunAt);
  const later = channel.written.filter(({ ackedAt }) => ackedAt !== null && ackedAt >= begunAt);
  const name = `${source?.name ?? 'chaos'}_restored`;
  const restoring = performance.now();
  try {
    const url = await restore(world, { file, name });
    const problems = await carryOn(world, { url, chat: chats[0] ?? 0 });
    const restoreSeconds = (performance.now() - restoring) / 1_000;
    const judged = await judgeOf(world, { url, before });
    const more = {
      'acknowledged before the dump': before.length,
      'acknowledged later, gone with the machine': later.length,
      dump: `${seconds.toFixed(1)} s`,
      'from the loss to the first answer': `${restoreSeconds.toFixed(1)} s`,
    };
    // What had left after the dump leaves again: nobody can know. It is counted, and no fault of the restore.
    return verdictOf({ ...judged, duplicated: [], outOfOrder: [] }, { trials: before.length, problems, more });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const judged = { ...(await world.judge()), lost: before.map(({ update }) => `message ${update}`) };
    return verdictOf(judged, { trials: before.length, problems: [`the restored database does not serve: ${why}`] });
  } finally {
    await Promise.all(fleet.members().map((member) => member.kill('the end')));
    await runSql(world.postgres.url('postgres'), [`drop database if exists ${name} with (force)`]);
    rmSync(file, { force: true });
  }
}

type Dump = { readonly file: string; readonly begunAt: number; readonly seconds: number };

async function dump({ postgres, sql, say }: World): Promise<Dump> {
  const [row] = await sql<{ name: string }>('select current_database() as name');
  const file = join(tmpdir(), `${row?.name ?? 'chaos'}.dump`);
  const begunAt = Date.now();
  await exec(tool('pg_dump'), ['-Fc', '-f', file, postgres.url(row?.name ?? '')]);
  const seconds = (Date.now() - begunAt) / 1_000;
  say(`dumped in ${seconds.toFixed(1)} s`);
  return { file, begunAt, seconds };
}

/** Into an empty database. A minute has gone since the dump, as in any restore: leases and claims of then have run out. */
async function restore({ postgres }: World, { file, name }: { readonly file: string; readonly name: string }) {
  const url = postgres.url(name);
  await runSql(postgres.url('postgres'), [`create database ${name}`]);
  await exec(tool('pg_restore'), ['--no-owner', '--exit-on-error', '-d', url, file]);
  await runSql(url, [
    `update lanes set leased_until = leased_until - interval '1 minute'`,
    `update deliveries set claimed_until = claimed_until - interval '1 minute' where state = 'claimed'`,
  ]).catch(() => undefined);
  return url;
}

function tool(name: string): string {
  return join(findPostgres() ?? '', name);
}

/** Starts on the restored database, ends what was open in it, and answers a new message. Throws when it cannot. */
async function carryOn(
  { channel, fleet, shape, question }: World,
  { url, chat }: { readonly url: string; readonly chat: number },
): Promise<string[]> {
  const added = await fleet.start(shape({ ingress: 1, worker: 1, delivery: 1 }), {
    variables: { DATABASE_URL: url },
    comesBack: false,
  });
  channel.deliverTo(() =>
    added.filter(({ role }) => role === 'ingress' || role === 'all').map(({ address }) => address),
  );
  const written = channel.write({ chat, text: question() });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const isOpen = async (): Promise<boolean> => {
    const { rows } = await client.query<{ open: string }>(
      `select (select count(*) from inbox where state = 'pending')
         + (select count(*) from deliveries where state in ('queued', 'claimed')) as open`,
    );
    return written.ackedAt === null || Number(rows[0]?.open) > 0;
  };
  try {
    return (await holdsWithin(60_000, async () => !(await isOpen()))) ? [] : ['work was left in the restored database'];
  } finally {
    await client.end();
  }
}

async function judgeOf(
  { channel }: World,
  { url, before }: { readonly url: string; readonly before: readonly Written[] },
): Promise<Judgement> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ found: unknown }>(ORACLE_SQL);
    const last = channel.written.at(-1);
    return judge(rows[0]?.found, { written: last ? [...before, last] : before, history: channel.history });
  } finally {
    await client.end();
  }
}
