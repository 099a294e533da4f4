/** classify with a trained reader: both readers, clauses, priors. Without one: see small-steps. */
import { describe, expect, it } from 'vitest';
import { fitIntentModel } from '../../../core/fit-intent-model.ts';
import type { Neighbour } from '../../../core/intent.ts';
import { createIntentReader } from '../../../core/intent-model.ts';
import { classify } from '../../../graph/steps/classify.ts';
import { passOf, portsOf, quietMemory, stateOf, threadOf, workspace } from '../support.ts';

const taught = workspace.intents.flatMap((file) =>
  file.intents.flatMap(({ name }) =>
    ['please', 'now', 'for me', 'today'].map((word) => ({
      text: `${name.replaceAll('-', ' ')} ${word}`,
      intent: name,
    })),
  ),
);
const intents = createIntentReader({ ...fitIntentModel({ exemplars: taught }).model, voteWeight: 3 });
const [first, second] = workspace.intents.flatMap((file) =>
  file.intents.map(({ name }) => ({ name, agent: file.agent })),
);

function partsOf(text: string, near: readonly Neighbour[] = []) {
  const asked: (readonly number[])[] = [];
  const nearest = (embedding: readonly number[]) => {
    asked.push(embedding);
    return Promise.resolve(near);
  };
  const ports = { ...portsOf({ memory: quietMemory({ exemplars: { nearest } }) }), intents };
  return { asked, pass: passOf({ ports, text, embedding: () => Promise.resolve([1, 0]) }) };
}

describe('classify with a trained reader', () => {
  it('lets the head and the nearest exemplars answer together, with one question to the store', async () => {
    const near = [{ exemplar: '7', intent: second?.name ?? '', text: 'x', similarity: 0.4 }];
    const { asked, pass } = partsOf(`${first?.name.replaceAll('-', ' ')} please`, near);
    const { intent } = await classify(stateOf(), pass);
    expect(intent).toMatchObject({ name: first?.name, neighbours: near });
    expect(intent?.head).toMatchObject({ threshold: intents.model.threshold });
    expect(asked).toEqual([[1, 0]]);
  });

  it('says that the agent that spoke last made its intents likelier', async () => {
    const { pass } = partsOf(`${first?.name.replaceAll('-', ' ')} please`);
    const { intent } = await classify(stateOf({ thread: threadOf({ agent: first?.agent ?? null }) }), pass);
    expect(intent?.priors).toContain(`agent:${first?.agent}`);
    const calm = await classify(stateOf({ thread: threadOf({ agent: null }) }), pass);
    expect(calm.intent?.priors.filter((prior) => prior.startsWith('agent:'))).toEqual([]);
    expect(intent?.confidence).toBeGreaterThan(calm.intent?.confidence ?? 1);
  });

  it('asks for the neighbours of each clause, when there are several', async () => {
    const { asked, pass } = partsOf('I want to know one thing. And how is the other one today?');
    await classify(stateOf(), pass);
    expect(asked).toHaveLength(3);
  });

  it('reads by the head alone when there is no vector', async () => {
    const { pass } = partsOf(`${first?.name.replaceAll('-', ' ')} please`);
    const { intent } = await classify(stateOf(), { ...pass, embedding: () => Promise.resolve([]) });
    expect(intent?.name).toBe(first?.name);
  });
});
