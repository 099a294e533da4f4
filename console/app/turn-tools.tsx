/** What the agent asked of the platform, and what it asked of the model. */
import type { ToolCall } from '../../core/tool-call.ts';
import type { ModelCall } from '../../core/turn.ts';
import { Badge, Part, Raw, type Tone } from './parts.tsx';
import { duration } from './time.ts';

const OUTCOME_TONES: Readonly<Record<ToolCall['outcome'], Tone>> = { ok: 'good', refused: 'warn', failed: 'bad' };

export function ToolCallsPart({ calls }: { readonly calls: readonly ToolCall[] }) {
  if (calls.length === 0) return null;
  return (
    <Part title="Tool calls" aside={calls.length}>
      <ul class="calls">
        {calls.map((call) => (
          <li>
            <details>
              <summary>
                <code>{call.name}</code>
                <span class="hint">by {call.by}</span>
                <Badge tone={OUTCOME_TONES[call.outcome]}>{call.outcome}</Badge>
                <span class="number">{duration(call.milliseconds)}</span>
                <code class="arguments">{JSON.stringify(call.arguments)}</code>
              </summary>
              <h4>Arguments</h4>
              <Raw value={call.arguments} />
              <h4>Result</h4>
              <Raw value={call.result} />
            </details>
          </li>
        ))}
      </ul>
    </Part>
  );
}

export function ModelCallsPart({ calls }: { readonly calls: readonly ModelCall[] }) {
  if (calls.length === 0) return null;
  return (
    <Part title="Model calls" aside={calls.length}>
      <div class="table">
        <table>
          <thead>
            <tr>
              <th scope="col">agent</th>
              <th scope="col">model</th>
              <th scope="col">outcome</th>
              <th scope="col">time</th>
              <th scope="col">first token</th>
              <th scope="col">tokens in / out</th>
            </tr>
          </thead>
          <tbody>
            {calls.map((call) => (
              <tr>
                <td>{call.agent}</td>
                <td>{call.model}</td>
                <td>
                  <Badge tone={call.outcome === 'ok' ? 'good' : 'bad'}>{call.outcome}</Badge>
                </td>
                <td class="number">{duration(call.milliseconds)}</td>
                <td class="number">{call.firstTokenMs === null ? '–' : duration(call.firstTokenMs)}</td>
                <td class="number">
                  {call.inputTokens} / {call.outputTokens}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Part>
  );
}
