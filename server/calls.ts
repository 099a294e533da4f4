/** Gives the links of a reply that is about to be committed their tokens: what was shown can be counted, and who comes is proven. */
import type { Block } from '../core/block.ts';
import { startAddress } from '../core/channel-address.ts';
import type { MintId } from '../core/ids.ts';
import type { CallToAction, Stage } from '../core/journey.ts';
import type { ReplyRecord } from '../core/reply.ts';
import type { Workspace } from '../core/workspace.ts';
import { regionsOf, stagesOf } from '../journey/definition.ts';
import type { NewCall } from '../memory/calls.ts';
import type { NewDelivery, TurnCommit } from '../memory/turns.ts';
import type { CallTokens } from './call-token.ts';

export type CallParts = {
  readonly workspace: Pick<Workspace, 'journey' | 'offers' | 'courses'>;
  readonly tokens: CallTokens;
  readonly mint: MintId;
  /** Without one nobody could reach `/go/`: links stay as they are, but for those that a channel takes directly. */
  readonly publicUrl: string | null;
};

/** Who follows a page's link may do so for a month; what proves somebody holds for a day. */
const LIFE_HOURS = { visit: 30 * 24, continue: 24 } as const;
/** Only what the workspace itself names gets a token; every other link stays as it is. */
export function withCalls(commit: TurnCommit, parts: CallParts): TurnCommit {
  const names = namesOf(parts.workspace);
  const actions = actionsOf(parts.workspace, commit);
  const stage = commit.turn.journeyAfter?.stage ?? null;
  const calls: NewCall[] = [];
  const deliveries = commit.deliveries.map((delivery, position): NewDelivery => {
    const give = (link: { readonly label: string; readonly url: string }): string => {
      const name = actions.get(keyOf(link)) ?? names.get(link.url);
      const call = name && newCall(link, { name, stage, position, parts });
      if (!call) return link.url;
      calls.push(call.row);
      return call.url;
    };
    // The blocks were checked; only an address of the workspace's own is put behind ours.
    return {
      ...delivery,
      reply: { ...delivery.reply, blocks: delivery.reply.blocks.map((one) => addressed(one, give)) },
    };
  });
  return calls.length === 0 ? commit : { ...commit, deliveries, calls };
}

type Making = {
  readonly name: string;
  readonly stage: string | null;
  readonly position: number;
  readonly parts: CallParts;
};

function newCall(
  { label, url }: { readonly label: string; readonly url: string },
  { name, stage, position, parts: { mint, tokens, publicUrl } }: Making,
): { readonly row: NewCall; readonly url: string } | null {
  const id = mint();
  const token = tokens.mint(id);
  const start = startAddress(url, token);
  const purpose = start === null ? 'visit' : 'continue';
  const shown = publicUrl === null ? start : `${publicUrl}/go/${token}`;
  if (shown === null) return null;
  return { row: { id, position, purpose, name, label, url, stage, lifeHours: LIFE_HOURS[purpose] }, url: shown };
}

type Give = (link: { readonly label: string; readonly url: string }) => string;

function addressed(block: ReplyRecord['blocks'][number], give: Give): Block {
  if (block.kind === 'link') return { ...block, url: give(block) };
  if (block.kind === 'card' && block.link) return { ...block, link: { ...block.link, url: give(block.link) } };
  return block;
}

const keyOf = ({ label, url }: { readonly label: string; readonly url: string }): string => `${label}\n${url}`;

/**
 * Label and address → the call to action it is; two of them may lead to one page. Of two that look the same, the one of where
 * the person stood when it was shown.
 */
function actionsOf(
  { journey }: Pick<CallParts['workspace'], 'journey'>,
  { turn }: TurnCommit,
): ReadonlyMap<string, string> {
  const { journeyBefore, journeyAfter } = turn;
  const stood = new Set([journeyAfter, journeyBefore].flatMap((state) => (state ? stagesOf(journey, state) : [])));
  const stages = regionsOf(journey).flatMap((region) => region.stages);
  const [here, elsewhere] = [
    stages.filter(({ name }) => stood.has(name)),
    stages.filter(({ name }) => !stood.has(name)),
  ];
  return new Map(
    [...elsewhere, ...here].flatMap((stage) => stage.callsToAction.map((call) => [keyOf(call), nameOf(stage, call)])),
  );
}

/** What a click is known by: its own name, else the stage's. */
function nameOf(stage: Pick<Stage, 'name'>, { name }: Pick<CallToAction, 'name'>): string {
  return `action:${name ?? stage.name}`;
}

/** Address → what of the workspace it is. A call to action of the journey before an offer, an offer before a course. */
function namesOf({ journey, offers, courses }: CallParts['workspace']): ReadonlyMap<string, string> {
  const actions = regionsOf(journey).flatMap(({ stages }) =>
    stages.flatMap((stage) => stage.callsToAction.map((call) => [call.url, nameOf(stage, call)] as const)),
  );
  return new Map([
    ...courses.map(({ id, url }) => [url, `course:${id}`] as const),
    ...offers.map(({ id, url }) => [url, `offer:${id}`] as const),
    ...actions.toReversed(),
  ]);
}
