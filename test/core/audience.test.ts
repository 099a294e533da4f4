/** Who may hear what: every combination of place and membership. */
import { describe, expect, it } from 'vitest';
import { Audience, audiencesHeard, Clearance } from '../../core/audience.ts';

/** Written out by hand: the rule as a person would check it. */
const HEARD: Readonly<Record<string, readonly Audience[]>> = {
  'public stranger': ['public'],
  'public member': ['public'],
  'members stranger': ['public'],
  'members member': ['public', 'members'],
  'private stranger': ['public', 'person', 'private'],
  'private member': ['public', 'members', 'person', 'private'],
};

describe('audiencesHeard', () => {
  for (const clearance of Clearance.options) {
    for (const isMember of [false, true]) {
      const who = isMember ? 'member' : 'stranger';
      const heard = audiencesHeard({ clearance, isMember });
      it.each(Audience.options)(`${clearance} thread, ${who}: %s`, (audience) => {
        expect(heard.includes(audience)).toBe(HEARD[`${clearance} ${who}`]?.includes(audience));
      });
    }
  }

  it('never lets operators’ notes into any thread', () => {
    const all = Clearance.options.flatMap((clearance) => [true, false].map((isMember) => ({ clearance, isMember })));
    expect(all.flatMap(audiencesHeard)).not.toContain('operators');
  });

  it('lets only private threads hear what is the person’s own', () => {
    expect(audiencesHeard({ clearance: 'members', isMember: true })).not.toContain('person');
    expect(audiencesHeard({ clearance: 'public', isMember: true })).toEqual(['public']);
  });
});
