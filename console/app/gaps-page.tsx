/** Gaps: what people asked and nothing in the knowledge answered, the same question in other words together. */
import type { GapCluster } from '../../memory/gaps.ts';
import type { Desk } from './desk.ts';
import { Ago, Badge, Empty, ProblemNote } from './parts.tsx';
import { threadLink } from './route.ts';

/** Wordings shown of one question. */
const SHOWN = 4;

export function GapsPage({ desk }: { readonly desk: Desk }) {
  const gaps = desk.gaps.value.value;
  return (
    <main class="page">
      <h1>Knowledge gaps</h1>
      <p class="hint">
        Questions of the last thirty days that no page answered, most asked first. Write a page that answers them, or
        add the answer to one there is.
      </p>
      <ProblemNote problem={desk.gaps.problem.value} />
      {gaps?.length === 0 && <Empty title="No gaps">Every question found something that answers it.</Empty>}
      <ul class="rows">
        {gaps?.map((gap) => (
          <Gap key={gap.questions[0]?.turn} gap={gap} now={desk.now.value} />
        ))}
      </ul>
    </main>
  );
}

function Gap({ gap, now }: { readonly gap: GapCluster; readonly now: number }) {
  return (
    <li class="row">
      <Badge tone="warn">{gap.asked} ×</Badge>
      <span class="row-text" dir="auto">
        {gap.questions.slice(0, SHOWN).map(({ turn, thread, text }) => (
          <span class="gap-wording" key={turn}>
            <a href={threadLink(thread, turn)}>{text}</a>
          </span>
        ))}
      </span>
      <Ago at={gap.lastAskedAt} now={now} />
    </li>
  );
}
