/** The web chat's way out: nothing leaves. The widget's stream reads the outbox, and drops what it has by delivery id. */
import type { SendOutcome, Target } from '../channel.ts';

/** Sent as soon as it is recorded; the delivery id is the id the widget sees. */
export function leaveInOutbox(target: Pick<Target, 'id'>): SendOutcome {
  return { kind: 'sent', platformId: target.id };
}
