/** compose: the person's preferences and the stage's call to action shape the draft. It is the only voice. */
import type { Block } from '../../core/block.ts';
import { isChannelAddress } from '../../core/channel-address.ts';
import type { Draft } from '../../core/reply.ts';
import { callsToActionOf } from '../../journey/definition.ts';
import type { Pass, Step, TurnState } from '../state.ts';

/** What "short" means, in sentences. */
const SHORT_SENTENCES = 2;

export const compose: Step = (state, pass) => {
  const { draft } = state;
  const shortened = wantsShort(state) && draft.messageClass === 'answer' ? draft.blocks.map(shorten) : draft.blocks;
  const action = mayInvite(state, draft) ? invitationOf(state, pass) : null;
  const blocks = action && !wasShown(state, action.label) ? [...shortened, action] : shortened;
  return Promise.resolve({ draft: { ...draft, blocks } });
};

type Invitation = Extract<Block, { readonly kind: 'link' }>;

/** The first call to action of where the person stands. Where others read along, the only invitation is to the next channel. */
function invitationOf({ journey, thread }: TurnState, { ports }: Pick<Pass, 'ports'>): Invitation | null {
  const calls = callsToActionOf(ports.workspace.journey, { state: journey, channel: thread.channel });
  const action = calls.find(({ url }) => thread.clearance === 'private' || isChannelAddress(url));
  return action ? { kind: 'link', label: action.label, url: action.url } : null;
}

/** What was said last in the person's own words counts for more than a setting. */
function wantsShort({ facts, person }: TurnState): boolean {
  const said = facts.find(({ kind, subject }) => kind === 'preference' && subject === 'length');
  return (said?.text ?? person.preferences.length) === 'short';
}

/** An invitation belongs under a plain answer that left nothing else to press, never under trouble. */
function mayInvite({ screening }: TurnState, draft: Draft): boolean {
  const hasControls = draft.blocks.some((block) => block.kind !== 'text' && block.kind !== 'citation');
  return draft.agent === 'knowledge' && draft.citations.length > 0 && !hasControls && screening.level === 'clear';
}

/** Once in the lines that are still in view is enough. */
function wasShown({ lines }: TurnState, label: string): boolean {
  return lines.some((line) => line.from === 'agent' && line.text.includes(label));
}

function shorten(block: Block): Block {
  if (block.kind !== 'text') return block;
  const sentences = block.text.split(/(?<=[.!?])\s+/);
  if (sentences.length <= SHORT_SENTENCES) return block;
  return { kind: 'text', text: sentences.slice(0, SHORT_SENTENCES).join(' ') };
}
