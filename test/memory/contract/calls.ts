/** What every memory keeps of calls to action: one use, whoever brings it, and what the next thread hears. */
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import type { Clearance } from '../../../core/audience.ts';
import type { CallPort, CallPurpose } from '../../../memory/calls.ts';
import type { Accepted } from '../../../memory/inbox.ts';
import { append, appendOne, messageFrom, newVisitor, take } from '../../support/store.ts';
import { commitOf, countRows, newTurnId, type OpenStore, only, replyOf, rows } from '../support.ts';

type Shown = { readonly call: string; readonly to: Accepted };

type Showing = {
  readonly visitor?: string;
  readonly purpose?: CallPurpose;
  readonly clearance?: Clearance;
  readonly lifeHours?: number;
  readonly text?: string;
};

export function describeCalls(open: OpenStore): void {
  const calls = (): CallPort => open().memory.calls;

  /** Somebody writes, and the answer carries a call to action. */
  async function show(showing: Showing = {}): Promise<Shown> {
    const {
      visitor = newVisitor(),
      purpose = 'continue',
      clearance = 'private',
      lifeHours = 24,
      text = 'Hello',
    } = showing;
    const thread = { key: `${visitor}/${clearance}`, clearance };
    const to = await appendOne(open(), messageFrom(visitor, text, { thread }));
    const { lease, burst } = await take(open(), to.lane);
    const call = uuidv7();
    const row = {
      id: call,
      position: 0,
      purpose,
      name: 'action:lead',
      label: 'Go on',
      url: 'https://t.me/school',
      stage: 'lead',
      lifeHours,
    };
    const deliveries = [{ reply: replyOf('Here is more.'), replyTo: null }];
    await open().memory.turns.commit(lease, commitOf(burst, { deliveries, calls: [row] }));
    await open().memory.lanes.release(lease);
    return { call, to };
  }

  /** Somebody comes on a thread of their own. */
  function bringer(clearance: Clearance = 'private'): Promise<Accepted> {
    const visitor = newVisitor();
    return appendOne(open(), messageFrom(visitor, '/start', { thread: { key: visitor, clearance } }));
  }

  const by = ({ handle, thread }: Accepted, turn = newTurnId()) => ({ handle, thread, turn });
  const personOf = async ({ handle }: Accepted): Promise<string> => (await open().memory.people.ofHandle(handle)).id;
  const reasonsOf = async (call: string): Promise<readonly string[]> =>
    (
      await rows<{ reason: string }>(
        open(),
        `select reason from call_events where call_id = $1 and kind = 'refused' order by id`,
        [call],
      )
    ).map(({ reason }) => reason);

  it('that nobody was shown does not exist: a commit that is refused leaves none', async () => {
    const to = await appendOne(open(), messageFrom(newVisitor(), 'Hello'));
    const { lease, burst } = await take(open(), to.lane);
    const row = {
      id: uuidv7(),
      position: 0,
      purpose: 'visit',
      name: 'offer:x',
      label: 'x',
      url: 'https://x.example',
      stage: null,
      lifeHours: 1,
    } as const;
    await expect(
      open().memory.turns.commit({ ...lease, fence: lease.fence - 1 }, commitOf(burst, { calls: [row] })),
    ).rejects.toThrow();
    expect(await calls().get(row.id)).toBeNull();
  });

  it('links who was shown it with who brings it, and is used up', async () => {
    const { call, to } = await show();
    const guest = await bringer();
    expect(await calls().redeem(call, by(guest))).toEqual({ kind: 'linked' });
    expect(await personOf(guest)).toBe(await personOf(to));
    expect(await open().memory.people.links(to.lane)).toMatchObject([{ proof: 'deep_link' }]);
    expect(await calls().get(call)).toMatchObject({ isUsed: true });
  });

  it('is told the same again by the turn that used it, and refused to any other', async () => {
    const { call, to } = await show();
    const [guest, thief] = [await bringer(), await bringer()];
    const turn = newTurnId();
    for (let n = 0; n < 2; n += 1) expect(await calls().redeem(call, by(guest, turn))).toEqual({ kind: 'linked' });
    expect(await calls().redeem(call, by(guest))).toEqual({ kind: 'refused', reason: 'used' });
    expect(await calls().redeem(call, by(thief))).toEqual({ kind: 'refused', reason: 'used' });
    expect(await personOf(thief)).toBe(thief.lane);
    expect((await open().memory.people.ofHandle(to.handle)).handles).toHaveLength(2);
    expect(await reasonsOf(call)).toEqual(['used', 'used']);
  });

  it('brought by many at the same moment links one of them', async () => {
    const { call, to } = await show();
    const crowd = await Promise.all(Array.from({ length: 5 }, () => bringer()));
    const outcomes = await Promise.all(crowd.map((one) => calls().redeem(call, by(one))));
    expect(outcomes.filter(({ kind }) => kind === 'linked')).toHaveLength(1);
    expect((await open().memory.people.ofHandle(to.handle)).handles).toHaveLength(2);
  });

  it('is refused when it has expired, serves another purpose, is one’s own, is brought where others read, or is not there', async () => {
    const guest = await bringer();
    const [late, visit, own, open_] = [
      await show({ lifeHours: -1 }),
      await show({ purpose: 'visit' }),
      await show(),
      await show(),
    ];
    const refusals = [
      [late.call, guest, 'expired'],
      [visit.call, guest, 'purpose'],
      [own.call, own.to, 'own'],
      [open_.call, await bringer('members'), 'not_private'],
      [uuidv7(), guest, 'gone'],
    ] as const;
    for (const [call, who, reason] of refusals)
      expect(await calls().redeem(call, by(who))).toEqual({ kind: 'refused', reason });
    expect(await personOf(guest)).toBe(guest.lane);
    expect(await countRows(open(), 'links where $1 in (a, b)', [guest.handle])).toBe(0);
    expect((await calls().refusals(new Date(0)))['expired']).toBeGreaterThan(0);
  });

  it('is blocked where the two have proven different things, and stays so', async () => {
    const { call, to } = await show();
    const guest = await bringer();
    await open().memory.people.prove(to.handle, { proof: 'email_code', value: `${uuidv7()}@example.org` });
    await open().memory.people.prove(guest.handle, { proof: 'email_code', value: `${uuidv7()}@example.org` });
    expect(await calls().redeem(call, by(guest))).toEqual({ kind: 'blocked' });
    expect(await personOf(guest)).toBe(guest.lane);
    const cases = await open().memory.people.cases({ open: true, limit: 500 });
    expect(cases.filter(({ a, b }) => [a, b].includes(guest.handle))).toHaveLength(1);
  });

  it('that others could read links a person of whom nothing else is known', async () => {
    const { call, to } = await show({ clearance: 'public' });
    const guest = await bringer();
    expect(await calls().redeem(call, by(guest))).toEqual({ kind: 'linked' });
    expect(await personOf(guest)).toBe(await personOf(to));
  });

  it('that others could read links nobody who has said or proven something in private; operators decide', async () => {
    const visitor = newVisitor();
    await append(open(), messageFrom(visitor, 'a secret'));
    await take(open(), (await append(open(), messageFrom(visitor, 'another')))[0]?.lane ?? ('' as never)).then(
      async ({ lease, burst }) => {
        await open().memory.turns.commit(lease, commitOf(burst));
        await open().memory.lanes.release(lease);
      },
    );
    const { call, to } = await show({ visitor, clearance: 'public' });
    const guest = await bringer();
    expect(await calls().redeem(call, by(guest))).toEqual({ kind: 'proposed' });
    expect(await personOf(guest)).toBe(guest.lane);
    const found = only(
      (await open().memory.people.cases({ open: true, limit: 500 })).filter(({ a, b }) => [a, b].includes(to.handle)),
    );
    expect(found).toMatchObject({ kind: 'suggestion', proof: 'suggestion' });
  });

  it('lets the next thread hear what was said, and takes it back with the link', async () => {
    const { call, to } = await show({ text: 'my knee hurts in the morning' });
    const guest = await bringer();
    await calls().redeem(call, by(guest));
    const heard = async (): Promise<string | undefined> =>
      (await open().memory.threads.conversation({ thread: guest.thread, handle: guest.handle, limit: 10 })).summary
        ?.text;
    expect(await heard()).toContain('they: "my knee hurts in the morning" we: "Here is more."');
    await open().memory.people.unlink(to.handle, guest.handle);
    expect(await heard()).toBeUndefined();
  });

  it.each([
    ['public', 'private', true],
    ['members', 'private', true],
    ['private', 'private', true],
    ['private', 'public', false],
    ['private', 'members', false],
    ['members', 'public', false],
    ['public', 'public', true],
  ] as const)('what was said on a %s thread, a %s thread hears: %s', async (from, to, isHeard) => {
    const shown = await show({ clearance: from, text: 'only for some ears' });
    const guest = await bringer(to);
    await open().memory.people.link(shown.to.handle, guest.handle, { proof: 'operator', reason: 'test' });
    // A token is refused outside private threads; a thread may become more public later.
    await rows(
      open(),
      'insert into continuations (thread_id, handle_id, from_thread_id, from_handle_id) values ($1, $2, $3, $4)',
      [guest.thread, guest.handle, shown.to.thread, shown.to.handle],
    );
    const { summary } = await open().memory.threads.conversation({
      thread: guest.thread,
      handle: guest.handle,
      limit: 10,
    });
    expect(summary?.text.includes('only for some ears') ?? false).toBe(isHeard);
  });

  it('are counted: shown, clicked at least once, used', async () => {
    const since = new Date((await rows<{ now: Date }>(open(), 'select clock_timestamp() as now'))[0]?.now ?? 0);
    const [one, two] = [await show(), await show()];
    for (const call of [one.call, one.call, two.call]) await calls().click(call);
    await calls().click(uuidv7());
    await show();
    await calls().redeem(two.call, by(await bringer()));
    expect(await calls().counts(since)).toEqual([
      { name: 'action:lead', stage: 'lead', shown: 3, clicked: 2, used: 1 },
    ]);
  });
}
