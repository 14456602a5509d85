// What outlives a reload: the network, the text and the files of this tab. Each tab has its own.

const KEY = "checking";
/** Characters; browsers keep about five million for a host. */
const MOST = 4_000_000;
/** Milliseconds: one goes on typing. */
const SOON = 250;

/**
 * @typedef {{name: string, base64: string}} Dropped a file
 * @typedef {object} Kept
 * @property {string} slug of the lesson whose network it is; "own": nobody's
 * @property {any} [document] where it is not the lesson's own
 * @property {string[]} [notes] what is said of it
 * @property {string} text
 * @property {string} of
 * @property {Dropped[]} files
 */

/** @returns {Partial<Kept>} */
export function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

/** @type {(() => Kept)|null} */
let waiting = null;
/** @type {number|undefined} */
let timer;

/**
 * Keeps what a function tells soon, and at the latest when the page is left.
 * @param {() => Kept} tell
 */
export function keep(tell) {
  waiting = tell;
  clearTimeout(timer);
  timer = setTimeout(flush, SOON);
}

function flush() {
  if (!waiting) return;
  const all = waiting();
  waiting = null;
  // What has no room is left out, the largest first; what was typed comes last.
  const some = [
    all,
    { ...all, files: [] },
    { slug: all.slug, text: all.text, of: all.of, files: [] },
  ];
  for (const each of some) {
    const text = JSON.stringify(each);
    if (text.length > MOST) continue;
    try {
      sessionStorage.setItem(KEY, text);
      return;
    } catch {
      // No storage, or it is full.
    }
  }
}
window.addEventListener("pagehide", flush);
