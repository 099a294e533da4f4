/** Finds what a neighbour's vote is worth beside the head's score: the pair of weights with the likeliest answers. */
import { softmaxInPlace } from './train-head.ts';

type Seen = { readonly scores: Float32Array; readonly votes: Float32Array; readonly label: number };

const STEPS = 30;
const MOST = 3_000;
/** A vote is a cosine, a head's score a logarithm: more than this would leave the deciding to the votes alone. */
const HEAVIEST = 4;

/** The weight of a vote relative to the head's score, 0 to 4. Texts out of scope (label -1) do not count. */
export function fitVoteWeight(observed: readonly Seen[]): number {
  const inScope = observed.filter(({ label }) => label >= 0);
  const stride = Math.max(1, Math.floor(inScope.length / MOST));
  const kept = inScope.filter((_, index) => index % stride === 0);
  let [ofHead, ofVote] = [1, 3];
  for (let step = 0; step < STEPS && kept.length > 0; step += 1) {
    const head = { gradient: 0, bend: 1e-6 };
    const vote = { gradient: 0, bend: 1e-6 };
    for (const { scores, votes, label } of kept) {
      const likely = scores.map((score, other) => ofHead * score + ofVote * (votes[other] ?? 0));
      softmaxInPlace(likely);
      addSlope(head, { likely, values: scores, label });
      addSlope(vote, { likely, values: votes, label });
    }
    // Half a Newton step for each weight by itself: they pull on each other.
    ofHead = Math.max(0.1, ofHead - (0.5 * head.gradient) / head.bend);
    ofVote = Math.max(0, ofVote - (0.5 * vote.gradient) / vote.bend);
  }
  return Math.min(HEAVIEST, ofVote / ofHead);
}

type Slope = { gradient: number; bend: number };
type Likely = { readonly likely: Float32Array; readonly values: Float32Array; readonly label: number };

/** The slope of the log-loss along one weight is what is expected less what is seen; its bend is the variance. */
function addSlope(slope: Slope, { likely, values, label }: Likely): void {
  let [mean, square] = [0, 0];
  for (let other = 0; other < likely.length; other += 1) {
    const value = values[other] ?? 0;
    mean += (likely[other] ?? 0) * value;
    square += (likely[other] ?? 0) * value * value;
  }
  slope.gradient += mean - (values[label] ?? 0);
  slope.bend += square - mean * mean;
}
