/** The relay between processes: who hears what, what fits into one notice, and what foreign words do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { PersonId, ThreadId, TurnId } from '../../core/ids.ts';
import { MAX_NOTICE_BYTES, type NoticePort, type NoticeTopic } from '../../memory/notices.ts';
import { createLiveBus, type LiveNote } from '../../server/live.ts';
import { openRelay, type Relay } from '../../server/relay.ts';
import { createSpoken } from '../../server/spoken.ts';

const thread = ThreadId.parse('01890000-0000-7000-8000-000000000001');
const turn = TurnId.parse('01890000-0000-7000-8000-000000000002');
const lane = PersonId.parse('01890000-0000-7000-8000-000000000003');

/** What the database or Redis does between processes: everybody hears everything, the speaker too. */
function createAir() {
  const hearers: { topic: NoticeTopic; hear: (text: string) => void }[] = [];
  const texts: string[] = [];
  const port: NoticePort = {
    publish: (topic, text) => {
      texts.push(text);
      for (const one of hearers.filter((other) => other.topic === topic)) one.hear(text);
      return Promise.resolve();
    },
    listen: (topic, hear) => Promise.resolve(void hearers.push({ topic, hear })),
    close: () => Promise.resolve(),
  };
  return { port, texts };
}

async function join(port: NoticePort, origin: string, role: { reads?: boolean; makes?: boolean }) {
  const local = createLiveBus();
  const arrived: unknown[] = [];
  const relay: Relay = await openRelay(local, {
    notices: port,
    origin,
    hasReaders: role.reads ?? false,
    makesTurns: role.makes ?? false,
    onArrived: (one) => arrived.push(one),
    log: { warn: () => undefined, info: () => undefined },
  });
  const heard: LiveNote[] = [];
  relay.live.listen((note) => heard.push(note));
  return { live: relay.live, tell: relay.arrived, heard, arrived };
}

describe('notes between processes', () => {
  it('are heard once by every process that shows them, in order, and by no other', async () => {
    const { port } = createAir();
    const worker = await join(port, 'worker', { makes: true });
    const other = await join(port, 'other worker', { makes: true });
    const ingress = await join(port, 'ingress', { reads: true });
    for (let at = 0; at < 5; at += 1) worker.live.publish({ kind: 'delta', thread, turn, at, text: 'x' });
    await vi.waitFor(() => expect(ingress.heard).toHaveLength(5));
    expect(ingress.heard.map((note) => (note.kind === 'delta' ? note.at : null))).toEqual([0, 1, 2, 3, 4]);
    expect(worker.heard).toHaveLength(5);
    expect(other.heard).toHaveLength(0);
  });

  it('fit into a notice however long an answer is and whatever it is written in', async () => {
    const { port, texts } = createAir();
    const worker = await join(port, 'worker', { makes: true });
    const ingress = await join(port, 'ingress', { reads: true });
    const answer = '漢字\u0001"\\'.repeat(4_000);
    createSpoken(worker.live).begin(thread, turn).say(answer);
    const written = (): string => ingress.heard.map((note) => (note.kind === 'delta' ? note.text : '')).join('');
    await vi.waitFor(() => expect(written()).toBe(answer));
    expect(Math.max(...texts.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(MAX_NOTICE_BYTES);
  });

  it('are told again from the first word to whoever comes late', async () => {
    const { port } = createAir();
    const worker = await join(port, 'worker', { makes: true });
    const speech = createSpoken(worker.live).begin(thread, turn);
    speech.say('Eight ');
    speech.say('weeks.');
    // What was told before somebody listened is gone.
    await sleep(50);
    const ingress = await join(port, 'ingress', { reads: true });
    ingress.live.askAgain(thread);
    await vi.waitFor(() => expect(ingress.heard.map(({ kind }) => kind)).toEqual(['turn-start', 'delta']));
    expect(ingress.heard[1]).toMatchObject({ at: 0, text: 'Eight weeks.' });
    speech.withdraw();
    speech.say('Nine.');
    await vi.waitFor(() => expect(ingress.heard.at(-1)).toMatchObject({ at: 0, text: 'Nine.' }));
    speech.end();
    const before = ingress.heard.length;
    ingress.live.askAgain(thread);
    expect(ingress.heard).toHaveLength(before);
  });

  it('tell those who make turns that a message came in, but not the one who says so', async () => {
    const { port } = createAir();
    const ingress = await join(port, 'ingress', { reads: true, makes: true });
    const worker = await join(port, 'worker', { makes: true });
    ingress.tell({ lane, thread, isCrisis: false });
    expect(worker.arrived).toEqual([{ lane, thread, isCrisis: false }]);
  });

  it('are no harm when they are not ours', async () => {
    const { port } = createAir();
    const ingress = await join(port, 'ingress', { reads: true, makes: true });
    for (const text of ['', '{', '[]', '{"from":"x"}', '{"from":"x","notes":[1]}', '{"from":"x","asked":"me"}']) {
      await port.publish('down', text);
      await port.publish('up', text);
    }
    expect(ingress.heard).toEqual([]);
  });
});
