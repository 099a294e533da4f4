/** Who may hear a fact (audience) and what a thread may hear (clearance). The same rule is SQL in memory/postgres. */
import { z } from 'zod';
import { PersonId } from './ids.ts';

/** public: everybody · members: people known to the site · person: this person on any thread · private: this person, private threads only · operators: never in a prompt. */
export const Audience = z.enum(['public', 'members', 'person', 'private', 'operators']);
export type Audience = z.infer<typeof Audience>;

/** How widely what we write on a thread can be read. */
export const Clearance = z.enum(['public', 'members', 'private']);
export type Clearance = z.infer<typeof Clearance>;

/** What a recall may return: the thread's clearance, whether the person is a proven member, and whose rows. */
export const Hearing = z.object({ clearance: Clearance, isMember: z.boolean(), person: PersonId });
export type Hearing = z.infer<typeof Hearing>;

/**
 * The audiences a thread may hear. A public thread never hears what is the person's own, not even to the person
 * themself, because everybody reads the answer.
 */
export function audiencesHeard(hearing: Pick<Hearing, 'clearance' | 'isMember'>): readonly Audience[] {
  switch (hearing.clearance) {
    case 'public':
      return ['public'];
    case 'members':
      return hearing.isMember ? ['public', 'members'] : ['public'];
    case 'private':
      return hearing.isMember ? ['public', 'members', 'person', 'private'] : ['public', 'person', 'private'];
  }
}
