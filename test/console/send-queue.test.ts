/** The visitor's words are never lost and never sent twice under two ids. */
import { describe, expect, it } from 'vitest';
import type { SendState } from '../../console/widget/conversation.ts';
import { createKeep, type Keep } from '../../console/widget/keep.ts';
import { type Outgoing, type PostOutcome, SendQueue } from '../../console/widget/send-queue.ts';
import { createFakeClock, settle } from './fake-clock.ts';

const accepted: PostOutcome = { kind: 'accepted' };
const later: PostOutcome = { kind: 'later', afterMs: null };
const refused: PostOutcome = { kind: 'refused' };

function message(id: string, minute = 0): Outgoing {
  return { id, text: `words of ${id}`, at: new Date(60_000 * minute).toISOString() };
}

function forgetful(): Keep {
  return createKeep(null, 'https://chat.example/');
}

/** `answers` are given in turn, the last one for ever; a promise is waited for. */
function openQueue(answers: readonly (PostOutcome | Promise<PostOutcome>)[], keep = forgetful()) {
  const clock = createFakeClock();
  const posted: string[] = [];
  const states: string[] = [];
  const queue = new SendQueue({
    post: (outgoing) => {
      posted.push(outgoing.id);
      return Promise.resolve(answers[Math.min(posted.length, answers.length) - 1] ?? later);
    },
    onState: (id: string, state: SendState) => states.push(`${id} ${state}`),
    keep,
    clock,
    random: () => 0,
  });
  return { queue, clock, posted, states, keep };
}

describe('SendQueue', () => {
  it('sends at once and forgets what was taken', async () => {
    const { queue, posted, states, keep } = openQueue([accepted]);
    queue.add(message('a'));
    expect(keep.keys('unsent ')).toEqual(['unsent a']);
    await settle();
    expect(posted).toEqual(['a']);
    expect(states).toEqual(['a sent']);
    expect(keep.keys('unsent ')).toEqual([]);
  });

  it('tries again with the same id, with growing pauses, until it is taken', async () => {
    const { queue, clock, posted, states } = openQueue([later, later, later, accepted]);
    queue.add(message('a'));
    await settle();
    expect(states).toEqual(['a retrying']);
    await clock.move(999);
    expect(posted).toHaveLength(1);
    await clock.move(1);
    expect(posted).toHaveLength(2);
    await clock.move(2_000);
    expect(posted).toHaveLength(3);
    await clock.move(4_000);
    expect(posted).toEqual(['a', 'a', 'a', 'a']);
    expect(states.at(-1)).toBe('a sent');
  });

  it('waits as long as the server asks for', async () => {
    const { queue, clock, posted } = openQueue([{ kind: 'later', afterMs: 7_000 }, accepted]);
    queue.add(message('a'));
    await clock.move(6_999);
    expect(posted).toHaveLength(1);
    await clock.move(1);
    expect(posted).toHaveLength(2);
  });

  it('keeps the order: the second waits for the first', async () => {
    const { queue, clock, posted } = openQueue([later, accepted]);
    queue.add(message('a'));
    queue.add(message('b'));
    await settle();
    expect(posted).toEqual(['a']);
    await clock.move(1_000);
    expect(posted).toEqual(['a', 'a', 'b']);
  });

  it('has one on its way at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<PostOutcome>();
    const { queue, posted } = openQueue([promise, accepted]);
    queue.add(message('a'));
    queue.add(message('b'));
    queue.hurry();
    await settle();
    expect(posted).toEqual(['a']);
    resolve(accepted);
    await settle();
    expect(posted).toEqual(['a', 'b']);
  });

  it('says when a message is refused, and goes on with the next', async () => {
    const { queue, posted, states, keep } = openQueue([refused, accepted]);
    queue.add(message('a'));
    queue.add(message('b'));
    await settle();
    expect(posted).toEqual(['a', 'b']);
    expect(states).toEqual(['a refused', 'b sent']);
    expect(keep.keys('unsent ')).toEqual([]);
  });

  it('hurries what waits', async () => {
    const { queue, posted, clock } = openQueue([{ kind: 'later', afterMs: 60_000 }, accepted]);
    queue.add(message('a'));
    await settle();
    queue.hurry();
    await settle();
    expect(posted).toEqual(['a', 'a']);
    expect(clock.waiting()).toEqual([]);
  });

  it('sends what an earlier page left, oldest first, before anything new', async () => {
    const keep = forgetful();
    const before = openQueue([later], keep);
    before.queue.add(message('new', 2));
    before.queue.add(message('old', 1));
    await settle();
    const { queue, posted } = openQueue([accepted], keep);
    expect(queue.restore().map(({ id }) => id)).toEqual(['old', 'new']);
    queue.add(message('newest', 3));
    await settle();
    expect(posted).toEqual(['old', 'new', 'newest']);
    expect(queue.restore()).toEqual([]);
  });

  it('does not send what was dropped meanwhile', async () => {
    const { queue, clock, posted, states } = openQueue([later, accepted]);
    queue.add(message('a'));
    await settle();
    queue.drop('a');
    await clock.move(60_000);
    expect(posted).toEqual(['a']);
    expect(states).toEqual(['a retrying']);
  });

  it('does not try again what was dropped while it was on its way', async () => {
    const { promise, resolve } = Promise.withResolvers<PostOutcome>();
    const { queue, clock, states } = openQueue([promise]);
    queue.add(message('a'));
    await settle();
    queue.drop('a');
    resolve(later);
    await settle();
    expect(states).toEqual([]);
    expect(clock.waiting()).toEqual([]);
  });

  it('passes over what others wrote into the storage', () => {
    const keep = forgetful();
    keep.set('unsent x', 'not json');
    keep.set('unsent y', '{"id":1}');
    const { queue } = openQueue([accepted], keep);
    expect(queue.restore()).toEqual([]);
    expect(keep.keys('unsent ')).toEqual([]);
  });
});

describe('createKeep', () => {
  it('goes on without a storage that throws', () => {
    const broken = new Proxy({} as Storage, {
      get: () => {
        throw new TypeError('forbidden');
      },
      ownKeys: () => {
        throw new TypeError('forbidden');
      },
    });
    const keep = createKeep(broken, 'https://chat.example/');
    keep.set('token', 'abc');
    expect(keep.get('token')).toBe('abc');
    expect(keep.keys('to')).toEqual(['token']);
    keep.remove('token');
    expect(keep.get('token')).toBeNull();
  });
});
