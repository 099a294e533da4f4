/** What the widget shows after each thing that can happen. */
import { describe, expect, it } from 'vitest';
import {
  type Conversation,
  countUnread,
  emptyConversation,
  type Happening,
  happen,
  type PersonLine,
  type ReplyLine,
  takenSince,
} from '../../console/widget/conversation.ts';

const at = '2026-11-20T10:00:00.000Z';

function said(id: string, more: Partial<PersonLine> = {}): PersonLine {
  return { from: 'person', id, text: `words of ${id}`, at, state: 'sent', ...more };
}

function reply(id: string, sequence: number, more: Partial<ReplyLine> = {}): ReplyLine {
  return { from: 'agent', id, sequence, blocks: [{ kind: 'text', text: `reply ${id}` }], at, ...more };
}

function told(...happenings: readonly Happening[]): Conversation {
  return happenings.reduce(happen, emptyConversation);
}

const ids = (conversation: Conversation) => conversation.lines.map((line) => line.id);

describe('happen', () => {
  it('shows a reply once, however often it comes', () => {
    const line = reply('t1.0', 4);
    const conversation = told({ kind: 'reply', line }, { kind: 'reply', line });
    expect(ids(conversation)).toEqual(['t1.0']);
    expect(conversation.lastSequence).toBe(4);
  });

  it('gathers the words on their way, and lets the reply replace them', () => {
    const writing = told(
      { kind: 'typing' },
      { kind: 'delta', turn: 't1', at: 0, text: 'Eight ' },
      { kind: 'delta', turn: 't1', at: 6, text: 'weeks' },
      // Told again, and told without what stands before it.
      { kind: 'delta', turn: 't1', at: 0, text: 'Eight weeks' },
      { kind: 'delta', turn: 't1', at: 40, text: 'from nowhere' },
    );
    expect(writing).toMatchObject({ isTyping: true, words: [{ turn: 't1', text: 'Eight weeks' }] });
    const done = happen(writing, { kind: 'reply', line: reply('t1.0', 1) });
    expect(done).toMatchObject({ isTyping: false, words: [] });
  });

  it('passes over words that come after their reply', () => {
    const conversation = told(
      { kind: 'reply', line: reply('t1.0', 1) },
      { kind: 'delta', turn: 't1', at: 0, text: 'late' },
    );
    expect(conversation).toMatchObject({ words: [], isTyping: false });
  });

  it('drops the words of a turn that was reset, and all when the stream was cut', () => {
    const writing = told(
      { kind: 'delta', turn: 't1', at: 0, text: 'a' },
      { kind: 'delta', turn: 't2', at: 0, text: 'b' },
    );
    expect(happen(writing, { kind: 'reset', turn: 't1' }).words).toEqual([{ turn: 't2', text: 'b' }]);
    expect(happen(writing, { kind: 'quiet' })).toMatchObject({ words: [], isTyping: false });
  });

  it('promises no words of software while a person answers', () => {
    const held = told(
      { kind: 'reply', line: reply('o.0', 1, { from: 'operator' }) },
      { kind: 'said', line: said('p1') },
    );
    expect(happen(held, { kind: 'typing' }).isTyping).toBe(false);
    const back = happen(held, { kind: 'reply', line: reply('t1.0', 2) });
    expect(happen(back, { kind: 'typing' }).isTyping).toBe(true);
  });

  it('ends the typing with a turn that says nothing', () => {
    expect(told({ kind: 'typing' }, { kind: 'turn-end' }).isTyping).toBe(false);
  });

  it('puts the history before what was said since, and knows its own messages in it', () => {
    const conversation = told(
      { kind: 'said', line: said('p2', { state: 'retrying', choose: 'o.1' }) },
      { kind: 'said', line: said('p3', { state: 'sending' }) },
      { kind: 'history', lines: [said('p1'), reply('t1.0', 3), said('p2')], lastSequence: 5 },
    );
    expect(ids(conversation)).toEqual(['p1', 't1.0', 'p2', 'p3']);
    expect(conversation.lines[2]).toMatchObject({ state: 'sent', choose: 'o.1' });
    expect(conversation.lastSequence).toBe(5);
  });

  it('follows what becomes of a message', () => {
    const sending = told({ kind: 'said', line: said('p1', { state: 'sending' }) });
    const refused = happen(sending, { kind: 'send-state', id: 'p1', state: 'refused' });
    expect(refused.lines[0]).toMatchObject({ state: 'refused' });
    expect(happen(refused, { kind: 'withdrawn', id: 'p1' }).lines).toEqual([]);
  });

  it('forgets what belongs to another visitor, but not what was never sent', () => {
    const conversation = told(
      { kind: 'history', lines: [said('p1'), reply('t1.0', 3)], lastSequence: 3 },
      { kind: 'said', line: said('p2', { state: 'retrying' }) },
      { kind: 'forgotten' },
    );
    expect(ids(conversation)).toEqual(['p2']);
    expect(conversation.lastSequence).toBe(0);
  });
});

describe('takenSince', () => {
  const options = [
    { label: 'Courses', token: 'c' },
    { label: 'Prices', token: 'p' },
  ];
  const asked = reply('t1.0', 1, { blocks: [{ kind: 'choices', options }] });

  it('knows the option that was pressed, by its token', () => {
    expect([...takenSince([asked, said('p1', { text: 'Prices', choose: 'p' })], 0)]).toEqual(['p']);
  });

  it('knows it by its label after a reload', () => {
    expect([...takenSince([asked, said('p1', { text: 'Courses' })], 0)]).toEqual(['c']);
  });

  it('counts nothing that was said before, or said otherwise', () => {
    expect([...takenSince([said('p0', { text: 'Courses' }), asked, said('p1', { text: 'hm' })], 1)]).toEqual([]);
  });

  it('looks into cards as well', () => {
    const card = reply('t1.0', 1, { blocks: [{ kind: 'card', title: 'Course', body: '', options }] });
    expect([...takenSince([card, said('p1', { text: 'x', choose: 'c' })], 0)]).toEqual(['c']);
  });
});

describe('countUnread', () => {
  it('counts the replies after the last one that was seen', () => {
    const conversation = told(
      { kind: 'reply', line: reply('t1.0', 1) },
      { kind: 'said', line: said('p1') },
      { kind: 'reply', line: reply('t2.0', 2, { from: 'operator' }) },
      { kind: 'reply', line: reply('t3.0', 3) },
    );
    expect(countUnread(conversation, 1)).toBe(2);
    expect(countUnread(conversation, 3)).toBe(0);
  });
});
