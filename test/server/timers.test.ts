/** Timers: who is due moves by the definition's own time transitions, and its messages come along. */
import { expect, it } from 'vitest';
import { PersonId } from '../../core/ids.ts';
import { JourneyDefinition, type JourneyState } from '../../core/journey.ts';
import { createJourneyMachine } from '../../journey/machine.ts';
import type { DueJourney, JourneyPort } from '../../memory/people.ts';
import { moveByTime } from '../../server/timers.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const person = PersonId.parse('01890000-0000-7000-8000-000000000001');
const definition = JourneyDefinition.parse({
  version: 1,
  initial: 'stranger',
  stages: ['stranger', 'lead', 'member'].map((name) => ({ name, about: name })),
  transitions: [
    {
      id: 'goes-quiet',
      from: ['lead'],
      to: 'stranger',
      on: { kind: 'time', after: '3d' },
      effects: [
        { kind: 'tag', tag: 'quiet' },
        { kind: 'message', text: { en: 'Still there?' } },
      ],
    },
    { id: 'settles', from: ['lead'], to: 'member', on: { kind: 'time', after: '12h' }, membersOnly: true },
  ],
});
const stateSince = (since: string): JourneyState => ({ stage: 'lead', definition: 1, since, version: 4, tags: [] });

async function move(due: readonly DueJourney[]) {
  const asked: unknown[] = [];
  const moved: Parameters<JourneyPort['move']>[] = [];
  const notAsked = (): Promise<never> => Promise.reject(new TypeError('timers do not ask for this'));
  const journeys: JourneyPort = {
    moves: notAsked,
    operate: notAsked,
    counts: notAsked,
    get: () => Promise.resolve(null),
    listDue: (waits, { limit, after }) => {
      asked.push(waits);
      const start = after === null ? 0 : due.findIndex((one) => one.person === after) + 1;
      return Promise.resolve(due.slice(start, start + limit));
    },
    move: (...call) => Promise.resolve(moved.push(call) > 0),
  };
  const machine = createJourneyMachine(definition);
  const count = await moveByTime({ memory: { journeys }, definition, machine, clock: () => NOW });
  return { asked, moved, count };
}

it('asks for every stage that time leads out of, with its hours', async () => {
  const { asked } = await move([]);
  expect(asked).toEqual([
    [
      { stage: 'lead', hours: 72 },
      { stage: 'lead', hours: 12 },
    ],
  ]);
});

it('moves who is due, with the tag and the words of that transition', async () => {
  const { moved, count } = await move([{ person, isMember: false, state: stateSince('2026-11-18T12:00:00.000Z') }]);
  expect(count).toBe(1);
  expect(moved[0]?.[1]).toMatchObject({
    after: { stage: 'stranger', tags: ['quiet'] },
    moves: [{ transition: 'goes-quiet', from: 'lead', to: 'stranger', cause: 'time' }],
    messages: [{ transition: 'goes-quiet', texts: { en: 'Still there?' } }],
  });
});

it('moves nobody whom a guard holds', async () => {
  const early = stateSince('2026-11-21T12:00:00.000Z');
  expect(await move([{ person, isMember: false, state: early }])).toMatchObject({ count: 0, moved: [] });
  const { moved, count } = await move([{ person, isMember: true, state: early }]);
  expect(count).toBe(1);
  expect(moved[0]?.[1]).toMatchObject({ after: { stage: 'member' }, messages: [] });
});

it('sees those behind people whom a guard holds, however many these are', async () => {
  const held = Array.from({ length: 450 }, (_, n): DueJourney => {
    const id = PersonId.parse(`01890000-0000-7000-8000-${String(n + 1).padStart(12, '0')}`);
    // Half a day: due for what only members may do.
    return { person: id, isMember: false, state: stateSince('2026-11-21T22:00:00.000Z') };
  });
  const last = {
    person: PersonId.parse('01890000-0000-7000-8000-00000000ffff'),
    isMember: true,
    state: stateSince('2026-11-21T22:00:00.000Z'),
  };
  const { moved, count } = await move([...held, last]);
  expect(count).toBe(1);
  expect(moved.map(([due]) => due.person)).toEqual([last.person]);
});
