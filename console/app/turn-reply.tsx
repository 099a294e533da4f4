/** Draft and reply side by side in one text, what check said, and what became of the deliveries. */
import type { Block } from '../../core/block.ts';
import type { Turn } from '../../core/turn.ts';
import type { ThreadEntry } from '../../memory/operators.ts';
import { diffWords } from './diff.ts';
import { DeliveryStateBadge } from './entries.tsx';
import { describeBlock } from './explain.ts';
import { Badge, Part, type Tone } from './parts.tsx';

const CHECK_TONES: Readonly<Record<string, Tone>> = { allowed: 'good', changed: 'warn', replaced: 'bad' };

export function ReplyPart({ turn }: { readonly turn: Turn }) {
  const { draft, reply, check } = turn;
  if (draft === null && reply === null) return null;
  const changes = diffWords(describe(draft?.blocks ?? []), describe(reply?.blocks ?? []));
  const isSame = changes.every((change) => change.kind === 'same');
  return (
    <Part
      title={isSame ? 'Reply' : 'Draft → reply'}
      aside={check && <Badge tone={CHECK_TONES[check.outcome] ?? 'quiet'}>check: {check.outcome}</Badge>}
    >
      {check && check.objections.length > 0 && (
        <p>
          Objections:{' '}
          {check.objections.map((objection) => (
            <code>{objection} </code>
          ))}
        </p>
      )}
      {reply === null && <p class="hint">No reply left; this is the draft.</p>}
      <p class="diff" dir="auto">
        {changes.map(({ kind, text }) => {
          if (kind === 'added') return <ins>{text}</ins>;
          return kind === 'removed' && reply !== null ? <del>{text}</del> : text;
        })}
      </p>
    </Part>
  );
}

function describe(blocks: readonly Block[]): string {
  return blocks.map(describeBlock).join('\n\n');
}

type DeliveriesPartProps = { readonly turn: Turn; readonly entries: readonly ThreadEntry[] };

export function DeliveriesPart({ turn, entries }: DeliveriesPartProps) {
  return (
    <Part title="Deliveries" aside={turn.deliveries.length}>
      {turn.deliveries.length === 0 && <p class="hint">Nothing was sent.</p>}
      <ul class="plain-list">
        {turn.deliveries.map((id) => {
          const entry = entries.find((one) => one.kind === 'delivery' && one.delivery.id === id);
          return (
            <li key={id}>
              {entry?.kind === 'delivery' ? <OneDelivery delivery={entry.delivery} /> : <code>{id}</code>}
            </li>
          );
        })}
      </ul>
    </Part>
  );
}

function OneDelivery({ delivery }: { readonly delivery: Extract<ThreadEntry, { kind: 'delivery' }>['delivery'] }) {
  return (
    <>
      <DeliveryStateBadge delivery={delivery} /> to {delivery.channel}/{delivery.connection} as{' '}
      {delivery.messageClass.replace('_', '-')}
      {delivery.platformId !== null && delivery.platformId !== delivery.id && (
        <>
          {' '}
          (<code>{delivery.platformId}</code>)
        </>
      )}
      {delivery.losses.length > 0 && (
        <ul class="plain-list">
          {delivery.losses.map((loss) => (
            <li>
              Lost on this channel: {loss.what} of {loss.block}, became {loss.became}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
