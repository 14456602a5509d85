// Which part of a picture becomes the input, and its pixels as numbers. No DOM here.

/** Pixels of a picture that is decoded; each takes four bytes. */
export const MOST_PIXELS = 50_000_000;
/** Bytes of a file that is read. */
export const MOST_BYTES = 30_000_000;
/** Luma of red, green and blue: ITU-R BT.601, as Pillow and torchvision use it. */
const GREY = [0.299, 0.587, 0.114];
/** Digits that tell 256 levels apart. */
const LEVELS = 1000;

/**
 * @typedef {{type: "image/png"|"image/jpeg", width: number, height: number}} Header
 * @typedef {{across: number, down: number, size: number}} Frame which part is taken: its place, from
 *   0 (left, top) to 1 (right, bottom), and its size as a share of the largest that fits
 * @typedef {{left: number, top: number, width: number, height: number}} Part in pixels
 */

/**
 * The kind and size of a picture, by the bytes that it begins with.
 * @param {Uint8Array} bytes
 * @returns {Header|null} null: neither PNG nor JPEG, or it ends before its size
 */
export function headerOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const startsWith = (/** @type {number[]} */ ...start) => start.every((b, i) => bytes[i] === b);
  if (startsWith(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return sizeOfPng(view);
  if (startsWith(0xff, 0xd8, 0xff)) return sizeOfJpeg(view);
  return null;
}

/**
 * @param {DataView} view
 * @returns {Header|null}
 */
function sizeOfPng(view) {
  const IHDR = 0x49484452;
  if (view.byteLength < 24 || view.getUint32(12) !== IHDR) return null;
  return sized("image/png", view.getUint32(16), view.getUint32(20));
}

/**
 * @param {DataView} view
 * @returns {Header|null}
 */
function sizeOfJpeg(view) {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    const marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff) return null;
    // 0xFF may be repeated before a marker.
    if (marker === 0xff) at += 1;
    else if (isFrame(marker))
      return sized("image/jpeg", view.getUint16(at + 7), view.getUint16(at + 5));
    // Without a frame before the scan or the end, it has no size.
    else if (marker === 0xda || marker === 0xd9) return null;
    else at += 2 + Math.max(view.getUint16(at + 2), 2);
  }
  return null;
}

/**
 * The markers SOF0 to SOF15; C4, C8 and CC among them mean other things.
 * @param {number} marker
 */
const isFrame = (marker) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/**
 * @param {Header["type"]} type
 * @param {number} width
 * @param {number} height
 * @returns {Header|null}
 */
const sized = (type, width, height) => (width && height ? { type, width, height } : null);

/**
 * The part of a picture that is taken, in the proportions of the grid; it lies inside the picture.
 * @param {{width: number, height: number}} picture
 * @param {{rows: number, columns: number}} grid
 * @param {Frame} frame
 * @returns {Part}
 */
export function partOf(picture, { rows, columns }, { across, down, size }) {
  const scale = size * Math.min(picture.width / columns, picture.height / rows);
  const [width, height] = [columns * scale, rows * scale];
  return {
    left: across * (picture.width - width),
    top: down * (picture.height - height),
    width,
    height,
  };
}

/**
 * A frame that was dragged.
 * @param {{width: number, height: number}} picture
 * @param {{rows: number, columns: number}} grid
 * @param {Frame} frame
 * @param {[number, number]} by pixels of the picture: to the right, down
 * @returns {Frame}
 */
export function dragged(picture, grid, frame, [right, down]) {
  const { width, height } = partOf(picture, grid, frame);
  const moved = (
    /** @type {number} */ place,
    /** @type {number} */ by,
    /** @type {number} */ room,
  ) => (room > 0 ? Math.min(Math.max(place + by / room, 0), 1) : place);
  return {
    ...frame,
    across: moved(frame.across, right, picture.width - width),
    down: moved(frame.down, down, picture.height - height),
  };
}

/**
 * A part of a picture as an input: each cell is the mean of the pixels that it covers, from 0
 * (black) to 1 (full).
 * @param {{data: ArrayLike<number>, width: number, height: number}} pixels four bytes each: red,
 *   green, blue, opacity
 * @param {Part} part
 * @param {number[]} shape 1 channel (grey) or 3 (red, green, blue), rows, columns
 * @param {boolean} isInverted black is 1
 * @returns {number[][][]}
 */
export function gridOf(pixels, part, [channels, rows, columns], isInverted) {
  const down = covers(part.top, part.height, rows, pixels.height);
  const across = covers(part.left, part.width, columns, pixels.width);
  const colours = [0, 1, 2].map((colour) =>
    down.map((lines) => across.map((dots) => meanOf(pixels, lines, dots, colour) / 255)),
  );
  const greyAt = (/** @type {number} */ row, /** @type {number} */ column) =>
    GREY.reduce((sum, share, k) => sum + share * colours[k][row][column], 0);
  const grey = () => colours[0].map((line, r) => line.map((_, c) => greyAt(r, c)));
  const written = (/** @type {number} */ value) =>
    Math.round(LEVELS * (isInverted ? 1 - value : value)) / LEVELS;
  return (channels === 1 ? [grey()] : colours).map((plane) =>
    plane.map((line) => line.map(written)),
  );
}

/**
 * For each of some cells: the pixels it covers along one axis, and how much of each.
 * @param {number} start
 * @param {number} length
 * @param {number} count
 * @param {number} most
 * @returns {[number, number][][]}
 */
function covers(start, length, count, most) {
  const step = length / count;
  return Array.from({ length: count }, (_, i) => {
    const [from, to] = [start + i * step, start + (i + 1) * step];
    /** @type {[number, number][]} */
    const covered = [];
    for (let at = Math.floor(from); at < Math.min(to, most); at += 1)
      covered.push([at, Math.min(at + 1, to) - Math.max(at, from)]);
    return covered.filter(([, share]) => share > 0);
  });
}

/**
 * @param {{data: ArrayLike<number>, width: number}} pixels
 * @param {[number, number][]} lines
 * @param {[number, number][]} dots
 * @param {number} colour
 */
function meanOf({ data, width }, lines, dots, colour) {
  let sum = 0;
  let weight = 0;
  for (const [row, high] of lines)
    for (const [column, wide] of dots) {
      sum += high * wide * data[4 * (row * width + column) + colour];
      weight += high * wide;
    }
  return sum / weight;
}
