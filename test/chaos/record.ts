/**
 * `node test/chaos/record.ts <commit> [<commit> …]`: lets people write to the release of that commit, ends it in the
 * middle of its work, and keeps its database as recorded/<commit>/dump.sql.gz. R20 has later releases carry on from there.
 * The release runs on the libraries installed now. DATABASE_URL and REDIS_URL as for `npm run chaos`; needs pg_dump.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { ChatRequest, PeerReply } from '../peers/openai.ts';
import { closeGround, openGround } from './ground.ts';
import { holdsWithin } from './hold-until.ts';
import { createRandom } from './random.ts';
import type { World } from './scenario.ts';
import { findPostgres } from './stores.ts';
import { copyTree } from './tree.ts';
import { answerOrOpenTicket, TICKET_QUESTION } from './words.ts';
import { openWorld } from './world.ts';

const run = promisify(execFile);
/** The school's own books, which every start loads anew, and the installation's secrets. */
const LEFT_OUT = [
  ...['sources', 'documents', 'passages', 'exemplars', 'exemplar_candidates', 'intent_models', 'lexemes'],
  ...['search_languages', 'installation'],
];
/** Far from the updates of a run that reads the recording: an update's number is known once and for all. */
const FIRST_UPDATE = 100_000_001;
const REMINDER_WISH = 'remind me of my next lesson tomorrow';
const SAID: readonly string[] = [
  '/start',
  'My name is Anna and I live in Vienna.',
  'how long is the breathwork course?',
  'what does the breathwork course cost? I want to buy it',
  TICKET_QUESTION,
  REMINDER_WISH,
];

async function main(): Promise<void> {
  const commits = process.argv.slice(2);
  if (commits.length === 0) throw new RangeError('Name a commit, e.g. node test/chaos/record.ts dad8fc7');
  for (const commit of commits) await record(commit);
}

async function record(commit: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-record-'));
  const say = (line: string): void => void process.stderr.write(`${commit}: ${line}\n`);
  const sources = join(folder, 'sources');
  mkdirSync(sources);
  await run('bash', ['-o', 'pipefail', '-c', `git archive "$0" | tar -x -C "$1"`, commit, sources], {
    cwd: join(import.meta.dirname, '../..'),
  });
  const tree = copyTree({ from: sources });
  const given = { databaseUrl: process.env['DATABASE_URL'] ?? null, redisUrl: process.env['REDIS_URL'] ?? null };
  const ground = await openGround({ ...given, roles: 'all', folder, tree: tree.folder, say });
  try {
    const needs = { postgres: 'shared', redis: 'shared' } as const;
    const opening = { ground, needs, name: commit, tree: tree.folder, size: 'short', random: createRandom(1) } as const;
    const { world, close } = await openWorld({ ...opening, mutant: null, say, firstUpdate: FIRST_UPDATE });
    try {
      await live(world);
      const kept = join(import.meta.dirname, 'recorded', commit);
      mkdirSync(kept, { recursive: true });
      writeFileSync(join(kept, 'dump.sql.gz'), gzipSync(await dumpOf(world), { level: 9 }));
    } finally {
      await close();
    }
  } finally {
    tree.remove();
    await closeGround(ground);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a release leaves behind when its machine is gone: people at several stages, and each kind of open work. */
async function live(world: World): Promise<void> {
  const { channel, fleet, model } = world;
  const [member] = await fleet.start({ all: 1 }, { comesBack: false });
  model.play(answerOrSetReminder);
  const [buyer = 0, helped = 0, crisis = 0, unsent = 0, ...unanswered] = world.chats(6);
  for (const text of SAID) await say(world, buyer, text);
  await expect(world, `select 1 from deliveries where due_at > now() + interval '1 hour'`, 'the reminder');
  await say(world, helped, 'I want to talk to a human please');
  await say(world, crisis, 'I want to end my life');
  await say(world, unsent, 'hi');
  channel.answer(() => ({ kind: 'wait', seconds: 20 }));
  channel.write({ chat: unsent, text: world.question() });
  const hasUnsent = `select 1 from deliveries d join threads t on t.id = d.thread_id
    where t.key = '${unsent}' and d.state = 'queued' and d.due_at > now()`;
  await expect(world, hasUnsent, 'the answer that waits');
  model.setFirstByteMs(60_000);
  const asked = unanswered.map((chat) => channel.write({ chat, text: world.question() }));
  if (!(await holdsWithin(20_000, () => asked.every(({ ackedAt }) => ackedAt !== null))))
    throw new RangeError('The last messages were not taken.');
  await expect(world, `select 1 from lanes where holder is not null`, 'the turn under way');
  await member?.kill('the end of the recording');
}

function answerOrSetReminder(request: ChatRequest): PeerReply {
  const { messages, tools } = request;
  const isWished = JSON.stringify(messages.findLast(({ role }) => role === 'user')?.content).includes(REMINDER_WISH);
  const isSet = messages.some(({ role }) => role === 'tool');
  const maySet = tools?.some((tool) => tool.function.name === 'set_reminder') ?? false;
  if (!isWished || isSet || !maySet) return answerOrOpenTicket(request);
  const at = new Date(Date.now() + 24 * 3_600_000).toISOString();
  return { toolCalls: [{ name: 'set_reminder', arguments: { at, text: 'Your next lesson' } }] };
}

async function say(world: World, chat: number, text: string): Promise<void> {
  const written = world.channel.write({ chat, text });
  await holdsWithin(20_000, () => written.ackedAt !== null);
  await expect(
    world,
    `select 1 where not exists (select 1 from inbox where state = 'pending')
       and not exists (select 1 from deliveries where state in ('queued', 'claimed') and due_at <= now())`,
    `the end of "${text}"`,
  );
}

async function expect({ sql }: World, question: string, what: string): Promise<void> {
  if (!(await holdsWithin(40_000, async () => (await sql(question)).length > 0)))
    throw new RangeError(`This never came: ${what}.`);
}

/** The whole schema and the rows of people, as statements any client can run. The rig's own observers are left out. */
async function dumpOf({ sql, postgres }: World): Promise<string> {
  await sql('drop schema chaos cascade');
  const [row] = await sql<{ name: string }>('select current_database() as name');
  const words = ['--inserts', '--rows-per-insert=50', '--no-owner', '--no-privileges', '--no-comments'];
  const leftOut = LEFT_OUT.map((table) => `--exclude-table-data=public.${table}`);
  const { stdout } = await run(
    join(findPostgres() ?? '', 'pg_dump'),
    [...words, ...leftOut, '--schema=public', '--extension=*', postgres.url(row?.name ?? '')],
    { maxBuffer: 1 << 26 },
  );
  // Lines for psql alone, and what says nothing.
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('--') && !line.startsWith('\\'))
    .join('\n');
}

await main();
