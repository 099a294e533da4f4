/** Screening: the verdict on what came in. */
import { z } from 'zod';

export const Hazard = z.enum(['crisis', 'harm', 'abuse', 'minors', 'injection', 'flood']);
export type Hazard = z.infer<typeof Hazard>;

export const Finding = z.object({
  hazard: Hazard,
  /** Which rule said so; never the person's words. */
  rule: z.string(),
  /** The language the rule is written in, so that the answer can be in it. */
  language: z.string().optional(),
});
export type Finding = z.infer<typeof Finding>;

/** `level` is what the supervisor acts on: crisis overrides everything; harm and abuse go to safety; the rest is telemetry. */
export const Screening = z.object({
  level: z.enum(['clear', 'note', 'safety', 'crisis']),
  findings: z.array(Finding),
});
export type Screening = z.infer<typeof Screening>;

/** Worst finding wins. Injection markers and floods are noted, never a boundary. */
export function screeningOf(findings: readonly Finding[]): Screening {
  const hazards = new Set(findings.map((finding) => finding.hazard));
  const level = hazards.has('crisis')
    ? 'crisis'
    : hazards.has('harm') || hazards.has('abuse') || hazards.has('minors')
      ? 'safety'
      : findings.length > 0
        ? 'note'
        : 'clear';
  return { level, findings: [...findings] };
}
