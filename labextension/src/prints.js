// The print of a cell's text, CRC-32 of its UTF-8, as the kernel takes it when the cell runs.

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});
const encoder = new TextEncoder();

export function printSource(source) {
  let value = 0xffffffff;
  for (const byte of encoder.encode(source)) value = TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
