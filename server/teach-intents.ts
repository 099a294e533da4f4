/** Teaching: the workspace's exemplars and the accepted candidates become rows and a trained model, once per version. */
import { createHash } from 'node:crypto';
import { type Embedder, foldText } from '../core/embedding.ts';
import { denseOf } from '../core/exemplar-votes.ts';
import type { TaughtText } from '../core/fit-intent-model.ts';
import { OUT_OF_SCOPE } from '../core/intent.ts';
import { createIntentReader, type IntentReader } from '../core/intent-model.ts';
import { decodeIntentModel, MODEL_FORM } from '../core/intent-model-bytes.ts';
import type { Workspace } from '../core/workspace.ts';
import type { Memory } from '../memory/memory.ts';
import type { TrainIntents } from './train-intents.ts';

export type Teaching = {
  readonly memory: Pick<Memory, 'exemplars'>;
  readonly workspace: Pick<Workspace, 'intents'>;
  readonly embedder: Embedder;
  readonly train: TrainIntents;
};

export type Taught = { readonly reader: IntentReader; readonly trained: number };

const VERSION_LENGTH = 16;

/**
 * The reader for these exemplars: as stored, or trained now (`trained` says on how many). The rows are written before the
 * model, so that a start that dies in between begins again.
 */
export async function teachIntents({ memory, workspace, embedder, train }: Teaching): Promise<Taught> {
  const exemplars = [...exemplarsOf(workspace), ...(await acceptedOf({ memory, workspace }))];
  const version = versionOf(exemplars, embedder);
  const stored = await memory.exemplars.model(version);
  if (stored) return { reader: createIntentReader(decodeIntentModel(stored)), trained: 0 };
  const vectors = await embedder.embed(exemplars.map(({ text }) => text));
  const training = train({ exemplars, embeddings: denseOf(vectors) });
  const rows = exemplars.map((exemplar, index) => ({ ...exemplar, embedding: vectors[index] ?? [] }));
  const [data] = await Promise.all([training, memory.exemplars.replaceAll({ version, exemplars: rows })]);
  await memory.exemplars.saveModel({ version, data });
  return { reader: createIntentReader(decodeIntentModel(data)), trained: exemplars.length };
}

/** What the workspace's files say, out-of-scope lines among them. */
export function exemplarsOf({ intents }: Pick<Workspace, 'intents'>): readonly TaughtText[] {
  return intents.flatMap((file) => [
    ...file.intents.flatMap(({ name, exemplars }) => exemplars.map((text) => ({ text, intent: name }))),
    ...(file.outOfScope ?? []).map((text) => ({ text, intent: OUT_OF_SCOPE })),
  ]);
}

/** Accepted candidates, without those whose intent is gone and those the files have by now: the files win. */
async function acceptedOf({
  memory,
  workspace,
}: Pick<Teaching, 'memory' | 'workspace'>): Promise<readonly TaughtText[]> {
  const own = exemplarsOf(workspace);
  const names = new Set(own.map(({ intent }) => intent));
  const known = new Set(own.map(({ text }) => foldText(text)));
  const accepted = await memory.exemplars.candidates('accepted');
  return accepted.flatMap(({ text, intent }) =>
    intent !== null && names.has(intent) && !known.has(foldText(text)) ? [{ text, intent }] : [],
  );
}

function versionOf(exemplars: readonly TaughtText[], { name, dimensions }: Embedder): string {
  const hash = createHash('sha256').update(JSON.stringify([MODEL_FORM, name, dimensions]));
  for (const { text, intent } of exemplars) hash.update(JSON.stringify([intent, text]));
  return hash.digest('hex').slice(0, VERSION_LENGTH);
}
