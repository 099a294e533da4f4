/** Links that leave get a token when the workspace names them; every other one stays as it is. */
import { uuidv7 } from 'uuidv7';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Block } from '../../core/block.ts';
import type { Workspace } from '../../core/workspace.ts';
import type { TurnCommit } from '../../memory/turns.ts';
import { createCallTokens } from '../../server/call-token.ts';
import { type CallParts, withCalls } from '../../server/calls.ts';
import { readWorkspace } from '../../server/workspace.ts';
import { WORKSPACE } from './support.ts';

const tokens = createCallTokens('the secret of the tests');
const TELEGRAM = 'https://t.me/tidewell_school';
let workspace: Workspace;

beforeAll(async () => {
  const read = await readWorkspace(WORKSPACE);
  const [first, ...stages] = read.journey.stages;
  if (!first) throw new Error('the sample journey has no stage');
  const callsToAction = [...first.callsToAction, { label: 'Go on on Telegram', url: TELEGRAM }];
  workspace = { ...read, journey: { ...read.journey, stages: [{ ...first, callsToAction }, ...stages] } };
});

/** A commit whose one reply holds these blocks; nothing else of it is read. */
function commitWith(blocks: readonly Block[]): TurnCommit {
  const reply = { agent: 'knowledge', messageClass: 'answer', blocks, citations: [] };
  const turn = { journeyAfter: { stage: 'curious' } };
  return { turn, deliveries: [{ reply, replyTo: null }] } as unknown as TurnCommit;
}

function give(block: Block, publicUrl: string | null = 'https://chat.example'): TurnCommit {
  return withCalls(commitWith([block]), partsAt(publicUrl));
}

const partsAt = (publicUrl: string | null): CallParts => ({ workspace, tokens, mint: uuidv7, publicUrl });
const blockOf = (commit: TurnCommit): Block | undefined => commit.deliveries[0]?.reply.blocks[0];

describe('a call to action', () => {
  it('leads through us, and says what of the workspace it is and at which stage it was shown', () => {
    const [offer] = workspace.offers;
    if (!offer) throw new Error('the sample has no offer');
    const commit = give({ kind: 'card', title: 'x', body: '', options: [], link: { label: 'See', url: offer.url } });
    const [call] = commit.calls ?? [];
    expect(call).toMatchObject({ position: 0, purpose: 'visit', label: 'See', url: offer.url, stage: 'curious' });
    expect(call?.name).toMatch(/^(offer|action|course):/);
    expect(blockOf(commit)).toMatchObject({ link: { url: `https://chat.example/go/${tokens.mint(call?.id ?? '')}` } });
  });

  it('to an account at a channel proves who comes, also where nobody reaches us', () => {
    const block: Block = { kind: 'link', label: 'Go on', url: TELEGRAM };
    expect(give(block).calls).toMatchObject([{ purpose: 'continue', name: 'action:stranger', lifeHours: 24 }]);
    const direct = give(block, null);
    expect(blockOf(direct)).toEqual({ ...block, url: `${TELEGRAM}?start=${tokens.mint(direct.calls?.[0]?.id ?? '')}` });
  });

  it('that the workspace does not name stays as it is', () => {
    for (const url of ['https://elsewhere.example/', 'https://t.me/somebody_else', `${TELEGRAM}?start=x`]) {
      const commit = commitWith([{ kind: 'link', label: 'x', url }]);
      expect(withCalls(commit, partsAt('https://chat.example'))).toBe(commit);
    }
  });

  it('to a page stays as it is where nobody reaches us', () => {
    const [offer] = workspace.offers;
    expect(give({ kind: 'link', label: 'x', url: offer?.url ?? '' }, null).calls).toBeUndefined();
  });
});
