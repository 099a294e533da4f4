/** What the console draws of the journey: stages with who stands there, edges with how often they were walked. */

export type DrawnStage = { readonly name: string; readonly about: string; readonly people: number };

export type DrawnEdge = {
  readonly transition: string;
  readonly from: string;
  readonly to: string;
  /** What sets it off, in one line, e.g. `intent price`. */
  readonly trigger: string;
  /** Moves so far, and how many of them an operator disputed. */
  readonly count: number;
  readonly disputed: number;
};

export type DrawnRegion = {
  readonly name: string;
  /** In the definition's order. */
  readonly stages: readonly DrawnStage[];
  readonly edges: readonly DrawnEdge[];
};

export type JourneyPicture = { readonly version: number; readonly regions: readonly DrawnRegion[] };
