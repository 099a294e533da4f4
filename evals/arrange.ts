/** Which trials share a world: people are always new, but members come from the books, so a world meets each of them once. Pure. */
import type { ChannelName } from '../core/event.ts';
import type { EvalCase, Suite } from './case.ts';

/** One case, played once. */
export type Trial = {
  readonly suite: string;
  readonly kind: Suite['kind'];
  readonly case: EvalCase;
  /** Counts from 1. */
  readonly repeat: number;
  /** Where turns happen that name no channel. */
  readonly channel: ChannelName;
};

export type Selection = {
  /** `*` stands for any letters, `?` for one. */
  readonly caseGlob?: string;
  readonly tags?: readonly string[];
  /** Instead of what the suites say. */
  readonly repeat?: number;
};

/** Every case that was asked for, as often as it is to be played; all first repeats come first. */
export function selectTrials(suites: readonly Suite[], { caseGlob, tags = [], repeat }: Selection): readonly Trial[] {
  const pattern = caseGlob === undefined ? null : globToPattern(caseGlob);
  const trials = suites.flatMap((suite) =>
    suite.cases
      .filter((one) => (pattern?.test(one.id) ?? true) && tags.every((tag) => one.tags.includes(tag)))
      .flatMap((one) =>
        Array.from({ length: repeat ?? suite.defaults.repeat }, (_, index) => ({
          suite: suite.suite,
          kind: suite.kind,
          case: one,
          repeat: index + 1,
          channel: one.given.channel ?? suite.defaults.channel,
        })),
      ),
  );
  return trials.toSorted((a, b) => a.repeat - b.repeat);
}

type Group = { readonly trials: Trial[]; readonly members: Set<string> };

/**
 * Lists of trials, each for a world of its own: no member twice in one list. There are as few lists as that allows, and
 * at least as many as workers.
 */
export function arrangeTrials(trials: readonly Trial[], workers: number): readonly (readonly Trial[])[] {
  const groups: Group[] = Array.from({ length: workers }, newGroup);
  for (const trial of trials) {
    const { member } = trial.case.given.person;
    const free = groups.filter(({ members }) => member === undefined || !members.has(member));
    const shortest = free.toSorted((a, b) => a.trials.length - b.trials.length)[0] ?? newGroup();
    if (!groups.includes(shortest)) groups.push(shortest);
    shortest.trials.push(trial);
    if (member !== undefined) shortest.members.add(member);
  }
  return groups.map((group) => group.trials).filter((list) => list.length > 0);
}

function newGroup(): Group {
  return { trials: [], members: new Set() };
}

function globToPattern(glob: string): RegExp {
  const escaped = glob.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
