/** has: the reply carries more than words: something to press, a card, a link, a citation. */
import { z } from 'zod';
import type { Block } from '../../../core/block.ts';
import { defineScorer } from '../../scorer.ts';
import { sentBlocks } from '../../sent-text.ts';

const Piece = z.enum(['choices', 'card', 'link', 'citation', 'table', 'media', 'form']);
type Piece = z.infer<typeof Piece>;
/** One name or a list; all of a list must be there. */
const Pieces = z.union([Piece.transform((piece) => [piece]), z.array(Piece).min(1)]);

export const has = defineScorer({
  name: 'has',
  reads: 'sent',
  schema: Pieces,
  score: (expected, played) => {
    const found = new Set(sentBlocks(played).flatMap(piecesOf));
    const isThere = expected.every((piece) => found.has(piece));
    const got = found.size > 0 ? [...found].join(', ') : 'words only';
    return { verdict: isThere ? 'pass' : 'fail', expected: `has ${expected.join(', ')}`, got };
  },
});

/** A card may bring something to press and a link of its own. */
function piecesOf(block: Block): readonly Piece[] {
  if (block.kind === 'text') return [];
  if (block.kind !== 'card') return [block.kind];
  return [
    'card',
    ...(block.options.length > 0 ? (['choices'] as const) : []),
    ...(block.link ? (['link'] as const) : []),
  ];
}
