/** Loaded before a server of a test: at SIGUSR2 the thread of its embedded engine ends, as a crash of the engine would end it. */
import { Worker } from 'node:worker_threads';

const engines = new Set<Worker>();
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (this: Worker, message: unknown, ...more: never[]): void {
  // Only the engine is asked for exchanges.
  if (typeof message === 'object' && message !== null && 'what' in message) engines.add(this);
  post.call(this, message, ...more);
};
process.on('SIGUSR2', () => {
  for (const engine of engines) void engine.terminate();
});
