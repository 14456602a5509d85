// A video of the backward pass: when each step is seen, and a canvas recorded in real time.

import { PAUSE, STILL } from "../stage/player.js";

/** @typedef {{step: number, from: number, moving: number, to: number}} Shot milliseconds */

const FRAMES = 30;
/** Milliseconds of the film between two frames at most. */
const FURTHEST = 2000 / FRAMES;
const BITS = 5_000_000;
/** In the order in which they are taken: the first is the smallest file for the same picture. */
const FORMATS = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"];

/**
 * When which step is seen: it moves, and is then looked at, as when it is played.
 * @param {number[]} lasting how long each step moves at the usual speed, in milliseconds
 * @param {number} speed
 * @param {boolean} still no movement: every step at once, and a while to look at it
 * @returns {Shot[]} the first without movement, because nothing comes before it
 */
export function plan(lasting, speed, still) {
  let to = 0;
  return lasting.map((usual, step) => {
    const from = to;
    const moving = still || step === 0 ? 0 : usual / speed;
    to = from + moving + (still ? STILL : PAUSE) / speed;
    return { step, from, moving, to };
  });
}

/**
 * @param {Shot[]} shots
 * @param {number} time
 * @returns {{step: number, progress: number|undefined}} as the player has it: undefined once the
 *   step is done
 */
export function moment(shots, time) {
  const { step, from, moving } = shots.find(({ to }) => time < to) ?? shots[shots.length - 1];
  const past = time - from;
  return { step, progress: past < moving ? past / moving : undefined };
}

/**
 * What this browser records.
 * @returns {string|undefined} a MIME type; undefined where it records nothing
 */
export function format() {
  if (!("MediaRecorder" in window) || !HTMLCanvasElement.prototype.captureStream) return undefined;
  return FORMATS.find((type) => MediaRecorder.isTypeSupported(type));
}

/**
 * Records a canvas while it is drawn anew, frame by frame. Where frames come late, the film takes
 * longer than its length, so that it lacks nothing; while the page is hidden, it stands still.
 * @param {HTMLCanvasElement} canvas
 * @param {string} type as format() gives it
 * @param {number} length in milliseconds
 * @param {(time: number) => void} draw
 * @param {AbortSignal} signal
 * @returns {Promise<Blob|null>} null where it was called off
 */
export async function record(canvas, type, length, draw, signal) {
  draw(0);
  const stream = canvas.captureStream(FRAMES);
  const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: BITS });
  /** @type {Blob[]} */
  const parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const stopped = new Promise((resolve, reject) => {
    recorder.addEventListener("stop", resolve);
    recorder.addEventListener("error", reject);
  });
  recorder.start();
  // A hidden page draws no frames.
  const hide = () => (document.hidden ? recorder.pause() : recorder.resume());
  document.addEventListener("visibilitychange", hide);
  try {
    let drawn = performance.now();
    for (let time = 0; time < length && !signal.aborted; ) {
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      // A millisecond less than a frame: the screen's own frames are not exactly as long.
      if (now - drawn < 1000 / FRAMES - 1) continue;
      time = Math.min(length, time + Math.min(now - drawn, FURTHEST));
      drawn = now;
      draw(time);
    }
    recorder.stop();
    await stopped;
  } finally {
    document.removeEventListener("visibilitychange", hide);
    for (const track of stream.getTracks()) track.stop();
  }
  return signal.aborted ? null : new Blob(parts, { type });
}
