/** Roles: which parts of the platform a process plays. One process may play all; many may share one. */
import { z } from 'zod';

/**
 * `ingress`: webhooks, the widget, polling. `worker`: turns. `delivery`: sends. `console`: the operators' page and API.
 */
export const Role = z.enum(['ingress', 'worker', 'delivery', 'console']);
export type Role = z.infer<typeof Role>;
export type Roles = ReadonlySet<Role>;

export const ALL_ROLES: Roles = new Set(Role.options);

/** `all`, one role, or some with commas between. */
export const RolesText = z
  .string()
  .transform((text) => (text === 'all' ? [...Role.options] : text.split(',').map((part) => part.trim())))
  .pipe(z.array(Role).min(1))
  .transform((roles): Roles => new Set(roles));
