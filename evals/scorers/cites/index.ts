/** cites: the answer names the right page as its source. This is what tells look-alike pages apart. */
import { z } from 'zod';
import { defineScorer } from '../../scorer.ts';
import { sentBlocks } from '../../sent-text.ts';

const Place = z.string().regex(/^[a-z0-9][a-z0-9/_-]{0,119}(#\d+)?$/);
/** One place or a list; one of a list is enough. */
const Places = z.union([Place.transform((place) => [place]), z.array(Place).min(1)]);

export const cites = defineScorer({
  name: 'cites',
  reads: 'sent',
  schema: Places,
  refersTo: (places) => places.map((name) => ({ kind: 'document', name })),
  score: (expected, played) => {
    const cited = sentBlocks(played).flatMap((block) => (block.kind === 'citation' ? [block.passage] : []));
    const isCited = cited.some((passage) => expected.some((place) => isWithin(passage, place)));
    return {
      verdict: isCited ? 'pass' : 'fail',
      expected: `cites ${expected.join(' or ')}`,
      got: cited.length > 0 ? `cites ${cited.join(', ')}` : 'cites nothing',
    };
  },
});

/** A folder (`payments/`), a document, or one passage of it (`#2`). `pause` does not stand for `pause-a-course`. */
function isWithin(passage: string, place: string): boolean {
  if (place.endsWith('/')) return passage.startsWith(place);
  return passage === place || passage.split('#')[0] === place;
}
