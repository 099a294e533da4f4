/** A turn while it runs: its steps as they begin and end, told by the live stream. */
import { useEffect, useState } from 'preact/hooks';
import type { Desk } from './desk.ts';
import { Badge, Part } from './parts.tsx';
import type { RunningTurn } from './running.ts';
import { duration } from './time.ts';
import { Waterfall } from './waterfall-view.tsx';

const FRAME_MS = 200;

export function RunningTurnView({ desk, running }: { readonly desk: Desk; readonly running: RunningTurn }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), FRAME_MS);
    return () => clearInterval(timer);
  }, []);
  const gone = Math.max(0, now - running.startedAt);
  return (
    <>
      <section class="summary">
        <p class="summary-badges">
          <Badge tone="info">running</Badge>
          <span class="summary-time">{duration(gone)}</span>
        </p>
        <p>{desk.isLive.value ? 'The rest appears as soon as the turn has ended.' : 'Waiting for the server.'}</p>
      </section>
      <Part title="Steps so far">
        {running.spans.length === 0 ? (
          <p class="hint">No step has begun yet.</p>
        ) : (
          <Waterfall spans={running.spans} nowMs={gone} />
        )}
      </Part>
    </>
  );
}
