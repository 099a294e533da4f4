/** Whoever sends no traces loads nothing of what sends them. */
import type { Telemetry, TelemetryParts } from './telemetry.ts';

/** Null without an endpoint. */
export async function openTraces({
  otlpEndpoint,
  clock,
}: Pick<TelemetryParts, 'clock'> & { readonly otlpEndpoint?: string | null }): Promise<Telemetry | null> {
  if (otlpEndpoint === undefined || otlpEndpoint === null) return null;
  const { openTelemetry } = await import('./telemetry.ts');
  return openTelemetry({ endpoint: otlpEndpoint, clock });
}
