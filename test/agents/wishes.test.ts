/** Several wishes in one message: what each agent reads of it, and what a model is told. */
import { describe, expect, it } from 'vitest';
import { act } from '../../agents/act.ts';
import type { AgentContext } from '../../agents/agent.ts';
import { openingMessages } from '../../agents/messages.ts';
import { ACTORS } from '../../agents/registry.ts';
import { contextOfWish, furtherWishes, ownWish } from '../../agents/wishes.ts';
import { optionsOf } from './acting.ts';
import { contextOf, portsOf } from './school.ts';

function wanting(text: string, ...others: readonly (readonly [name: string, text: string])[]): AgentContext {
  const context = contextOf({ text, intent: 'price' });
  return {
    ...context,
    intent: { ...context.intent, others: others.map(([name, clause]) => ({ name, confidence: 0.9, text: clause })) },
  };
}

const TWO = wanting('when does the foundation programme start, and what do you charge for it?', [
  'schedule-live',
  'when does the foundation programme start',
]);

describe('a message of several wishes', () => {
  it('is read by the first agent without the words of the others, which stay what it may point back to', () => {
    const own = ownWish(TWO);
    expect(own.text).toBe('what do you charge for it?');
    expect(own.lines.map(({ text }) => text)).toEqual(['when does the foundation programme start']);
  });

  it('shows the offer that stands in the other clause, and no other', async () => {
    const { draft } = await act(ACTORS.sales, TWO, portsOf(), optionsOf());
    expect(draft.blocks.flatMap((block) => (block.kind === 'card' ? [block.title] : []))).toEqual([
      'Foundation Programme',
    ]);
  });

  it('keeps what is only told with the question behind it', () => {
    const context = wanting(
      'I have asthma. Can I do breathwork? And what does the course cost?',
      ['about-school', 'Can I do breathwork?'],
      ['price', 'And what does the course cost?'],
    );
    expect(ownWish(context).text).toBe('I have asthma. Can I do breathwork?');
  });

  it('is read whole when it wants one thing, and when no clause is the first wish’s own', () => {
    const one = contextOf({ text: 'how long is the breathwork course?' });
    expect(ownWish(one)).toBe(one);
    const none = wanting('how long is it? what does it cost?', ['a', 'how long is it?'], ['b', 'what does it cost?']);
    expect(ownWish(none)).toBe(none);
  });

  it('gives a further wish the clauses before it as what it points back to, those behind it before them', () => {
    const context = wanting('I like the sleep course. How long is it? Can I pay monthly?', [
      'course-length',
      'How long is it?',
    ]);
    const [wish] = furtherWishes(context);
    if (!wish) throw new TypeError('there is a further wish');
    const read = contextOfWish(context, wish, []);
    expect(read).toMatchObject({ text: 'How long is it?', intent: { name: 'course-length', others: [] } });
    expect(read.lines.map(({ text }) => text)).toEqual(['Can I pay monthly?', 'I like the sleep course.']);
  });

  it('is told to a model as data, wish by wish', () => {
    const said = openingMessages('prompt', { context: TWO, calls: [] }).at(-1)?.text ?? '';
    expect(said).toContain('the message wants: price\nand also: when does the foundation programme start\n');
    expect(openingMessages('prompt', { context: contextOf(), calls: [] }).at(-1)?.text).not.toContain('and also');
  });
});
