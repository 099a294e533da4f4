/** Protections that more than one scenario switches off. */
import type { Mutant } from './scenario.ts';

export const ACK_BEFORE_COMMIT: Mutant = {
  name: 'ack before commit',
  expects: /is not in the inbox/,
  patches: [
    {
      file: 'server/webhook-routes.ts',
      find: 'await acceptRequest(platform, connection, { request: requestOf(context, rawBody), now: outside.clock() });',
      replace:
        'void acceptRequest(platform, connection, { request: requestOf(context, rawBody), now: outside.clock() }).catch(() => undefined);',
    },
  ],
};

export const NO_SWEEPER: Mutant = {
  name: 'no sweeper',
  expects: /is still pending|waits in delivery|something slept for/,
  // A queue in the same database hands a dead process's work out again by itself.
  needsServer: true,
  patches: [
    {
      file: 'channels/bridge/sweeper.ts',
      find: 'const timer = setInterval(tick, everyMs);',
      replace: 'const timer = setInterval(() => undefined, everyMs);',
    },
    { file: 'channels/bridge/sweeper.ts', find: '  tick();\n  const timer', replace: '  const timer' },
  ],
};
