// The state that survives a reload in local storage: the reader's numbers and choices.

/**
 * The reader's edited document of this lesson, if there is one and the lesson is unchanged.
 * @param {string} lesson
 * @param {unknown} original
 * @returns {unknown}
 */
export function kept(lesson, original) {
  try {
    const { from, now } = JSON.parse(localStorage.getItem(`document:${lesson}`) ?? "{}");
    return from === JSON.stringify(original) ? now : undefined;
  } catch {
    return undefined;
  }
}

/** The document that is not stored yet. */
let keepNow = () => {};
/** @type {number|undefined} */
let timer;
/** Milliseconds before a document is stored: writing a large one takes time, and edits go on. */
const SOON = 300;

/**
 * Stores a document soon, and at the latest when the page is left.
 * @param {string} lesson
 * @param {unknown} original
 * @param {unknown} now
 */
export function keep(lesson, original, now) {
  keepNow = () => write(lesson, original, now);
  clearTimeout(timer);
  timer = setTimeout(flush, SOON);
}

/** Keeps at once what is still to be kept. */
export function flush() {
  keepNow();
  keepNow = () => {};
}
window.addEventListener("pagehide", flush);

/**
 * @param {string} lesson
 * @param {unknown} original
 * @param {unknown} now
 */
function write(lesson, original, now) {
  try {
    const key = `document:${lesson}`;
    if (now === original) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify({ from: JSON.stringify(original), now }));
  } catch {
    // There is no storage, or it is full: the numbers are lost with the page.
  }
}

/** Whether the reader wants the question before the answer. */
export function asksFirst() {
  try {
    return localStorage.getItem("ask") !== "no";
  } catch {
    return true;
  }
}

/** @param {boolean} asks */
export function askFirst(asks) {
  try {
    localStorage.setItem("ask", asks ? "yes" : "no");
  } catch {
    // There is no storage: the choice is lost with the page.
  }
}
