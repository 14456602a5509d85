// Requests to the server.

import { reach } from "./reach.js";

/** The status "no content" for an unknown id; browsers would log an error status in the console. */
const NO_LONGER_KNOWN = 204;

/** The base path of the tool: "" at the root of its host, "/gr" below that path. */
export const base = globalThis.document?.documentElement.dataset.base ?? "";

/**
 * @param {string} address
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 */
export function post(address, body, signal) {
  const headers = { "Content-Type": "application/json", "X-Requested-With": "fetch" };
  return reach(base + address, { method: "POST", headers, body: JSON.stringify(body) }, signal);
}

/**
 * Sends a request about the current network: with the id of its trace, which is short, or with the
 * whole network if the server no longer keeps this trace.
 * @param {string} address
 * @param {{id?: string, edits?: object[]|null, network: unknown, example?: number}} source
 *   ``edits``: the changes since the trace; null if they are not known; ``example``: of a batch
 * @param {object} question
 * @param {AbortSignal} [signal]
 */
export async function ask(address, { id, edits, network, example }, question, signal) {
  if (id && edits !== null) {
    const answer = await post(address, { trace: id, edits, example, ...question }, signal);
    if (answer.status !== NO_LONGER_KNOWN) return answer;
  }
  return post(address, { network, example, ...question }, signal);
}

/**
 * The same for a part of the page; returns its HTML, or the problems in words.
 * @param {string} address
 * @param {{id?: string, network: unknown, example?: number}} source
 * @param {object} question
 * @param {AbortSignal} [signal]
 * @returns {Promise<{html: string, problems: string}>}
 */
export async function askForPart(address, source, question, signal) {
  const answer = await ask(address, source, question, signal);
  // An error page of a proxy is HTML too.
  if (answer.ok && answer.headers.get("Content-Type")?.startsWith("text/html"))
    return { html: await answer.text(), problems: "" };
  return { html: "", problems: inWords((await answer.json()).errors) };
}

/**
 * @param {{msg: string}[]} errors
 * @returns {string}
 */
export const inWords = (errors) => errors.map(({ msg }) => msg).join(" ");

/** Milliseconds after which an element shows that it is busy. */
const PATIENCE = 200;

/**
 * Marks an element as busy while a long task runs.
 * @template T
 * @param {Element} element
 * @param {Promise<T>} task
 * @returns {Promise<T>}
 */
export async function busyWhile(element, task) {
  const slow = setTimeout(() => element.setAttribute("aria-busy", "true"), PATIENCE);
  try {
    return await task;
  } finally {
    clearTimeout(slow);
    element.removeAttribute("aria-busy");
  }
}

/**
 * Runs one task at a time, and then the newest waiting one; the others are dropped.
 * @template T
 * @param {(input: T, isOvertaken: () => boolean) => Promise<void>} task ``isOvertaken``: whether a
 *   newer one waits
 * @returns {(input: T) => Promise<void>} done once nothing runs or waits
 */
export function newest(task) {
  let isBusy = false;
  let running = Promise.resolve();
  /** @type {{input: T}|null} */
  let next = null;
  async function run() {
    isBusy = true;
    try {
      while (next) {
        const { input } = next;
        next = null;
        await task(input, () => next !== null);
      }
    } finally {
      isBusy = false;
    }
  }
  /** @param {T} input */
  return function ask(input) {
    next = { input };
    if (!isBusy) running = run();
    return running;
  };
}
