// What outlives a reload: the reader's numbers in this browser, the step in the address.

/**
 * The document that the reader made of this lesson's, if there is one and the lesson is the same.
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

/** What is still to be kept. */
let keepNow = () => {};
/** @type {number|undefined} */
let timer;
/** Milliseconds: a large network takes some to be written, and one goes on editing. */
const SOON = 300;

/**
 * Keeps a document soon, and at the latest when the page is left.
 * @param {string} lesson
 * @param {unknown} original
 * @param {unknown} now
 */
export function keep(lesson, original, now) {
  keepNow = () => write(lesson, original, now);
  clearTimeout(timer);
  timer = setTimeout(flush, SOON);
}

function flush() {
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
    // No storage, or it is full: the numbers last as long as the page.
  }
}

/**
 * The step that the address names: «#step=3», counted from the start of the backward pass, so that
 * steps of the forward pass are negative.
 * @returns {number|undefined}
 */
export function addressed() {
  const step = new URLSearchParams(location.hash.slice(1)).get("step");
  return step !== null && /^-?\d+$/.test(step) ? Number(step) : undefined;
}

/** @type {number|undefined} */
let naming;
/** Milliseconds: browsers refuse more than a hundred addresses in ten seconds. */
const NAMED = 150;

/**
 * @param {number|undefined} step undefined: the end, which needs no mention
 */
export function address(step) {
  clearTimeout(naming);
  naming = setTimeout(() => {
    const hash = step === undefined ? location.pathname : `#step=${step}`;
    if (step !== addressed()) window.history.replaceState(null, "", hash);
  }, NAMED);
}

/** Whether the reader wants to be asked before the answer is shown. */
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
    // No storage: the choice lasts as long as the page.
  }
}
