/** A person as operators see them, in the console and on the command line. */
import { InvalidPayloadError } from '../core/errors.ts';
import type { HandleId } from '../core/ids.ts';
import { strengthOf } from '../core/link.ts';
import type { Memory } from '../memory/memory.ts';
import type { PersonView } from '../memory/people.ts';

const MOVES = 50;

type Names = { readonly memory: Pick<Memory, 'people' | 'journeys'> };

/** The handle somebody named. Throws InvalidPayloadError('not_found') saying how to name one. */
export async function handleNamed(name: string, { memory }: Names): Promise<HandleId> {
  const handle = await memory.people.find(name);
  if (handle) return handle;
  const said = `Nobody is known as "${name.slice(0, 80)}". Write a handle's or a person's id, or <channel>:<address>, e.g. telegram:4711.`;
  throw new InvalidPayloadError('not_found', said, { path: 'person' });
}

/** Throws InvalidPayloadError('not_found'). */
export async function viewPerson(name: string, names: Names): Promise<PersonView> {
  const { people, journeys } = names.memory;
  const person = await people.ofHandle(await handleNamed(name, names));
  const [links, claims, journey, moves] = await Promise.all([
    people.links(person.id),
    people.claims(person.id),
    journeys.get(person.id),
    journeys.moves(person.id, MOVES),
  ]);
  return {
    person,
    links: links.map((link) => ({ ...link, strength: strengthOf(link.proof) })),
    claims,
    journey,
    moves,
  };
}
