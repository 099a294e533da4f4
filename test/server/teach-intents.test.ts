/** Teaching happens once per version of exemplars and embedder, off the event loop, and accepted candidates take part. */
import { describe, expect, it } from 'vitest';
import { createLexicalEmbedder, type Embedder } from '../../core/embedding.ts';
import { fitIntentModel } from '../../core/fit-intent-model.ts';
import { OUT_OF_SCOPE } from '../../core/intent.ts';
import { encodeIntentModel } from '../../core/intent-model-bytes.ts';
import type { IntentsFile } from '../../core/workspace.ts';
import type { Candidate, ExemplarPort, StoredExemplar } from '../../memory/exemplars.ts';
import { exemplarsOf, type Teaching, teachIntents } from '../../server/teach-intents.ts';
import { type Lesson, trainIntents } from '../../server/train-intents.ts';
import { TOY } from '../core/intent/toy.ts';

const names = [...new Set(TOY.map(({ intent }) => intent))].filter((name) => name !== OUT_OF_SCOPE);
const textsOf = (name: string): string[] => TOY.filter(({ intent }) => intent === name).map(({ text }) => text);
const intents: IntentsFile[] = [
  {
    agent: 'knowledge',
    intents: names.map((name) => ({ name, about: name, exemplars: textsOf(name) })),
    outOfScope: textsOf(OUT_OF_SCOPE),
  },
];

function setUp(more: Partial<Teaching> = {}) {
  const seen = { lessons: [] as Lesson[], rows: [] as readonly StoredExemplar[], order: [] as string[] };
  const models = new Map<string, Uint8Array>();
  const accepted: Candidate[] = [];
  const exemplars: Partial<ExemplarPort> = {
    model: (version) => Promise.resolve(models.get(version) ?? null),
    saveModel: ({ version, data }) => {
      seen.order.push('model');
      models.clear();
      models.set(version, data);
      return Promise.resolve();
    },
    replaceAll: (all) => {
      seen.order.push('rows');
      seen.rows = all.exemplars;
      return Promise.resolve();
    },
    candidates: (state) => Promise.resolve(state === 'accepted' ? accepted : []),
  };
  const teach = (changes: Partial<Teaching> = {}) =>
    teachIntents({
      memory: { exemplars: exemplars as ExemplarPort },
      workspace: { intents },
      embedder: createLexicalEmbedder(),
      train: (lesson) => {
        seen.lessons.push(lesson);
        const { exemplars: taught, embeddings } = lesson;
        return Promise.resolve(encodeIntentModel(fitIntentModel({ exemplars: taught, embeddings }).model));
      },
      ...more,
      ...changes,
    });
  const accept = (text: string, intent: string | null): void => {
    const id = `${accepted.length}`;
    accepted.push({ id, text, intent, reason: 'tie-break', turn: null, state: 'accepted', createdAt: '' });
  };
  return { seen, teach, accept };
}

describe('teachIntents', () => {
  it('trains on the files, out-of-scope lines among them, and writes the rows before the model', async () => {
    const { seen, teach } = setUp();
    const { reader, trained } = await teach();
    expect(trained).toBe(TOY.length);
    expect(reader.model.names).toEqual(names.toSorted());
    expect(seen.rows.map(({ text, intent }) => ({ text, intent }))).toEqual(exemplarsOf({ intents }));
    expect(seen.rows.filter(({ intent }) => intent === OUT_OF_SCOPE)).toHaveLength(textsOf(OUT_OF_SCOPE).length);
    expect(seen.order).toEqual(['rows', 'model']);
  });

  it('reads the stored model when nothing changed', async () => {
    const { seen, teach } = setUp();
    await teach();
    const { reader, trained } = await teach();
    expect(trained).toBe(0);
    expect(reader.model.names).toEqual(names.toSorted());
    expect(seen.lessons).toHaveLength(1);
    expect(seen.order).toEqual(['rows', 'model']);
  });

  it('trains again for other exemplars and for another embedder', async () => {
    const { seen, teach } = setUp();
    await teach();
    const other: Embedder = { ...createLexicalEmbedder(), name: 'another' };
    await teach({ embedder: other });
    expect(seen.lessons).toHaveLength(2);
    const [file] = intents;
    if (file) await teach({ embedder: other, workspace: { intents: [{ ...file, outOfScope: ['a new line'] }] } });
    expect(seen.lessons).toHaveLength(3);
  });

  it('teaches accepted candidates, but not of intents that are gone and not what the files say already', async () => {
    const { seen, teach, accept } = setUp();
    await teach();
    accept('illuminate my study', 'lights-on');
    accept('of an intent that is gone', 'no-such-intent');
    accept('of no intent', null);
    accept('WAKE me at six!', 'weather');
    await teach();
    const taught = seen.lessons[1]?.exemplars.slice(TOY.length);
    expect(taught).toEqual([{ text: 'illuminate my study', intent: 'lights-on' }]);
  });
});

describe('trainIntents', () => {
  it('trains in a thread of its own: the event loop goes on', async () => {
    const { seen, teach } = setUp();
    await teach();
    const [lesson] = seen.lessons;
    if (!lesson) throw new TypeError('no lesson');
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    const bytes = await trainIntents(lesson);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
    expect([...bytes]).toEqual([...encodeIntentModel(fitIntentModel(lesson).model)]);
  });

  it('says what the thread said when it fails', async () => {
    const broken = { exemplars: null, embeddings: null } as unknown as Lesson;
    await expect(trainIntents(broken)).rejects.toMatchObject({ code: 'broken_invariant' });
    await expect(trainIntents(broken)).rejects.toThrow(/could not be trained: .*null/);
  });
});
