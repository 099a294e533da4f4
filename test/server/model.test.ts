/** The model port against the fake endpoint: which models there are, and what is really sent. */
import { HumanMessage } from '@langchain/core/messages';
import { afterEach, describe, expect, it } from 'vitest';
import { createModels, type ModelSettings } from '../../server/model.ts';
import { type OpenAiPeer, type PeerOptions, startOpenAi } from '../peers/openai.ts';

const peers: OpenAiPeer[] = [];
async function peerOf(options: PeerOptions = {}): Promise<OpenAiPeer> {
  const peer = await startOpenAi(options);
  peers.push(peer);
  return peer;
}
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.close();
});

const deps = { clock: () => 0 };

function agentOf(settings: ModelSettings) {
  const { agent } = createModels(settings, deps);
  if (agent === null) throw new TypeError('there should be a model');
  return agent;
}

async function ask(settings: ModelSettings): Promise<string> {
  let text = '';
  for await (const chunk of await agentOf(settings).chat.stream([new HumanMessage('hello')])) text += chunk.text;
  return text;
}

describe('which models there are', () => {
  it('none without key and endpoint', () => {
    expect(createModels({ model: 'x', routerModel: 'y' }, deps)).toEqual({ agent: null, router: null, reranker: null });
  });

  it('one for both when no router is named, else two with breakers of their own', () => {
    const one = createModels({ apiKey: 'k' }, deps);
    expect(one.router).toBe(one.agent);
    const two = createModels({ apiKey: 'k', model: 'big', routerModel: 'small' }, deps);
    expect([two.agent?.name, two.router?.name]).toEqual(['big', 'small']);
    expect(two.router?.breaker).not.toBe(two.agent?.breaker);
  });

  it('one to put passages in order: the router, alone and behind a breaker of its own', () => {
    const { agent, router, reranker } = createModels({ apiKey: 'k', model: 'big', fallbackModel: 'spare' }, deps);
    expect(reranker).toMatchObject({ name: 'big', chat: router?.chat });
    expect(reranker?.standIn).toBeUndefined();
    for (let failure = 0; failure < 9; failure += 1) reranker?.breaker.failed();
    expect(reranker?.breaker.whyClosed()).toBe('breaker_open');
    expect(agent?.breaker.whyClosed()).toBeNull();
  });

  it('a stand-in when one is named that is another', () => {
    expect(agentOf({ apiKey: 'k', model: 'big', fallbackModel: 'spare' }).standIn?.name).toBe('spare');
    expect(agentOf({ apiKey: 'k', model: 'big', fallbackModel: 'big' }).standIn).toBeUndefined();
  });

  it('asks OpenAI alone to cache by key', () => {
    expect(agentOf({ apiKey: 'k' }).callOptions?.('sales-1')).toEqual({ promptCacheKey: 'sales-1' });
    expect(agentOf({ baseUrl: 'http://127.0.0.1:9/v1' }).callOptions).toBeUndefined();
  });
});

describe('what is sent', () => {
  it('goes to the configured endpoint with the configured key, streamed and counted', async () => {
    const peer = await peerOf({ apiKey: 'secret', script: [{ text: 'Good day.' }] });
    expect(await ask({ baseUrl: peer.url, apiKey: 'secret', model: 'm1' })).toBe('Good day.');
    expect(peer.paths).toEqual(['POST /v1/chat/completions']);
    expect(peer.requests[0]).toMatchObject({ model: 'm1', stream: true, stream_options: { include_usage: true } });
  });

  it('needs no key for an endpoint that needs none', async () => {
    const peer = await peerOf({ script: [{ text: 'Good day.' }] });
    expect(await ask({ baseUrl: peer.url })).toBe('Good day.');
  });

  it('leaves the usage option out for servers that reject it', async () => {
    const peer = await peerOf({ script: [{ text: 'Good day.' }] });
    await ask({ baseUrl: peer.url, streamUsage: false });
    expect(peer.requests[0]?.stream_options).toBeUndefined();
  });

  it.each(['gpt-5.6', 'my-codex', 'gpt-5.5-pro'])(
    'uses chat completions for %s too, whatever the library thinks of the name',
    async (model) => {
      const peer = await peerOf({ script: [{ text: 'Good day.' }] });
      expect(await ask({ baseUrl: peer.url, model })).toBe('Good day.');
      expect(peer.paths).toEqual(['POST /v1/chat/completions']);
    },
  );

  it("asks once: retries are not the client's", async () => {
    const peer = await peerOf({ mode: 'failing' });
    await expect(ask({ baseUrl: peer.url })).rejects.toThrow();
    expect(peer.requests).toHaveLength(1);
  });
});
