/** What handles make together: components of links, and the one state that the states of their handles fold into. Pure. */
import type { HandleId } from './ids.ts';
import type { JourneyState } from './journey.ts';

export type LinkEdge = { readonly a: HandleId; readonly b: HandleId; readonly at: number };

/** A state that was saved by a move of this handle. `at`: any number that grows with time; `order` decides between equals. */
export type SavedState<State> = {
  readonly handle: HandleId;
  readonly at: number;
  readonly order: number;
  readonly state: State;
};

/** Two journeys become one. Must not depend on which is named first. */
export type MergeStates = (a: JourneyState, b: JourneyState) => JourneyState;

/** The handles of each component, in the order they were given, the component of the first handle first. Cycles are harmless. */
export function componentsOf(
  handles: readonly HandleId[],
  edges: readonly Pick<LinkEdge, 'a' | 'b'>[],
): readonly (readonly HandleId[])[] {
  const union = createUnion();
  for (const { a, b } of edges) union.join(a, b);
  const components = new Map<HandleId, HandleId[]>();
  for (const handle of handles) {
    const root = union.rootOf(handle);
    const members = components.get(root) ?? [];
    if (members.length === 0) components.set(root, members);
    members.push(handle);
  }
  return [...components.values()];
}

/**
 * The state of a component: in the order of time, a saved state is the state of whatever its handle was part of then, and a
 * link merges two states into one. All of it must be of one component. Null when nobody ever moved. An edge that was taken
 * away never was.
 */
export function foldStates<State>(
  saved: readonly SavedState<State>[],
  { edges, merge }: { readonly edges: readonly LinkEdge[]; readonly merge: (a: State, b: State) => State },
): State | null {
  const union = createUnion();
  const states = new Map<HandleId, State>();
  const join = ({ a, b }: LinkEdge): void => {
    const [left, right] = [union.rootOf(a), union.rootOf(b)];
    const [ours, theirs] = [states.get(left), states.get(right)];
    const merged =
      ours === undefined || theirs === undefined || left === right ? (ours ?? theirs) : merge(ours, theirs);
    if (merged !== undefined) states.set(union.join(left, right), merged);
    else union.join(left, right);
  };
  for (const step of inTime(saved, edges)) {
    if ('state' in step) states.set(union.rootOf(step.handle), step.state);
    else join(step);
  }
  const [any] = saved;
  return any === undefined ? null : (states.get(union.rootOf(any.handle)) ?? null);
}

/** A move and a link of the same moment: the move came first, so that the link does not lose it. */
function inTime<State>(
  saved: readonly SavedState<State>[],
  edges: readonly LinkEdge[],
): readonly (SavedState<State> | LinkEdge)[] {
  const states = saved.toSorted((x, y) => x.at - y.at || x.order - y.order);
  const links = edges.toSorted((x, y) => x.at - y.at || `${x.a}${x.b}`.localeCompare(`${y.a}${y.b}`));
  return [...states, ...links].toSorted((x, y) => x.at - y.at);
}

type Union = {
  readonly rootOf: (handle: HandleId) => HandleId;
  /** Returns the root both have from now on. */
  readonly join: (a: HandleId, b: HandleId) => HandleId;
};

function createUnion(): Union {
  const parents = new Map<HandleId, HandleId>();
  const rootOf = (handle: HandleId): HandleId => {
    let root = handle;
    for (let up = parents.get(root); up !== undefined; up = parents.get(root)) root = up;
    // Whoever was on the way is hung right below the root, so that the next look is short.
    for (let at = handle; at !== root; ) {
      const up = parents.get(at) ?? root;
      parents.set(at, root);
      at = up;
    }
    return root;
  };
  return {
    rootOf,
    join: (a, b) => {
      const [left, right] = [rootOf(a), rootOf(b)];
      if (left !== right) parents.set(right, left);
      return left;
    },
  };
}

/** Where no definition says which stage is further: the later one counts, and every tag stays. */
export function laterState(a: JourneyState, b: JourneyState): JourneyState {
  const [first, second] = [a, b].toSorted(
    (x, y) => Date.parse(x.since) - Date.parse(y.since) || compare(x.stage, y.stage),
  );
  const later = second ?? first ?? a;
  return { ...later, version: Math.max(a.version, b.version), tags: [...new Set([...a.tags, ...b.tags])].toSorted() };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
