/** The ports of everything the platform knows. `memory/postgres` keeps them; nobody above imports it but the composition root. */
import type { CallPort } from './calls.ts';
import type { CataloguePort } from './catalogue.ts';
import type { DocumentPort } from './documents.ts';
import type { ErasurePort } from './erasures.ts';
import type { ExemplarPort } from './exemplars.ts';
import type { FactPort } from './facts.ts';
import type { GapPort } from './gaps.ts';
import type { HealthPort } from './health.ts';
import type { InboxPort, LanePort } from './inbox.ts';
import type { KnowledgePort } from './knowledge.ts';
import type { LeasePort } from './leases.ts';
import type { OperatorPort } from './operators.ts';
import type { OutboxPort } from './outbox.ts';
import type { OutreachPort } from './outreach.ts';
import type { PacePort } from './paces.ts';
import type { JourneyPort, PeoplePort, ThreadPort } from './people.ts';
import type { RetentionPort } from './retention.ts';
import type { TurnPort } from './turns.ts';

export type Memory = {
  readonly inbox: InboxPort;
  readonly lanes: LanePort;
  readonly leases: LeasePort;
  readonly people: PeoplePort;
  readonly threads: ThreadPort;
  readonly calls: CallPort;
  readonly erasures: ErasurePort;
  readonly retention: RetentionPort;
  readonly journeys: JourneyPort;
  readonly outreach: OutreachPort;
  readonly exemplars: ExemplarPort;
  readonly knowledge: KnowledgePort;
  readonly documents: DocumentPort;
  readonly gaps: GapPort;
  readonly facts: FactPort;
  readonly catalogue: CataloguePort;
  readonly turns: TurnPort;
  readonly outbox: OutboxPort;
  readonly paces: PacePort;
  readonly health: HealthPort;
  readonly operators: OperatorPort;
  /** Throws TransientError('store_down') when the store does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
};
