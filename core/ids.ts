/** Branded ids: the one place where strings become ids, and where delivery ids are derived. */
import { z } from 'zod';

export const EventId = z.uuid().brand<'EventId'>();
export type EventId = z.infer<typeof EventId>;
export const HandleId = z.uuid().brand<'HandleId'>();
export type HandleId = z.infer<typeof HandleId>;
export const PersonId = z.uuid().brand<'PersonId'>();
export type PersonId = z.infer<typeof PersonId>;
export const ThreadId = z.uuid().brand<'ThreadId'>();
export type ThreadId = z.infer<typeof ThreadId>;
export const TurnId = z.uuid().brand<'TurnId'>();
export type TurnId = z.infer<typeof TurnId>;
/** `<turn id>.<position>`: the same turn run again writes the same delivery ids. */
export const DeliveryId = z
  .string()
  .regex(/^[0-9a-f-]{36}\.\d+$/)
  .brand<'DeliveryId'>();
export type DeliveryId = z.infer<typeof DeliveryId>;

/** Mints time-ordered UUIDs (version 7). Passed in by the composition root so that tests can repeat a run. */
export type MintId = () => string;

export function mintEventId(mint: MintId): EventId {
  return EventId.parse(mint());
}

export function mintHandleId(mint: MintId): HandleId {
  return HandleId.parse(mint());
}

export function mintPersonId(mint: MintId): PersonId {
  return PersonId.parse(mint());
}

export function mintThreadId(mint: MintId): ThreadId {
  return ThreadId.parse(mint());
}

export function mintTurnId(mint: MintId): TurnId {
  return TurnId.parse(mint());
}

export function deliveryIdOf(turn: TurnId, position: number): DeliveryId {
  return DeliveryId.parse(`${turn}.${position}`);
}
