// ZIP files without compression: images are compressed already. Source: PKWARE's APPNOTE, sections 4.3 and 4.4.

const VERSION = 20, UTF8_NAMES = 0x0800;
const CRC_TABLE = Uint32Array.from({length: 256}, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? byte >>> 1 ^ 0xedb88320 : byte >>> 1;
  return byte;
});

/** One ZIP file with the files; their names must differ. */
export async function zip(files) {
  const parts = [], directory = [];
  let offset = 0;
  for (const file of files) {
    const name = new TextEncoder().encode(file.name), header = await entryHeader(file, name);
    const local = [signature(0x04034b50), header, name];
    directory.push(signature(0x02014b50), uint16(VERSION), header, new Uint8Array(10), uint32(offset), name);
    parts.push(...local, file);
    offset += sizeOf(local) + file.size;
  }
  const end = [
    signature(0x06054b50), uint16(0), uint16(0), uint16(files.length), uint16(files.length),
    uint32(sizeOf(directory)), uint32(offset), uint16(0),
  ];
  return new Blob([...parts, ...directory, ...end], {type: 'application/zip'});
}

/** The fields that the local header and the central directory have in common. */
async function entryHeader(file, name) {
  const crc = crc32(new Uint8Array(await file.arrayBuffer()));
  const date = new Date(file.lastModified);
  const time = date.getHours() << 11 | date.getMinutes() << 5 | date.getSeconds() >> 1;
  const day = date.getFullYear() - 1980 << 9 | date.getMonth() + 1 << 5 | date.getDate();
  return concat([
    uint16(VERSION), uint16(UTF8_NAMES), uint16(0), uint16(time), uint16(day), uint32(crc),
    uint32(file.size), uint32(file.size), uint16(name.length), uint16(0),
  ]);
}

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255] ^ crc >>> 8;
  return ~crc >>> 0;
}

const sizeOf = parts => parts.reduce((sum, part) => sum + part.length, 0);

function concat(parts) {
  const joined = new Uint8Array(sizeOf(parts));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const uint16 = value => Uint8Array.of(value, value >> 8);
const uint32 = value => Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
const signature = uint32;
