/** Checks on journey.yaml: what journey/ finds wrong with a definition, told with the line it stands in. */
import { type Path, pathToText } from '../evals/yaml-place.ts';
import { definitionProblems } from '../journey/check-definition.ts';
import type { DefinitionProblem } from '../journey/problem.ts';
import type { Problem, Source, Sources } from './workspace-files.ts';
import { oneOf } from './workspace-hints.ts';

/** What the platform reports to the journey; a transition that waits for anything else would never happen. */
const JOURNEY_EVENTS = [
  ...['message', 'linked', 'checkout_clicked', 'enrolled', 'course_finished'],
  ...['crisis', 'care_ended', 'handed_over', 'stopped', 'subscribed'],
];

/** The tools of all agents; a test holds this list against the agents themselves. */
const JOURNEY_TOOLS = [
  ...[
    'alert_operator',
    'create_checkout_link',
    'find_offers',
    'find_ticket',
    'forget_facts',
    'hand_over',
    'hold_place',
  ],
  ...['mark_done', 'my_courses', 'my_facts', 'my_orders', 'next_lesson', 'open_document', 'open_ticket', 'price_of'],
  ...['request_refund', 'search_knowledge', 'set_reminder'],
];

/** Names, ways and words of the journey; returns every problem, in no particular order. */
export function checkJourney({ journey, intents, offers, organisation }: Sources): readonly Problem[] {
  const { value } = journey;
  if (value === null) return [];
  const hasAllIntents = intents.every((source) => source.value !== null);
  const names = intents.flatMap((source) => (source.value?.intents ?? []).map(({ name }) => name));
  const known = {
    events: JOURNEY_EVENTS,
    tools: JOURNEY_TOOLS,
    intents: hasAllIntents ? names : null,
    offers: offers.value?.offers.map(({ id }) => id) ?? null,
    language: organisation.value?.locales[0] ?? null,
  };
  return definitionProblems(value, { known, oneOf }).map((problem) => placed(journey, problem));
}

function placed(source: Source<unknown>, { path, says, first }: DefinitionProblem): Problem {
  return source.problemAt(path, first === undefined ? says : says.replace('<first>', placeText(source, first)));
}

function placeText(source: Source<unknown>, path: Path): string {
  return `${pathToText(path)} in line ${source.problemAt(path, '').line}`;
}
