// Numbers as packing.py packs them: bytes in planes, compressed.

// Into a typed array of `Type`, such as Float32Array.
export async function unpack(view, Type) {
  const stream = new Blob([view]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = Type.BYTES_PER_ELEMENT, count = planes.length / size, bytes = new Uint8Array(planes.length);
  for (let plane = 0, at = 0; plane < size; plane++) {
    for (let i = 0; i < count; i++) bytes[i * size + plane] = planes[at++];
  }
  return new Type(bytes.buffer);
}
