/** Reads a message that leaves out what it is about ("and when does it start?") together with what was spoken of before. */
import type { AgentContext } from './agent.ts';
import { askedText } from './drafts.ts';
import { subjectOf } from './question.ts';

/** Long enough for a question; what is longer tells a story. */
const MAX_QUERY = 200;

/**
 * The words to search and to answer by: the person's own, and behind them the subject of the last line that named one
 * when they name none. Only the subject is taken along: what that line asked about it has been answered.
 */
export function fullQuestion(context: Pick<AgentContext, 'choice' | 'text' | 'lines'>): string {
  const asked = askedText(context);
  const pointsBack = asked === context.text && subjectOf(asked) === '';
  return (pointsBack ? `${asked} ${lastSubject(context)}`.trim() : asked).slice(0, MAX_QUERY);
}

function lastSubject({ lines }: Pick<AgentContext, 'lines'>): string {
  const subjects = lines.filter(({ from }) => from === 'person').map(({ text }) => subjectOf(text));
  return subjects.findLast((subject) => subject !== '') ?? '';
}
