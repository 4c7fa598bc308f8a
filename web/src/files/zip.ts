// Writer of zip archives without compression, which the small files of a program do not need (APPNOTE 6.3.10).
export interface Entry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8_NAMES = 0x0800;
/** 1 January 1980: a fixed date makes equal programs equal archives. */
const DATE = 0x0021;

export function zip(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const encoded = new TextEncoder().encode(name);
    const facts = [VERSION, UTF8_NAMES, 0, 0, DATE];
    const sizes = [crc32(bytes), bytes.length, bytes.length];
    const local = [...record([LOCAL], facts, sizes, [encoded.length, 0]), encoded, bytes];
    directory.push(...record([CENTRAL], [VERSION, ...facts], sizes, [encoded.length, 0, 0, 0, 0], [0, offset]), encoded);
    parts.push(...local);
    offset += length(local);
  }
  const size = length(directory);
  const end = record([END], [0, 0, entries.length, entries.length], [size, offset], [0]);
  return joined([...parts, ...directory, ...end]);
}

/** Fields in little endian: alternating groups of four and of two bytes, beginning with four. */
function record(...groups: readonly (readonly number[])[]): Uint8Array[] {
  return groups.flatMap((group, index) => group.map((value) => little(value, index % 2 === 0 ? 4 : 2)));
}

function little(value: number, bytes: 2 | 4): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes === 4) view.setUint32(0, value, true);
  else view.setUint16(0, value, true);
  return new Uint8Array(view.buffer);
}

export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function length(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length(parts));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
