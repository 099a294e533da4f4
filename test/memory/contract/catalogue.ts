/** What every catalogue keeps: the books of a member only through handles the site proved, and every write once. */
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import type { Course, Offer } from '../../../core/catalogue.ts';
import type { InboundEvent } from '../../../core/event.ts';
import type { Workspace } from '../../../core/workspace.ts';
import type { CataloguePort, EffectKey } from '../../../memory/catalogue.ts';
import type { Accepted } from '../../../memory/inbox.ts';
import { appendOne, messageFrom, newVisitor } from '../../support/store.ts';
import { countRows, matching, newTurnId, type OpenStore, rows } from '../support.ts';

const course: Course = {
  id: 'breathwork',
  title: 'Breathwork',
  aliases: [],
  summary: 'Eight weeks.',
  weeks: 8,
  hoursPerWeek: 2,
  url: 'https://school.example/breathwork',
  lessons: ['arrive', 'slow-down', 'let-go'].map((id) => ({ id, title: id, minutes: 20 })),
};
const offer: Offer = {
  id: 'breathwork-place',
  name: 'Breathwork',
  aliases: [],
  summary: 'A place.',
  price: { amount: 48_000, currency: 'EUR' },
  plans: [],
  url: 'https://school.example/offers/breathwork',
  audience: 'public',
};
const order = (number: string): Workspace['members'][number]['orders'][number] => ({
  number,
  offer: offer.id,
  status: 'paid',
  placedAt: '2026-10-01',
  charges: [{ at: '2026-10-01', amount: 48_000, currency: 'EUR' }],
});

/** The books of one member, in an otherwise empty workspace. */
function booksOf(member: string): Workspace {
  const enrolments = [{ course: course.id, completed: ['arrive'], startedAt: '2026-10-01' }];
  const books = {
    offers: [offer, { ...offer, id: 'for-members', audience: 'members' }],
    courses: [course, { ...course, id: 'foundation', title: 'Foundation' }],
    members: [{ member, enrolments, orders: [order(`A-${member}`)] }],
  };
  return books as unknown as Workspace;
}

const newMember = (): string => uuidv7();
const keyOf = (tool: string, args: unknown = {}): EffectKey => ({ turn: newTurnId(), tool, arguments: args });

export function describeCatalogue(open: OpenStore): void {
  describe("a member's books", () => describeMembers(open));
  describe('a write', () => {
    describeLedger(open);
    describeWrites(open);
  });
  describe('the shelves', () => describeShelves(open));
}

type Sender = Extract<InboundEvent, { kind: 'message' }>['sender'];

async function write(open: OpenStore, channel: InboundEvent['channel'], sender: Sender): Promise<Accepted> {
  return appendOne(open(), messageFrom(newVisitor(), 'Hello', { channel, sender }));
}

async function hasBooks({ enrolments, orders }: CataloguePort, { lane }: Accepted): Promise<readonly number[]> {
  return [(await enrolments(lane)).length, (await orders(lane)).length];
}

function describeMembers(open: OpenStore): void {
  const catalogue = (): CataloguePort => open().memory.catalogue;

  it('are read through a handle the site proved', async () => {
    const member = newMember();
    await catalogue().replaceAll(booksOf(member));
    const site = await write(open, 'buddyboss', { externalId: member, isMember: true });
    const widget = await write(open, 'web', { externalId: `member:${member}`, isMember: true });
    for (const { lane } of [site, widget]) {
      expect(await catalogue().enrolments(lane)).toEqual([
        { course: course.id, completed: ['arrive'], startedAt: '2026-10-01' },
      ]);
      expect(await catalogue().orders(lane)).toEqual([order(`A-${member}`)]);
    }
  });

  it('are nothing to whoever only uses the name', async () => {
    const member = newMember();
    await catalogue().replaceAll(booksOf(member));
    const liars = [
      await write(open, 'web', { externalId: `member:${member}`, isMember: false }),
      await write(open, 'web', { externalId: member, isMember: false }),
      await write(open, 'buddyboss', { externalId: member, isMember: false }),
      await write(open, 'telegram', { externalId: member, isMember: true }),
      await write(open, 'facebook', { externalId: `member:${member}`, isMember: true, displayName: member }),
      await write(open, 'web', { externalId: `visitor:${member}`, isMember: true }),
    ];
    for (const liar of liars) {
      expect(await hasBooks(catalogue(), liar)).toEqual([0, 0]);
      const lesson = { course: course.id, lesson: 'slow-down' };
      expect(await catalogue().markLessonDone(liar.lane, lesson, keyOf('mark_done'))).toBeNull();
    }
  });

  it('follow a link and leave with it', async () => {
    const member = newMember();
    await catalogue().replaceAll(booksOf(member));
    const site = await write(open, 'buddyboss', { externalId: member, isMember: true });
    const phone = await write(open, 'telegram', { externalId: newMember(), isMember: false });
    await open().memory.people.link(site.handle, phone.handle, { proof: 'site_login', reason: 'signed in' });
    const { id } = await open().memory.people.ofHandle(phone.handle);
    expect(await hasBooks(catalogue(), { ...phone, lane: id })).toEqual([1, 1]);
    await open().memory.people.unlink(site.handle, phone.handle);
    expect(await hasBooks(catalogue(), phone)).toEqual([0, 0]);
  });

  it('are there once for a member with two proven handles', async () => {
    const member = newMember();
    await catalogue().replaceAll(booksOf(member));
    const site = await write(open, 'buddyboss', { externalId: member, isMember: true });
    const widget = await write(open, 'web', { externalId: `member:${member}`, isMember: true });
    await open().memory.people.link(site.handle, widget.handle, { proof: 'site_login', reason: 'signed in' });
    expect(await hasBooks(catalogue(), site)).toEqual([1, 1]);
  });
}

function describeLedger(open: OpenStore): void {
  const catalogue = (): CataloguePort => open().memory.catalogue;
  const ticketOf = ({ thread }: Accepted) => ({
    thread,
    subject: 'Charged twice',
    summary: 'Two charges',
    kind: 'refund' as const,
  });

  it('made again with the same key gives the first result', async () => {
    const asked = await appendOne(open(), messageFrom(newVisitor(), 'Hello'));
    const key = keyOf('open_ticket', { subject: 'Charged twice', nested: { a: 1, b: [2] } });
    const first = await catalogue().openTicket(asked.lane, ticketOf(asked), key);
    expect(first).toMatchObject({ number: matching(/^T-\d+$/), subject: 'Charged twice', status: 'open' });
    const reordered = { nested: { b: [2], a: 1 }, subject: 'Charged twice' };
    for (const args of [key.arguments, reordered]) {
      const again = { ...ticketOf(asked), subject: 'Something else' };
      expect(await catalogue().openTicket(asked.lane, again, { ...key, arguments: args })).toEqual(first);
    }
    expect(await catalogue().tickets(asked.lane)).toEqual([first]);
  });

  it('made ten times at the same moment happens once', async () => {
    const asked = await appendOne(open(), messageFrom(newVisitor(), 'Hello'));
    const key = keyOf('open_ticket');
    const made = Array.from({ length: 10 }, () => catalogue().openTicket(asked.lane, ticketOf(asked), key));
    expect(new Set((await Promise.all(made)).map(({ number }) => number)).size).toBe(1);
    expect(await countRows(open(), 'tickets where thread_id = $1', [asked.thread])).toBe(1);
  });

  it('happens again for another turn, tool or argument', async () => {
    const asked = await appendOne(open(), messageFrom(newVisitor(), 'Hello'));
    const key = keyOf('open_ticket', { subject: 'a' });
    for (const other of [key, { ...key, turn: newTurnId() }, { ...key, tool: 'refund' }, { ...key, arguments: {} }]) {
      await catalogue().openTicket(asked.lane, ticketOf(asked), other);
    }
    expect(await catalogue().tickets(asked.lane)).toHaveLength(4);
  });

  it('that failed can be made again', async () => {
    const asked = await appendOne(open(), messageFrom(newVisitor(), 'Hello'));
    const key = keyOf('open_ticket');
    const nowhere = { ...ticketOf(asked), thread: uuidv7() as Accepted['thread'] };
    await expect(catalogue().openTicket(asked.lane, nowhere, key)).rejects.toThrow();
    await expect(catalogue().openTicket(asked.lane, ticketOf(asked), key)).resolves.toMatchObject({ status: 'open' });
  });

  it('is read by its owner only', async () => {
    const asked = await appendOne(open(), messageFrom(newVisitor(), 'Hello'));
    const other = await appendOne(open(), messageFrom(newVisitor(), 'Hello'));
    await catalogue().openTicket(asked.lane, ticketOf(asked), keyOf('open_ticket'));
    expect(await catalogue().tickets(other.lane)).toEqual([]);
  });
}

function describeWrites(open: OpenStore): void {
  const catalogue = (): CataloguePort => open().memory.catalogue;

  it('marks a lesson done once, and nothing that is not there', async () => {
    const member = newMember();
    await catalogue().replaceAll(booksOf(member));
    const { lane } = await write(open, 'buddyboss', { externalId: member, isMember: true });
    const mark = (lesson: string, id = course.id) =>
      catalogue().markLessonDone(lane, { course: id, lesson }, keyOf('mark_done', { lesson }));
    const expected = { course: course.id, completed: ['arrive', 'slow-down'], startedAt: '2026-10-01' };
    expect(await mark('slow-down')).toEqual(expected);
    expect(await mark('slow-down')).toEqual(expected);
    expect(await mark('arrive')).toEqual(expected);
    expect(await mark('unknown')).toBeNull();
    expect(await mark('arrive', 'foundation')).toBeNull();
    expect(await catalogue().enrolments(lane)).toEqual([expected]);
  });

  it('keeps progress over a new load of the books', async () => {
    const member = newMember();
    await catalogue().replaceAll(booksOf(member));
    const { lane } = await write(open, 'buddyboss', { externalId: member, isMember: true });
    await catalogue().markLessonDone(lane, { course: course.id, lesson: 'let-go' }, keyOf('mark_done'));
    await catalogue().replaceAll(booksOf(member));
    expect(await catalogue().enrolments(lane)).toMatchObject([{ completed: ['arrive', 'let-go'] }]);
  });

  it('holds a place for a while, holds it once, and anew when the while is over', async () => {
    const { lane } = await appendOne(open(), messageFrom(newVisitor(), 'Hello'));
    const hold = () => catalogue().holdPlace(lane, offer.id, keyOf('hold_place'));
    const first = await hold();
    expect(first).toEqual({ offer: offer.id, until: matching(/^\d{4}-.*Z$/) });
    expect(await hold()).toEqual(first);
    const own = 'handle_id in (select id from handles where person_id = $1)';
    await rows(open(), `update holds set held_until = now() - interval '1 hour' where ${own}`, [lane]);
    expect(Date.parse((await hold()).until)).toBeGreaterThanOrEqual(Date.parse(first.until));
    expect(await countRows(open(), `holds where ${own}`, [lane])).toBe(1);
  });
}

function describeShelves(open: OpenStore): void {
  it('show public offers and every course in the order of the workspace', async () => {
    await open().memory.catalogue.replaceAll(booksOf(newMember()));
    expect(await open().memory.catalogue.offers()).toEqual([offer]);
    expect((await open().memory.catalogue.courses()).map(({ id }) => id)).toEqual(['breathwork', 'foundation']);
  });
}
