/** Says in sentences why a turn ended as it did: the first thing an operator reads. Pure. */
import type { Block } from '../../core/block.ts';
import type { WishOutcome } from '../../core/reply.ts';
import type { Turn } from '../../core/turn.ts';

/** The sentences, in the order of the steps. */
export function explainTurn(turn: Turn): readonly string[] {
  return [
    ...explainReading(turn),
    ...explainRoute(turn),
    ...explainVoice(turn),
    ...explainWishes(turn),
    ...explainCheck(turn),
    ...explainEnd(turn),
  ];
}

function explainReading({ screening, intent }: Turn): readonly string[] {
  const sentences: string[] = [];
  if (screening && screening.level !== 'clear') {
    const hazards = [...new Set(screening.findings.map((finding) => finding.hazard))].join(', ');
    sentences.push(`Screening says ${screening.level}${hazards ? `: ${hazards}` : ''}.`);
  }
  if (intent?.name === 'unclear') {
    const guess = intent.runnersUp[0];
    sentences.push(
      `The intent is unclear${guess ? `; nearest was ${guess.name} with ${percent(guess.confidence)}` : ''}.`,
    );
  } else if (intent) sentences.push(`Read as ${intent.name} with ${percent(intent.confidence)} confidence.`);
  return sentences;
}

function explainRoute({ route }: Turn): readonly string[] {
  switch (route?.kind) {
    case undefined:
      return [];
    case 'agent':
      return [`Went to ${route.agent}, because of ${inWords(route.because)}.`];
    case 'clarify':
      return [`The supervisor answered by itself: ${inWords(route.because)}.`];
    case 'hand_over':
      return [`Handed over to operators: ${inWords(route.because)}.`];
    case 'silence':
      return [`Nothing was answered: ${route.because}.`];
  }
}

/** `intent:price` → `the intent price`. */
function inWords(because: string): string {
  return because.replace(/^intent:/, 'the intent ');
}

function explainVoice({ draft, modelCalls, route }: Turn): readonly string[] {
  if (!draft || (route?.kind !== 'agent' && modelCalls.length === 0)) return [];
  const { fallback } = draft;
  if (fallback === 'fixed_text') return ['A fixed text answers here; no model is asked.'];
  if (fallback === 'no_model') return ['No model is set, so the fallback wrote the answer.'];
  if (fallback !== undefined && modelCalls.length === 0) {
    return [`No model was asked (${fallback}); the fallback wrote the answer.`];
  }
  if (fallback !== undefined) return [`The model failed (${fallback}), so the fallback wrote the answer.`];
  const last = modelCalls.at(-1);
  const calls = modelCalls.length === 1 ? 'one call' : `${modelCalls.length} calls`;
  return last ? [`Written by ${last.model} in ${calls}.`] : [];
}

/** What became of what the message wanted besides. */
const WISHES: Readonly<Record<WishOutcome, string>> = {
  answered: 'answered below',
  repeated: 'the answer says it already',
  unanswered: 'nothing in the pages answers it',
  told: 'left to the model that wrote the answer',
  left: 'not answered',
};

function explainWishes({ draft }: Turn): readonly string[] {
  return (draft?.wishes ?? []).map(
    ({ intent, text, agent, outcome }) =>
      `Also wanted ${intent} ("${text}"): ${WISHES[outcome]}${agent === null ? '' : ` (${agent})`}.`,
  );
}

function explainCheck({ check }: Turn): readonly string[] {
  if (!check || check.outcome === 'allowed') return [];
  const why = check.objections.length > 0 ? ` because of ${check.objections.join(', ')}` : '';
  return [check.outcome === 'changed' ? `Check changed the draft${why}.` : `Check replaced the draft${why}.`];
}

function explainEnd({ draft, error, status }: Turn): readonly string[] {
  const sentences: string[] = [];
  if (draft?.handOver) sentences.push(`Operators were asked to take over: ${draft.handOver.reason}.`);
  if (error) sentences.push(`It ended in an error: ${error.code}, ${error.message}`);
  if (status === 'superseded') sentences.push('A newer message arrived first, so it gave way.');
  return sentences;
}

/** What the person said in the events of this turn, one line each. */
export function askedIn(turn: Turn): readonly string[] {
  return turn.events.map(({ event }) => {
    if (event.kind === 'message' || event.kind === 'edit') return event.text || 'no text';
    if (event.kind === 'choice') return `[${event.label ?? event.token}]`;
    return event.kind;
  });
}

/** 0.824 → `82 %`. */
export function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}

/** A block as one line of plain words, to compare drafts with replies. */
export function describeBlock(block: Block): string {
  switch (block.kind) {
    case 'text':
      return block.text;
    case 'choices':
      return [block.prompt, ...block.options.map((option) => `[${option.label}]`)].filter(Boolean).join(' ');
    case 'link':
      return `${block.label} → ${block.url}`;
    case 'card': {
      const options = block.options.map((option) => `[${option.label}]`);
      return [block.title, block.body, ...options, block.link && `${block.link.label} → ${block.link.url}`]
        .filter(Boolean)
        .join('\n');
    }
    case 'media':
      return `${block.alt} → ${block.url}`;
    case 'form':
      return block.fields.map((field) => `${field.label}: …`).join('\n');
    case 'table':
      return [block.header, ...block.rows].map((row) => row.join(' | ')).join('\n');
    case 'citation':
      return `Source: ${block.label}`;
  }
}
