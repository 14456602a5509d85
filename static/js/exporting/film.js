// A video of the backward pass: the times of its steps, and a canvas recorded in real time.

import { PAUSE, STILL } from "../stage/player.js";

/** @typedef {{step: number, from: number, moving: number, to: number}} Shot milliseconds */

const FRAMES = 30;
/** The most milliseconds between two frames of the film. */
const FURTHEST = 2000 / FRAMES;
const BITS = 5_000_000;
/** The formats in order of preference: the first gives the smallest file for the same picture. */
const FORMATS = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"];

/**
 * The times of each step: a movement, and then a pause, as in the player.
 * @param {number[]} lasting the duration of each step's movement in milliseconds, at usual speed
 * @param {number} speed
 * @param {boolean} still without movement: each step appears at once, followed by a pause
 * @returns {Shot[]} the first shot has no movement, because no step comes before it
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
 * @returns {{step: number, progress: number|undefined}} as in the player: undefined after the
 *   movement
 */
export function moment(shots, time) {
  const { step, from, moving } = shots.find(({ to }) => time < to) ?? shots[shots.length - 1];
  const past = time - from;
  return { step, progress: past < moving ? past / moving : undefined };
}

/**
 * The video format that this browser records.
 * @returns {string|undefined} a MIME type; undefined if it records no video
 */
export function format() {
  if (!("MediaRecorder" in window) || !HTMLCanvasElement.prototype.captureStream) return undefined;
  return FORMATS.find((type) => MediaRecorder.isTypeSupported(type));
}

/**
 * Records a canvas while it is redrawn frame by frame. If frames come late, recording takes longer
 * than the film, so that no frame is missing; while the page is hidden, recording pauses.
 * @param {HTMLCanvasElement} canvas
 * @param {string} type as format() gives it
 * @param {number} length in milliseconds
 * @param {(time: number) => void} draw
 * @param {AbortSignal} signal
 * @returns {Promise<Blob|null>} null if it was cancelled
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
      // One millisecond less than a frame, because the screen's frames vary a little.
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
