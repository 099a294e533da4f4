/** The worker thread that trains the intent model: takes exemplars, gives bytes, ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { fitIntentModel } from '../core/fit-intent-model.ts';
import { encodeIntentModel } from '../core/intent-model-bytes.ts';
import type { Lesson } from './train-intents.ts';

// Whoever starts this file is train-intents.ts, which passes exactly this.
const { exemplars, embeddings } = workerData as Lesson;
const { model } = fitIntentModel({ exemplars, embeddings });
const bytes = encodeIntentModel(model);
parentPort?.postMessage(bytes);
