// Small image files that are expensive to decode, for server-attacks.mjs.

const u16 = value => [value >> 8 & 255, value & 255];
const u16le = value => [value & 255, value >> 8 & 255];

/** Writes codes of variable width into bytes, least significant bit first. */
class LzwWriter {
  bytes = [];
  #bits = 0;
  #count = 0;

  put(code, width) {
    this.#bits |= code << this.#count;
    for (this.#count += width; this.#count >= 8; this.#count -= 8, this.#bits >>>= 8) this.bytes.push(this.#bits & 255);
  }

  end() {
    if (this.#count) this.bytes.push(this.#bits & 255);
    return this.bytes;
  }
}

/** A GIF of one colour: its screen claims 10 x 10 pixels, its only frame has width x height. */
export function wideGif(width, height) {
  const [clear, end] = [4, 5], writer = new LzwWriter();
  for (let left = width * height; left > 0;) {
    writer.put(clear, 3);
    writer.put(0, 3);
    left--;
    // each code repeats the run of the one before and adds a pixel
    for (let next = 6, run = 2, bits = 3; next < 4094 && left >= run; next++, run++) {
      writer.put(next, bits);
      left -= run;
      if (next + 1 === 1 << bits && bits < 12) bits++;
    }
    if (left < 2) for (; left > 0; left--) writer.put(0, 3);
  }
  writer.put(end, 12);
  const data = writer.end(), blocks = [];
  for (let i = 0; i < data.length; i += 255) blocks.push(Math.min(255, data.length - i), ...data.slice(i, i + 255));
  return Buffer.from([
    ...Buffer.from('GIF89a'), ...u16le(10), ...u16le(10), 0x80, 0, 0, 10, 20, 200, 200, 200, 200,
    0x2c, 0, 0, 0, 0, ...u16le(width), ...u16le(height), 0, 2, ...blocks, 0, 0x3b,
  ]);
}

/** A grey progressive JPEG with the given number of scans. All but the first are empty and cost a pass over all blocks. */
export function progressiveJpeg(width, height, scans) {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const segment = (marker, content) => [0xff, marker, ...u16(content.length + 2), ...content];
  const table = (id, symbol) => segment(0xc4, [id, 1, ...Array(15).fill(0), symbol]); // one code of one bit: 0
  const END_OF_BAND_RUN = 0xe0; // followed by 14 bits: 0 for a run of 16384 blocks
  const runBytes = Math.ceil(15 * Math.ceil(blocks / 16384) / 8);
  const emptyScan = [...segment(0xda, [1, 1, 0x00, 1, 63, 0x21]), ...Array(runBytes).fill(0)];
  return Buffer.concat([
    Buffer.from([
      0xff, 0xd8, ...segment(0xdb, [0, ...Array(64).fill(1)]),
      ...segment(0xc2, [8, ...u16(height), ...u16(width), 1, 1, 0x11, 0]),
      ...table(0x00, 0), ...table(0x10, END_OF_BAND_RUN), ...segment(0xda, [1, 1, 0x00, 0, 0, 0]),
    ]),
    Buffer.alloc(Math.ceil(blocks / 8)),
    ...Array(scans - 1).fill(Buffer.from(emptyScan)),
    Buffer.from([0xff, 0xd9]),
  ]);
}
