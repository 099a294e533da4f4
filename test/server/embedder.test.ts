/** The embedder of a configuration, against a fake endpoint. */
import { afterEach, describe, expect, it } from 'vitest';
import { createEmbedder, type EmbeddingCall } from '../../server/embedder.ts';
import { type OpenAiPeer, startOpenAi } from '../peers/openai.ts';

const peers: OpenAiPeer[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.abandon();
});

async function embedderOf(mode: Parameters<OpenAiPeer['setMode']>[0] = 'ok', clock = () => 0) {
  const peer = await startOpenAi({ mode, apiKey: 'key' });
  peers.push(peer);
  const calls: EmbeddingCall[] = [];
  const onCall = (call: EmbeddingCall): void => void calls.push(call);
  const embedder = createEmbedder({ embeddingModel: 'small', apiKey: 'key', baseUrl: peer.url }, { clock, onCall });
  const asked = (): number => peer.paths.filter((path) => path === 'POST /v1/embeddings').length;
  return { peer, embedder, asked, calls };
}

describe('without EMBEDDING_MODEL', () => {
  it('is the built-in one, whatever else is set', () => {
    const embedder = createEmbedder({ apiKey: 'key', baseUrl: 'http://127.0.0.1:9/v1' }, { clock: () => 0 });
    expect(embedder).toMatchObject({ name: 'lexical-3', dimensions: 512 });
  });
});

describe('with EMBEDDING_MODEL', () => {
  it('gives vectors of unit length in the order of the texts', async () => {
    const { embedder } = await embedderOf();
    const [one = [], two = [], again = []] = await embedder.embed(['breath', 'price', 'breath']);
    expect(one).toHaveLength(512);
    expect(Math.hypot(...one)).toBeCloseTo(1, 5);
    expect(again).toEqual(one);
    expect(two).not.toEqual(one);
  });

  it('asks for each text once, and for 150 texts in three requests', async () => {
    const { embedder, asked } = await embedderOf();
    await embedder.embed(['breath']);
    await embedder.embed(['breath', 'breath']);
    expect(asked()).toBe(1);
    await embedder.embed(Array.from({ length: 150 }, (_, index) => `text ${index}`));
    expect(asked()).toBe(4);
  });

  it('tells of every request what it took, and of one that failed why', async () => {
    const { peer, embedder, calls } = await embedderOf();
    await embedder.embed(['breath', 'breath']);
    peer.setMode('rate_limited');
    await embedder.embed(['another']).catch(() => undefined);
    expect(calls).toEqual([
      { model: 'small', outcome: 'ok', inputTokens: expect.any(Number) as number },
      { model: 'small', outcome: 'model_rate_limited', inputTokens: 0 },
    ]);
    expect(calls[0]?.inputTokens).toBeGreaterThan(0);
  });

  it('names itself by its model, so that its vectors are never compared with others', async () => {
    const { embedder } = await embedderOf();
    expect(embedder.name).toBe('small/512');
  });

  it.each([
    ['unauthorized', 'model_refused'],
    ['rate_limited', 'model_rate_limited'],
    ['failing', 'model_unavailable'],
  ] as const)('that is %s says so in our words', async (mode, code) => {
    const { embedder } = await embedderOf(mode);
    await expect(embedder.embed(['breath'])).rejects.toMatchObject({ code });
  });

  it('is left alone after three failures, and asked again later', async () => {
    let now = 0;
    const { peer, embedder, asked } = await embedderOf('failing', () => now);
    for (let n = 0; n < 5; n += 1) await expect(embedder.embed([`text ${n}`])).rejects.toThrow();
    expect(asked()).toBe(3);
    peer.setMode('ok');
    now = 31_000;
    expect(await embedder.embed(['text'])).toHaveLength(1);
  });

  it('stops when the turn stops', async () => {
    const { embedder } = await embedderOf('hang');
    const stop = new AbortController();
    const asked = embedder.embed(['breath'], stop.signal);
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: 'superseded' });
  });
});
