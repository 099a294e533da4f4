/** Starts the platform, says where it is, stops it on a signal. */
import { errorCode } from '../core/errors.ts';
import { type App, startApp } from './app.ts';
import { readEnvironment } from './config.ts';
import { createOutside } from './outside.ts';
import { startWatchdog } from './watchdog.ts';

/** How long a stop may take; whoever runs us kills at 30 s. */
const MOST_MS = 29_000;

/** Runs until SIGINT or SIGTERM. Anything that keeps it from starting is one clear message and exit code 1. */
export async function main(): Promise<void> {
  try {
    const config = readEnvironment();
    const app = await startApp(config, createOutside(config.logLevel));
    startWatchdog();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(app));
    const hasConsole = config.roles.has('console') ? `  (console: ${app.address}/console/)` : '';
    const token = app.newAdminToken ? `Console admin token, shown only now: ${app.newAdminToken}\n` : '';
    process.stdout.write(`Throughline is ready: ${app.address}${hasConsole}\n${token}`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`Throughline did not start (${errorCode(error)}):\n${message}\n`);
    process.exit(1);
  }
}

/** Lets what runs finish; a second signal, or too long a wait, ends the process as it is: nothing is lost by that. */
function end(app: App): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  setTimeout(() => process.exit(1), MOST_MS).unref();
  void app.stop().then(() => process.exit(0));
}

if (import.meta.main) await main();
