// The state of the page as the fragment of an address, `1.<length>.<crc32>.<data>`, and back; the
// same as on the server (app/share/link.py, which explains the format). It uses no DOM.

import { apply, changes } from "./changes.js";
import { text } from "./plain.js";

export const VERSION = "1";
/** The most characters of a link that fits in a QR code and in every messenger. */
export const SHORT = 400;
/** With more characters, the page offers a file instead. */
export const LONG = 2000;
/** The most characters of a link that is read. */
export const MAX_CHARACTERS = 20_000;
/** The most bytes of a link's JSON. */
export const MAX_INFLATED = 2 ** 18;

/** @typedef {{layer: number, index: number[], parameter?: string}} Cell */
/**
 * @typedef {object} State
 * @property {any} network a document
 * @property {string|null} [lesson] the shipped lesson that it began as
 * @property {Cell|null} [pinned]
 * @property {number|null} [step] of the backward pass
 * @property {Record<string, any>} [shown] the page's own names of what it shows
 */

/** A link that cannot be opened: a code of the texts «link», and the values of this text. */
export class Broken extends Error {
  /**
   * @param {string} code
   * @param {Record<string, string|number>} [named]
   */
  constructor(code, named = {}) {
    super(code);
    this.code = code;
    this.named = named;
  }
}

/**
 * The fragment of a state, without its «#».
 * @param {State} state
 * @param {Record<string, any>} lessons the documents of the shipped lessons by name
 * @throws {Broken} the state is too large for a link that can be read again
 */
export async function write(state, lessons) {
  const json = new TextEncoder().encode(text(contentOf(state, lessons)));
  const data = toBase64(await through(new CompressionStream("deflate-raw"), json));
  const link = `${VERSION}.${data.length}.${checksum(data)}.${data}`;
  if (link.length > MAX_CHARACTERS || json.length > MAX_INFLATED)
    throw new Broken("too_long", { most: MAX_CHARACTERS });
  return link;
}

/**
 * The state that a fragment holds.
 * @param {string} link
 * @param {Record<string, any>} lessons
 * @returns {Promise<State>}
 * @throws {Broken} the link was cut or changed, or its lesson has changed since
 */
export async function read(link, lessons) {
  const raw = toBytes(dataOf(link.replace(/^#/, "")));
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(await inflated(raw));
    const content = JSON.parse(json);
    check(text(content) === json); // Only the one valid form of a state is accepted.
    return stateOf(content, lessons);
  } catch (error) {
    throw error instanceof Broken ? error : new Broken("unreadable");
  }
}

/**
 * CRC-32 of a text, as eight hexadecimal digits.
 * @param {string} of
 */
export function checksum(of) {
  let crc = -1;
  for (const byte of new TextEncoder().encode(of)) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (~crc >>> 0).toString(16).padStart(8, "0");
}

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

// --- characters -----------------------------------------------------------------------------------

/**
 * The data of a complete, unchanged link.
 * @param {string} link
 */
function dataOf(link) {
  if (!link) throw new Broken("empty");
  if (link.length > MAX_CHARACTERS) throw new Broken("too_long", { most: MAX_CHARACTERS });
  const [version, ...rest] = link.split(".");
  if (!/^[1-9][0-9]{0,3}$/.test(version)) throw new Broken("none");
  if (version !== VERSION) throw new Broken("version", { version });
  if (rest.length < 3) throw new Broken("cut_early");
  const [length, crc, data, ...more] = rest;
  if (more.length || !/^[1-9][0-9]{0,4}$/.test(length) || !/^[0-9a-f]{8}$/.test(crc))
    throw new Broken("changed");
  const of = Number(length);
  if (data.length < of) throw new Broken("cut", { got: data.length, of });
  if (data.length > of) throw new Broken("longer", { n: data.length - of });
  if (!/^[A-Za-z0-9_-]+$/.test(data) || checksum(data) !== crc) throw new Broken("changed");
  return data;
}

/** @param {string} data base64url */
function toBytes(data) {
  let binary = "";
  try {
    binary = atob(data.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    throw new Broken("changed");
  }
  const raw = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  // The last character must have no ignored bits.
  if (toBase64(raw) !== data) throw new Broken("changed");
  return raw;
}

/** @param {Uint8Array} raw */
function toBase64(raw) {
  let binary = "";
  for (const byte of raw) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {Uint8Array} raw */
async function inflated(raw) {
  // Not every engine reports bytes after the end. Without the last byte, the end must be missing.
  const complete = await inflate(raw.subarray(0, -1)).catch(() => null);
  if (complete) throw new Broken("unreadable");
  return inflate(raw);
}

/** @param {Uint8Array} raw */
const inflate = (raw) => through(new DecompressionStream("deflate-raw"), raw, MAX_INFLATED);

/**
 * @param {CompressionStream|DecompressionStream} stream
 * @param {Uint8Array} bytes
 * @param {number} [most] the most bytes of output
 */
async function through(stream, bytes, most = Number.POSITIVE_INFINITY) {
  const writer = stream.writable.getWriter();
  // Errors are reported by the reader of the output.
  const quiet = () => {};
  writer.write(/** @type {BufferSource} */ (bytes)).catch(quiet);
  writer.close().catch(quiet);
  const reader = stream.readable.getReader();
  const parts = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > most) {
      reader.cancel().catch(quiet);
      throw new Broken("too_large", { most: most / 1024 });
    }
    parts.push(part.value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// --- what it says ---------------------------------------------------------------------------------

/**
 * @param {State} state
 * @param {Record<string, any>} lessons
 */
function contentOf({ network, lesson, pinned, step, shown }, lessons) {
  /** @type {Record<string, any>} */
  let content = lesson ? { l: lesson, n: network } : { n: network };
  if (lesson) {
    const changed = changes(lessons[lesson], network);
    const byLesson = { l: lesson, h: hashOf(lessons[lesson]) };
    if (changed.length) Object.assign(byLesson, { c: changed });
    // If all numbers changed, the document is shorter than a list of all changes.
    const { length } = text(byLesson);
    if (length <= SHORT || length <= text(content).length) content = byLesson;
  }
  if (pinned) {
    const named = pinned.parameter === undefined ? [] : [pinned.parameter];
    content.p = [pinned.layer, pinned.index, ...named];
  }
  if (step !== undefined && step !== null) content.s = step;
  if (shown && Object.keys(shown).length) content.v = shown;
  return content;
}

/** @type {WeakMap<object, string>} */
const hashes = new WeakMap();

/** @param {any} lesson a document; cached, because LeNet's is slow and every edit writes a link */
function hashOf(lesson) {
  const hash = hashes.get(lesson) ?? checksum(text(lesson));
  hashes.set(lesson, hash);
  return hash;
}

/**
 * @param {any} content
 * @param {Record<string, any>} lessons
 * @returns {State}
 */
function stateOf(content, lessons) {
  check(isFields(content) && Object.keys(content).every((name) => /^[nlhcpsv]$/.test(name)));
  const { l: lesson = null, v: shown = {} } = content;
  check((lesson === null || typeof lesson === "string") && isFields(shown));
  check(!("s" in content) || Number.isInteger(content.s));
  const network = networkOf(content, lesson, lessons);
  return { network, lesson, pinned: pinnedOf(content), step: content.s ?? null, shown };
}

/**
 * @param {any} content
 * @param {string|null} lesson
 * @param {Record<string, any>} lessons
 */
function networkOf(content, lesson, lessons) {
  if ("n" in content) {
    check(isFields(content.n) && !("h" in content) && !("c" in content));
    return content.n;
  }
  check(lesson !== null);
  const name = String(lesson);
  if (!Object.hasOwn(lessons, name)) throw new Broken("no_lesson", { lesson: name.slice(0, 60) });
  if (content.h !== hashOf(lessons[name])) throw new Broken("other_lesson");
  const { c: changed = [] } = content;
  check(Array.isArray(changed));
  return apply(lessons[name], changed);
}

/**
 * @param {any} content
 * @returns {Cell|null}
 */
function pinnedOf(content) {
  if (!("p" in content)) return null;
  const { p: pinned } = content;
  check(Array.isArray(pinned) && Array.isArray(pinned[1]));
  const [layer, index, parameter] = pinned;
  check(
    pinned.length === (parameter === undefined ? 2 : 3) &&
      [layer, ...index].every(Number.isInteger),
  );
  check(parameter === undefined || typeof parameter === "string");
  return parameter === undefined ? { layer, index } : { layer, index, parameter };
}

/** @param {unknown} tree */
const isFields = (tree) => typeof tree === "object" && tree !== null && !Array.isArray(tree);

/** @param {boolean} good */
function check(good) {
  if (!good) throw new Broken("unreadable");
}
