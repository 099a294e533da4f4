/** What every group of routes gets. */
import type { ConsoleAuth } from './auth.ts';
import type { Config } from './config.ts';
import type { Outside } from './outside.ts';
import type { Platform } from './platform.ts';

export type HttpParts = {
  readonly platform: Platform;
  readonly auth: ConsoleAuth;
  readonly config: Config;
  readonly outside: Outside;
  /** Signs visitor tokens. */
  readonly visitorSecret: string;
};
