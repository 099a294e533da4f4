/** Messages of PostgreSQL's wire protocol, as far as the embedded engine's gate looks at them: one byte of type, four of length. */

/** Of type and length. */
export const HEAD = 5;

/** Whole messages, one after the other. */
export function messagesIn(bytes: Uint8Array): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEAD <= bytes.length; ) {
    // The length counts itself and not the type.
    const end = at + 1 + view.getInt32(at + 1);
    messages.push(bytes.subarray(at, end));
    at = end;
  }
  return messages;
}

/** One message. */
export function messageOf(type: string, content: string): Uint8Array {
  const body = Buffer.from(content);
  const head = Buffer.alloc(HEAD);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export function isOfType(message: Uint8Array, type: string): boolean {
  return message[0] === type.charCodeAt(0);
}
