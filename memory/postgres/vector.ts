/** Vectors on their way to the database. */

/** Of dimensions and flags, before the components. */
const HEAD = 4;
const EACH = 4;

/**
 * A parameter in pgvector's own format (`vector_recv`: dimensions, zero, big-endian 32-bit floats): reading 512 numbers out
 * of a text took the embedded engine 1.3 ms.
 */
export function vectorParameter(components: readonly number[]): Buffer {
  const bytes = Buffer.alloc(HEAD + EACH * components.length);
  bytes.writeInt16BE(components.length, 0);
  components.forEach((component, index) => void bytes.writeFloatBE(component, HEAD + EACH * index));
  return bytes;
}
