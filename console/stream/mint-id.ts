/** Mints UUIDs in the browser. */

/** A random UUID (version 4). `randomUUID` exists on secure pages only; a page on a local network may be plain http. */
export function mintId(source: Crypto): string {
  if (typeof source.randomUUID === 'function') return source.randomUUID();
  const hex = Array.from(source.getRandomValues(new Uint8Array(16)), (byte, index) => {
    const marked = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return marked.toString(16).padStart(2, '0');
  }).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
