/** Notices: what the processes of one installation tell each other at the moment. A lost one costs liveliness, never data. */

/** `down`: from those who make turns to those who show them. `up`: the other way. */
export type NoticeTopic = 'down' | 'up';

/** The longest text a notice may have, in bytes of UTF-8 (PostgreSQL's NOTIFY takes 8000). */
export const MAX_NOTICE_BYTES = 7_900;

export type NoticePort = {
  /** Resolves when it was handed over or given up: nobody waits for a notice, and none is sent twice. */
  publish(topic: NoticeTopic, text: string): Promise<void>;
  /** Hears what other processes publish, and this one too. After a lost connection it listens again by itself. */
  listen(topic: NoticeTopic, hear: (text: string) => void): Promise<void>;
  close(): Promise<void>;
};
