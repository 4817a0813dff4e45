// What an ONNX file says of itself: runtimes in browsers do not tell.

/** Fields of a protobuf message, as [number, bytes or integer]: https://protobuf.dev/programming-guides/encoding */
function* fields(bytes) {
  let at = 0;
  const integer = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * factor;
      if (!(byte & 128)) return value;
    }
  };
  while (at < bytes.length) {
    const key = integer();
    const [number, type] = [Math.floor(key / 8), key % 8];
    if (type === 0) yield [number, integer()];
    else {
      const length = type === 2 ? integer() : type === 1 ? 8 : 4;
      yield [number, bytes.subarray(at, (at += length))];
    }
  }
}

/** The lines of the metadata entry "labels" of a ModelProto (field 14: key 1, value 2); none if it has no such entry. */
export function classNames(model) {
  for (const [number, entry] of fields(model)) {
    if (number !== 14) continue;
    const [key, value] = [1, 2].map((wanted) => Array.from(fields(entry)).find(([n]) => n === wanted)?.[1]);
    const text = (bytes) => new TextDecoder().decode(bytes ?? new Uint8Array());
    if (text(key) === "labels") return text(value).split("\n");
  }
  return [];
}
