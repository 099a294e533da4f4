/** Every scorer, in the order the documents list them: one literal. A new one costs a folder and a line here. */
import type { AnyScorer } from './scorer.ts';
import { alert } from './scorers/alert/index.ts';
import { cites } from './scorers/cites/index.ts';
import { fallback } from './scorers/fallback/index.ts';
import { handOver } from './scorers/hand-over/index.ts';
import { has } from './scorers/has/index.ts';
import { intent } from './scorers/intent/index.ts';
import { routedTo } from './scorers/routed-to/index.ts';
import { sent } from './scorers/sent/index.ts';
import { status } from './scorers/status/index.ts';
import { ticket } from './scorers/ticket/index.ts';
import { tool } from './scorers/tool/index.ts';

export const scorers: readonly AnyScorer[] = [
  routedTo,
  intent,
  tool,
  sent,
  has,
  cites,
  handOver,
  alert,
  ticket,
  status,
  fallback,
];
