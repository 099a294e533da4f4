/** Starts the platform, says where it is, stops it on a signal. */
import { errorCode } from '../core/errors.ts';
import { startApp } from './app.ts';
import { readEnvironment } from './config.ts';
import { createOutside } from './outside.ts';

/** Runs until SIGINT or SIGTERM. Anything that keeps it from starting is one clear message and exit code 1. */
export async function main(): Promise<void> {
  try {
    const config = readEnvironment();
    const app = await startApp(config, createOutside(config.logLevel));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void app.stop().then(() => process.exit(0)));
    }
    const token = app.newAdminToken ? `Console admin token, shown only now: ${app.newAdminToken}\n` : '';
    process.stdout.write(`Throughline is ready: ${app.address}  (console: ${app.address}/console/)\n${token}`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`Throughline did not start (${errorCode(error)}):\n${message}\n`);
    process.exit(1);
  }
}

if (import.meta.main) await main();
