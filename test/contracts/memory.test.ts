/** One suite over every port of Memory, on every engine that is here. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../memory/postgres/index.ts';
import { describeCalls } from '../memory/contract/calls.ts';
import { describeCatalogue } from '../memory/contract/catalogue.ts';
import { describeConversations } from '../memory/contract/conversations.ts';
import { describeDocuments } from '../memory/contract/documents.ts';
import { describeErasures } from '../memory/contract/erasures.ts';
import { describeExemplarLearning } from '../memory/contract/exemplars.ts';
import { describeFacts } from '../memory/contract/facts.ts';
import { describeHealth } from '../memory/contract/health.ts';
import { describeInbox } from '../memory/contract/inbox.ts';
import { describeInstallation } from '../memory/contract/installation.ts';
import { describeKnowledge } from '../memory/contract/knowledge.ts';
import { describeLanes } from '../memory/contract/lanes.ts';
import { describeLinks } from '../memory/contract/links.ts';
import { describeOperators } from '../memory/contract/operators.ts';
import { describeOutbox } from '../memory/contract/outbox.ts';
import { describeOutreach } from '../memory/contract/outreach.ts';
import { describePaces } from '../memory/contract/paces.ts';
import { describePeople } from '../memory/contract/people.ts';
import { describeRetention } from '../memory/contract/retention.ts';
import { describeTurns } from '../memory/contract/turns.ts';
import { OPEN_TIMEOUT_MS, testEngines } from '../support/store.ts';

for (const { name, missing, open: openStore } of testEngines) {
  describe.skipIf(missing !== null)(`memory on ${name}${missing === null ? '' : ` (not run: ${missing})`}`, () => {
    let store: Store;
    const open = (): Store => store;
    beforeAll(async () => {
      store = await openStore();
    }, OPEN_TIMEOUT_MS);
    afterAll(() => store.memory.close());

    describe('inbox', () => describeInbox(open));
    describe('lanes', () => describeLanes(open, { ownClock: name.includes('server') }));
    describe('people, threads and journeys', () => describePeople(open));
    describe('links', () => describeLinks(open));
    describe('calls to action', () => describeCalls(open));
    describe('turns', () => describeTurns(open));
    describe('outbox', () => describeOutbox(open));
    describe('writing first', () => describeOutreach(open));
    describe('health', () => describeHealth(open));
    describe('paces', () => describePaces(open));
    describe('knowledge and exemplars', () => describeKnowledge(open));
    describe('what exemplars teach', () => describeExemplarLearning(open));
    describe('documents', () => describeDocuments(open));
    describe('facts', () => describeFacts(open));
    describe('conversations', () => describeConversations(open));
    describe('catalogue', () => describeCatalogue(open));
    describe('operators', () => describeOperators(open));
    describe('installation', () => describeInstallation(open));
    describe('retention', () => describeRetention(open));
    describe('erasures', () => describeErasures(open));

    it('answers a ping', async () => {
      await expect(open().memory.ping()).resolves.toBeUndefined();
    });
  });
}
