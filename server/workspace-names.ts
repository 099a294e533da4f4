/** Checks on names: every id stands once, and every name that points to another file finds something there. */
import { foldText } from '../core/embedding.ts';
import { HUMAN_PLEASE, UNCLEAR } from '../core/intent.ts';
import { type Path, pathToText } from '../evals/yaml-place.ts';
import type { Problem, Source, Sources } from './workspace-files.ts';
import { oneOf } from './workspace-hints.ts';
import { checkJourney } from './workspace-journey.ts';

/** A name at its place in a file. */
type Named = { readonly name: string; readonly path: Path };

/** Known names of one kind; null while the file that defines them is itself broken, so that nothing is blamed twice. */
type Known = { readonly kind: string; readonly names: readonly string[] | null };

/** Intents that the platform itself names; all others are the implementer's. */
const REQUIRED_INTENTS = [HUMAN_PLEASE, 'greeting'];

/** Checks ids, references, intents, exemplars and the journey's shape; returns every problem, in no particular order. */
export function checkNames(sources: Sources): readonly Problem[] {
  return [
    ...checkIntents(sources),
    ...checkExemplars(sources),
    ...checkJourney(sources),
    ...checkCatalogue(sources),
    ...checkMembers(sources),
  ];
}

function checkIntents({ intents }: Sources): readonly Problem[] {
  const first = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { source, name, path } of intents.flatMap(intentNames)) {
    const earlier = first.get(name);
    const problem = source.problemAt(path, earlier ? `is "${name}", which ${earlier} defines already; keep one` : '');
    if (name === UNCLEAR) {
      problems.push(source.problemAt(path, `is "${UNCLEAR}", which the platform decides by itself; remove it`));
    } else if (earlier) problems.push(problem);
    else first.set(name, `${problem.file}:${problem.line}`);
  }
  const home = intents.find((source) => source.value?.agent === 'supervisor') ?? intents[0];
  if (home === undefined || intents.some((source) => source.value === null)) return problems;
  const missing = REQUIRED_INTENTS.filter((name) => !first.has(name));
  const says = (name: string): string => `the intent "${name}" is missing; add it with about and at least 3 exemplars`;
  return [...problems, ...missing.map((name) => ({ file: home.file, line: 1, says: says(name) }))];
}

function intentNames(source: Sources['intents'][number]) {
  return (source.value?.intents ?? []).map(({ name }, index) => ({ source, name, path: ['intents', index, 'name'] }));
}

/** Two intents that share an utterance would tie for ever. Compared as the embedder sees them. */
function checkExemplars({ intents }: Sources): readonly Problem[] {
  const first = new Map<string, { readonly owner: string; readonly place: string }>();
  return intents.flatMap(taughtTexts).flatMap(({ source, text, owner, path }) => {
    const earlier = first.get(foldText(text));
    const says = earlier ? `is "${text}", which ${earlier.owner} has at ${earlier.place}; keep one of the two` : '';
    const problem = source.problemAt(path, says);
    if (!earlier) first.set(foldText(text), { owner, place: `${problem.file}:${problem.line}` });
    return earlier && earlier.owner !== owner ? [problem] : [];
  });
}

function taughtTexts(source: Sources['intents'][number]) {
  const { intents = [], outOfScope = [] } = source.value ?? {};
  return [
    ...intents.flatMap(({ name, exemplars }, index) =>
      exemplars.map((text, position) => {
        return { source, text, owner: `"${name}"`, path: ['intents', index, 'exemplars', position] };
      }),
    ),
    ...outOfScope.map((text, position) => ({ source, text, owner: 'outOfScope', path: ['outOfScope', position] })),
  ];
}

function checkCatalogue({ offers, courses }: Sources): readonly Problem[] {
  const offerList = offers.value?.offers ?? [];
  const courseList = courses.value?.courses ?? [];
  const sold = offerList.flatMap((offer, index) =>
    offer.course === undefined ? [] : [{ name: offer.course, path: ['offers', index, 'course'] }],
  );
  const badCurrencies = offerList.flatMap(({ price }, index) =>
    // Intl throws on anything else, and would do so in the middle of a turn.
    /^[A-Z]{3}$/.test(price.currency)
      ? []
      : [
          offers.problemAt(
            ['offers', index, 'price', 'currency'],
            `is "${price.currency}"; expected a currency as three capital letters: write e.g. EUR`,
          ),
        ],
  );
  return [
    ...repeated(offers, named(offerList, ['offers'], 'id')),
    ...repeated(courses, named(courseList, ['courses'], 'id')),
    ...courseList.flatMap((course, index) =>
      repeated(courses, named(course.lessons, ['courses', index, 'lessons'], 'id')),
    ),
    ...unknown(offers, sold, { kind: 'course', names: idsOf(courses.value?.courses) }),
    ...badCurrencies,
  ];
}

function checkMembers({ members, offers, courses }: Sources): readonly Problem[] {
  const list = members.value?.members ?? [];
  const offerIds = idsOf(offers.value?.offers);
  const courseIds = idsOf(courses.value?.courses);
  const orders = list.flatMap((member, index) =>
    member.orders.map(({ number, offer }, position) => ({
      number,
      offer,
      path: ['members', index, 'orders', position],
    })),
  );
  const numbers = orders.map(({ number, path }) => ({ name: number, path: [...path, 'number'] }));
  const bought = orders.map(({ offer, path }) => ({ name: offer, path: [...path, 'offer'] }));
  const problems = list.flatMap((member, index) => {
    const enrolments = named(member.enrolments, ['members', index, 'enrolments'], 'course');
    return [
      ...repeated(members, enrolments),
      ...unknown(members, enrolments, { kind: 'course', names: courseIds }),
      ...member.enrolments.flatMap(({ course, completed }, position) => {
        const path = ['members', index, 'enrolments', position, 'completed'];
        const done = completed.map((name, at) => ({ name, path: [...path, at] }));
        const lessons = idsOf(courses.value?.courses.find(({ id }) => id === course)?.lessons);
        return [...repeated(members, done), ...unknown(members, done, { kind: `lesson of ${course}`, names: lessons })];
      }),
    ];
  });
  return [
    ...repeated(members, named(list, ['members'], 'member')),
    ...repeated(members, numbers),
    ...unknown(members, bought, { kind: 'offer', names: offerIds }),
    ...problems,
  ];
}

function named<K extends string>(items: readonly Readonly<Record<K, unknown>>[], path: Path, key: K): readonly Named[] {
  return items.map((item, index) => ({ name: String(item[key]), path: [...path, index, key] }));
}

function idsOf(items: readonly { readonly id: string }[] | undefined): readonly string[] | null {
  return items === undefined ? null : items.map((item) => item.id);
}

function repeated(source: Source<unknown>, items: readonly Named[]): readonly Problem[] {
  return items.flatMap(({ name, path }, index) => {
    const earlier = items.findIndex((item) => item.name === name);
    const first = items[earlier];
    if (first === undefined || earlier === index) return [];
    const { line } = source.problemAt(first.path, '');
    return [
      source.problemAt(
        path,
        `is "${name}", which ${pathToText(first.path)} in line ${line} has already; change or remove one`,
      ),
    ];
  });
}

function unknown(source: Source<unknown>, items: readonly Named[], known: Known): readonly Problem[] {
  const { kind, names } = known;
  if (names === null) return [];
  return items.flatMap(({ name, path }) =>
    names.includes(name)
      ? []
      : [source.problemAt(path, `is "${name}"; there is no such ${kind}: write ${oneOf(names, name)}`)],
  );
}
