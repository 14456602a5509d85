// Reaching the server: a request that gets no answer is sent again until it gets one.

/** Milliseconds without an answer after which the page says so. */
const PATIENCE = 5000;
/** Milliseconds after which a connection that brought nothing is given up. */
const LIMIT = 60_000;
/** Milliseconds between two attempts: the first pause doubles up to the longest. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
/** What a proxy answers in place of a server that is away. */
const FROM_A_PROXY = [502, 503, 504];
/** The server has too much to do, and says when to ask again. */
const BUSY = 429;

/** @typedef {"away"|"busy"} Trouble */

/** @type {Map<object, Trouble>} the trouble of each request that waits for an answer */
const waiting = new Map();
/** @type {(trouble: Trouble|null) => void} */
let tell = () => {};

/** @param {(trouble: Trouble|null) => void} listener is told why the page waits; null: no longer */
export function whenWaiting(listener) {
  tell = listener;
}

/**
 * Sends a request until it is answered. All requests may be sent twice: none changes anything.
 * @param {string} address
 * @param {RequestInit} request
 * @param {AbortSignal} [signal] ends the attempts; then it throws
 * @returns {Promise<Response>}
 */
export async function reach(address, request, signal) {
  const self = {};
  const silent = setTimeout(() => say(self, "away"), PATIENCE);
  try {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const answer = await attempt(address, request, signal);
      signal?.throwIfAborted();
      if (answer && answer.status !== BUSY) return answer;
      say(self, answer ? "busy" : "away");
      const wanted = 1000 * Number(answer?.headers.get("Retry-After") ?? 0);
      await rest(Math.max(pause, wanted || 0), signal);
      signal?.throwIfAborted();
    }
  } finally {
    clearTimeout(silent);
    say(self, null);
  }
}

/**
 * @param {object} request
 * @param {Trouble|null} trouble
 */
function say(request, trouble) {
  if (trouble) waiting.set(request, trouble);
  else if (!waiting.delete(request)) return;
  const troubles = [...waiting.values()];
  tell(troubles.includes("away") ? "away" : (troubles[0] ?? null));
}

/**
 * @param {string} address
 * @param {RequestInit} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response|null>} null: nobody was there
 */
async function attempt(address, request, signal) {
  const controller = new AbortController();
  const stop = () => controller.abort();
  const limit = setTimeout(stop, LIMIT);
  signal?.addEventListener("abort", stop);
  try {
    const answer = await fetch(address, { ...request, signal: controller.signal });
    const isOurs = answer.headers.get("Content-Type")?.startsWith("application/json");
    return FROM_A_PROXY.includes(answer.status) && !isOurs ? null : answer;
  } catch {
    return null;
  } finally {
    clearTimeout(limit);
    signal?.removeEventListener("abort", stop);
  }
}

/**
 * Waits, but no longer than until the network is back or the attempts are ended.
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function rest(milliseconds, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", end);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    globalThis.addEventListener?.("online", end);
    signal?.addEventListener("abort", end);
  });
}
