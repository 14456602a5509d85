// Talking to the server.

/**
 * @param {string} address
 * @param {unknown} body
 * @param {AbortSignal} [signal]
 */
export function post(address, body, signal) {
  return fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
}

/**
 * Runs one task at a time and the newest next: what was asked for in between is dropped.
 * @template T
 * @param {(input: T) => Promise<void>} task
 * @returns {(input: T) => void}
 */
export function newest(task) {
  let busy = false;
  /** @type {{input: T}|null} */
  let next = null;
  /** @param {T} input */
  return async function ask(input) {
    next = { input };
    if (busy) return;
    busy = true;
    try {
      while (next) {
        const current = next;
        next = null;
        await task(current.input);
      }
    } finally {
      busy = false;
    }
  };
}
