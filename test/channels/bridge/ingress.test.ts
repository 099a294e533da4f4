/** Ingress: durable first, then a wake-up; a crisis needs neither window nor queue. */

import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { createIngress } from '../../../channels/bridge/ingress.ts';
import { TransientError } from '../../../core/errors.ts';
import type { InboundEvent } from '../../../core/event.ts';
import { EventId, HandleId } from '../../../core/ids.ts';
import type { Accepted, Arrival, InboxPort } from '../../../memory/inbox.ts';
import { containing } from '../../memory/support.ts';
import { messageFrom } from '../../support/store.ts';
import { fakeConnection, fakeLog, newLane, newThread } from './fakes.ts';

const CRISIS = 'I do not want to live any more';

/** An ingress over stand-ins; `calls` is what happened, in order. */
function openIngress(
  changes: { append?: InboxPort['append']; wake?: Promise<void>; run?: Promise<void>; isFull?: boolean } = {},
) {
  const calls: string[] = [];
  const counts: string[] = [];
  const arrivals: Arrival[] = [];
  const log = fakeLog();
  const append: InboxPort['append'] = async (incoming) => {
    arrivals.push(...incoming);
    await Promise.resolve();
    calls.push('append');
    return incoming.map(({ event }) => acceptedOf(event));
  };
  const ingress = createIngress({
    memory: { inbox: { append: changes.append ?? append } as InboxPort },
    wakeLane: () => {
      calls.push('wakeLane');
      return changes.wake ?? Promise.resolve();
    },
    isCrisis: (text) => text === CRISIS,
    pressure: {
      refuseIfFull: () => {
        if (changes.isFull) throw new TransientError('overloaded', 'full', { afterMs: 10_000 });
      },
      add: (events) => counts.push(`pending ${events}`),
    },
    count: (what, labels, by = 1) => counts.push(`${what} ${labels?.['channel']} ${by}`),
    runLane: () => {
      calls.push('runLane');
      return changes.run ?? Promise.resolve();
    },
    interrupt: (_accepted, { isCrisis }) => calls.push(isCrisis ? 'interrupt for a crisis' : 'interrupt'),
    log,
  });
  const accept = (...events: readonly InboundEvent[]) =>
    ingress.accept(fakeConnection({ quietMs: 700 }), events, '{"raw":true}');
  return { accept, calls, counts, arrivals, log };
}

function acceptedOf(_event: InboundEvent, isNew = true): Accepted {
  const handle = HandleId.parse(uuidv7());
  return { id: EventId.parse(uuidv7()), isNew, lane: newLane(), thread: newThread(), handle };
}

const common = messageFrom('visitor', '');
const {
  kind: _kind,
  text: _text,
  attachments: _attachments,
  ...shared
} = common as Extract<InboundEvent, { kind: 'message' }>;

describe('accept', () => {
  it('wakes the lane only after the events are durable', async () => {
    const { accept, calls } = openIngress();
    expect(await accept(messageFrom('a', 'one'), messageFrom('b', 'two'))).toHaveLength(2);
    expect(calls).toEqual(['append', 'interrupt', 'wakeLane', 'interrupt', 'wakeLane']);
  });

  it('passes store_down on, and then wakes nobody', async () => {
    const down = new TransientError('store_down', 'The database did not answer.');
    const { accept, calls } = openIngress({ append: () => Promise.reject(down) });
    await expect(accept(messageFrom('a', CRISIS))).rejects.toBe(down);
    expect(calls).toEqual([]);
  });

  it('wakes nobody for what was there already', async () => {
    const calls: string[] = [];
    const append: InboxPort['append'] = (incoming) => {
      calls.push('append');
      return Promise.resolve(incoming.map(({ event }) => acceptedOf(event, false)));
    };
    const ingress = openIngress({ append });
    await ingress.accept(messageFrom('a', 'again'), messageFrom('a', CRISIS));
    expect([...calls, ...ingress.calls]).toEqual(['append']);
  });

  it('is not stopped by a queue that takes nothing; the warning names the lane', async () => {
    const { accept, log } = openIngress({ wake: Promise.reject(new TransientError('store_down', 'no queue')) });
    const [accepted] = await accept(messageFrom('a', 'one'));
    await Promise.resolve();
    expect(log.warnings).toEqual([
      { message: containing('the sweeper takes it'), data: { code: 'store_down', lane: accepted?.lane } },
    ]);
  });
});

describe('while too much waits', () => {
  const receipt: InboundEvent = { ...shared, kind: 'reaction', of: '1', emoji: '👍' };

  it('refuses what asks for an answer, and stores nothing of it', async () => {
    const { accept, calls, counts } = openIngress({ isFull: true });
    await expect(accept(messageFrom('visitor', 'Hello'))).rejects.toMatchObject({
      code: 'overloaded',
      afterMs: 10_000,
    });
    expect(calls).toEqual([]);
    expect(counts).toEqual(['refused_events web 1']);
  });

  it('takes crisis words, and all that came with them', async () => {
    const { accept, calls } = openIngress({ isFull: true });
    await accept(messageFrom('visitor', 'Hello'), messageFrom('visitor', CRISIS));
    expect(calls).toContain('append');
    expect(calls).toContain('runLane');
  });

  it('takes what asks for no answer', async () => {
    const { accept, calls } = openIngress({ isFull: true });
    await accept(receipt);
    expect(calls).toEqual(['append']);
  });

  it('counts what is new and waits, and what was there already', async () => {
    const append: InboxPort['append'] = (incoming) =>
      Promise.resolve(incoming.map(({ event }, index) => acceptedOf(event, index !== 0)));
    const { accept, counts } = openIngress({ append });
    await accept(messageFrom('visitor', 'again'), messageFrom('visitor', 'new'), receipt);
    expect(counts).toEqual(['dedupe_hits web 1', 'pending 1']);
  });
});

describe('a crisis', () => {
  it('runs the lane here and now, without the queue', async () => {
    const { accept, calls, arrivals } = openIngress();
    await accept(messageFrom('a', CRISIS));
    expect(calls).toEqual(['append', 'interrupt for a crisis', 'runLane']);
    expect(arrivals[0]?.burst.immediate).toBe(true);
  });

  it('in a form or a pressed button is one, too', async () => {
    const { accept, calls } = openIngress();
    await accept({ ...shared, kind: 'form', form: 'call-back', values: { why: CRISIS } });
    await accept({ ...shared, kind: 'choice', token: 'c:1', label: CRISIS });
    expect(calls.filter((call) => call === 'runLane')).toHaveLength(2);
  });

  it('whose lane fails here is stored all the same', async () => {
    const { accept, log } = openIngress({ run: Promise.reject(new TransientError('lane_lost', 'lost')) });
    await expect(accept(messageFrom('a', CRISIS))).resolves.toHaveLength(1);
    await Promise.resolve();
    expect(log.warnings).toMatchObject([{ data: { code: 'lane_lost' } }]);
  });
});

describe('an arrival', () => {
  const message = messageFrom('a', 'hello');
  const cases: readonly [string, InboundEvent, { immediate: boolean; ignored?: string }][] = [
    ['a message waits for the window', message, { immediate: false }],
    [
      'a command does not',
      messageFrom('a', '/start', { command: { name: 'start', argument: '' } }),
      { immediate: true },
    ],
    ['a pressed button does not', { ...shared, kind: 'choice', token: 'c:1' }, { immediate: true }],
    ['a form does not', { ...shared, kind: 'form', form: 'f', values: {} }, { immediate: true }],
    ['an edit waits', { ...shared, kind: 'edit', text: 'x', of: '1' }, { immediate: false }],
    [
      'a picture without words is a message',
      messageFrom('a', '', { attachments: [{ kind: 'image' }] }),
      { immediate: false },
    ],
    ['nothing at all is ignored', messageFrom('a', ' '), { immediate: false, ignored: 'message asks for no answer' }],
    [
      'a reaction is ignored',
      { ...shared, kind: 'reaction', of: '1', emoji: '👍' },
      { immediate: false, ignored: 'reaction asks for no answer' },
    ],
    [
      'what we do not handle is ignored for its reason',
      { ...shared, kind: 'unsupported', reason: 'a poll' },
      { immediate: false, ignored: 'a poll' },
    ],
  ];

  it.each(cases)('%s', async (_, event, { immediate, ignored }) => {
    const { accept, arrivals, calls } = openIngress();
    await accept(event);
    const expected = { event, burst: { quietMs: 700, capMs: 2800, immediate } };
    expect(arrivals).toEqual([ignored === undefined ? expected : { ...expected, ignored }]);
    expect(calls).toEqual(ignored === undefined ? ['append', 'interrupt', 'wakeLane'] : ['append']);
  });
});
