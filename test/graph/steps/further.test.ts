/** Further wishes of one message: who answers them, in which order, and when they are left to a model or to people. */
import { describe, expect, it } from 'vitest';
import type { AgentContext } from '../../../agents/agent.ts';
import type { Intent } from '../../../core/intent.ts';
import { Draft } from '../../../core/reply.ts';
import { act } from '../../../graph/steps/act.ts';
import { portsOf as agentPortsOf, contextOf } from '../../../graph/steps/context.ts';
import { answerFurther } from '../../../graph/steps/further.ts';
import {
  draftOf,
  found,
  intentOf,
  passOf,
  portsOf,
  quietMemory,
  speakerOf,
  stateOf,
  threadOf,
  wordsOf,
} from '../support.ts';

const FIRST = 'when are you open?';
const SECOND = 'what does it cost?';
const TEXT = `${FIRST} ${SECOND}`;

function wanting(...others: readonly (readonly [name: string, text: string])[]): Intent {
  return {
    ...intentOf('opening-hours'),
    others: others.map(([name, text]) => ({ name, confidence: 0.9, text })),
  };
}

const ticket = draftOf({ agent: 'support', blocks: [{ kind: 'text', text: 'A ticket is open.' }] });
const price = draftOf({
  agent: 'sales',
  blocks: [
    { kind: 'text', text: 'It costs €5.' },
    { kind: 'choices', options: [{ label: 'Hold', token: 'hold:a' }] },
  ],
});

/** Acts on a message with these wishes; says which contexts the agents of further wishes were given. */
async function actOn(
  intent: Intent,
  { state = {}, text = TEXT, first = draftOf() }: Partial<Acting> = {},
): Promise<{ readonly draft: Draft; readonly asked: AgentContext[]; readonly searched: string[] }> {
  const asked: AgentContext[] = [];
  const searched: string[] = [];
  const taking = (draft: Draft) => ({
    ...speakerOf(draft.agent),
    fallback: (context: AgentContext) => {
      asked.push(context);
      return Promise.resolve(draft);
    },
  });
  const search = ({ text: query }: { readonly text: string }) => {
    searched.push(query);
    return Promise.resolve([]);
  };
  const ports = portsOf({ memory: quietMemory({ knowledge: { search } }) });
  const actors = { ...ports.actors, knowledge: taking(first), sales: taking(price), support: taking(ticket) };
  const update = await act(stateOf({ intent, ...state }), passOf({ ports: { ...ports, actors }, text }));
  return { draft: Draft.parse(update.draft), asked, searched };
}

type Acting = {
  readonly state: Parameters<typeof stateOf>[0];
  readonly text: string;
  readonly first: Draft;
};

describe('further wishes', () => {
  it('are answered by the agents that serve them, below the first answer, each under its own words', async () => {
    const { draft, asked, searched } = await actOn(wanting(['price', SECOND]));
    expect(wordsOf(draft)).toBe(
      'We are open from nine to five.\n\nOn "what does it cost?":\n\nIt costs €5.\n\n1. Hold',
    );
    expect(draft).toMatchObject({ agent: 'knowledge', fallback: 'fixed_text' });
    expect(draft.wishes).toEqual([{ intent: 'price', text: SECOND, agent: 'sales', outcome: 'answered' }]);
    expect(asked.map(({ intent, text }) => [intent.name, text])).toEqual([
      ['opening-hours', FIRST],
      ['price', SECOND],
    ]);
    expect(searched).toHaveLength(1);
    // "It" is what stands before it in the same message.
    expect(asked[1]?.lines.at(-1)).toMatchObject({ from: 'person', text: FIRST });
  });

  it('are absent from the record of a message that wants one thing', async () => {
    expect((await actOn(intentOf('opening-hours'), { text: FIRST })).draft.wishes).toBeUndefined();
  });

  it('repeat nobody’s words where others read along', async () => {
    const { draft } = await actOn(wanting(['price', SECOND]), { state: { thread: threadOf({ clearance: 'public' }) } });
    expect(wordsOf(draft)).toContain('On your other question:');
    expect(wordsOf(draft)).not.toContain(SECOND);
  });

  it('say nothing twice', async () => {
    const { draft } = await actOn(wanting(['price', SECOND]), { first: { ...price, agent: 'knowledge' } });
    expect(wordsOf(draft)).toBe('It costs €5.\n\n1. Hold');
    expect(draft.wishes?.[0]?.outcome).toBe('repeated');
  });

  it('keep the question that nothing answers', async () => {
    const gap = draftOf({ blocks: [{ kind: 'text', text: 'I do not know.' }], unanswered: SECOND });
    const { draft } = await actOn(wanting(['price', SECOND]), { first: gap });
    expect(draft).toMatchObject({ unanswered: SECOND });
  });

  it('are two at most; a third is named and left', async () => {
    const text = 'when are you open? what does it cost? I was charged twice, why is that? who was it?';
    const intent = wanting(
      ['price', 'what does it cost?'],
      ['charged-twice', 'I was charged twice, why is that?'],
      ['opening-hours', 'who was it?'],
    );
    const { draft } = await actOn(intent, { text });
    expect(draft.wishes?.map(({ outcome }) => outcome)).toEqual(['answered', 'answered', 'left']);
    expect(wordsOf(draft)).toContain('Still open: "who was it?"');
    expect(draft.blocks.at(-1)?.kind).toBe('choices');
  });

  it('hand over for a person below the answer', async () => {
    const { draft } = await actOn(wanting(['human-please', 'may I speak to a human?']));
    expect(wordsOf(draft)).toMatch(/^We are open.*\[hand_over\]$/s);
    expect(draft).toMatchObject({ messageClass: 'hand_over', handOver: { reason: 'human-please' } });
  });

  it('wait while the thread goes to people, and while something is the matter', async () => {
    const handed = draftOf({ handOver: { reason: 'x', summary: 'x' } });
    expect((await actOn(wanting(['price', SECOND]), { first: handed })).asked).toHaveLength(1);
    const abused = await actOn(wanting(['price', SECOND]), { state: { screening: found('abuse') } });
    expect(abused.asked).toHaveLength(1);
    expect(abused.draft.wishes).toBeUndefined();
  });

  it('are told to a model that writes the answer; a person is called all the same', async () => {
    const intent = wanting(['price', SECOND], ['human-please', 'a human please?']);
    const state = stateOf({ intent });
    const pass = passOf({ text: `${TEXT} a human please?` });
    const answering = { context: contextOf(state, pass), ports: agentPortsOf(state, pass), pass };
    const { draft } = await answerFurther({ draft: draftOf(), modelCalls: [] }, answering);
    expect(draft.wishes?.map(({ outcome }) => outcome)).toEqual(['told', 'answered']);
    expect(draft.handOver?.reason).toBe('human-please');
    expect(wordsOf(draft)).not.toContain(SECOND);
  });

  it('are passed over when no agent serves them', async () => {
    const { draft } = await actOn(wanting(['greeting', 'good morning to you']));
    expect(draft.wishes).toEqual([{ intent: 'greeting', text: 'good morning to you', agent: null, outcome: 'left' }]);
  });
});
