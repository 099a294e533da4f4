/** Exemplars: the utterances that teach the intents. */
import type { Neighbour } from '../core/intent.ts';

export type ExemplarPort = {
  /** The nearest exemplars by cosine, nearest first. */
  nearest(embedding: readonly number[], limit: number): Promise<readonly Neighbour[]>;
  replaceAll(options: {
    readonly version: string;
    readonly exemplars: readonly {
      readonly intent: string;
      readonly text: string;
      readonly embedding: readonly number[];
    }[];
  }): Promise<void>;
};
