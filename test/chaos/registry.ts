/** The scenarios there are, in the order of the reference; what they once found stands behind them as a regression. */

import { swallowedWakeUp } from './regressions/swallowed-wake-up.ts';
import type { Scenario } from './scenario.ts';
import { killAtRandom } from './scenarios/r01-kill.ts';
import { duplicates } from './scenarios/r02-duplicates.ts';
import { order } from './scenarios/r03-order.ts';
import { staleWorker } from './scenarios/r04-stale-worker.ts';
import { effects } from './scenarios/r05-effects.ts';
import { redisGone } from './scenarios/r06-redis.ts';
import { postgresGone } from './scenarios/r07-postgres.ts';
import { modelTrouble } from './scenarios/r08-model.ts';
import { crisis } from './scenarios/r09-crisis.ts';
import { poison } from './scenarios/r10-poison.ts';
import { burst } from './scenarios/r11-burst.ts';
import { diskFull } from './scenarios/r12-disk-full.ts';
import { slowChannel } from './scenarios/r13-slow-channel.ts';
import { rollingRestart } from './scenarios/r14-rolling-restart.ts';
import { clocks } from './scenarios/r15-clocks.ts';
import { crashPoints } from './scenarios/r16-crash-points.ts';
import { takeover } from './scenarios/r17-takeover.ts';
import { rateLimited } from './scenarios/r18-rate-limited.ts';
import { recorded } from './scenarios/r20-recorded.ts';
import { eventLoop } from './scenarios/r21-event-loop.ts';
import { backup } from './scenarios/r22-backup.ts';

export const SCENARIOS: readonly Scenario[] = [
  killAtRandom,
  swallowedWakeUp,
  duplicates,
  order,
  staleWorker,
  effects,
  redisGone,
  postgresGone,
  modelTrouble,
  crisis,
  poison,
  burst,
  diskFull,
  slowChannel,
  rollingRestart,
  crashPoints,
  takeover,
  clocks,
  rateLimited,
  recorded,
  eventLoop,
  backup,
];
