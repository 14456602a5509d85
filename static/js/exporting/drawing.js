// The present picture as a drawing for a file: the shapes on the screen, between the question and
// the step's sentence.

import { resolved } from "../shared/colours.js";
import { unbroken } from "../shared/texts.js";
import { moment } from "../stage/motion.js";
import { inked } from "../stage/renderer.js";
import { rect, text, widthOf } from "../stage/shapes.js";
import { wrapped } from "./shapes.js";

/** @import {Stage} from "../stage/stage.js" */
/** @import {Drawing, Shape} from "./shapes.js" */

const MARGIN = 24;
const QUESTION = 20;
const SENTENCE = 15;
const LEADING = 1.4;

/**
 * @param {Stage} stage
 * @param {{question: string, sentence: string, title: string, captions: string[]}} words
 *   ``captions``: all captions, to reserve room for the longest
 * @returns {Drawing}
 */
export function draw(stage, { question, sentence, title, captions }) {
  const { composition, spine, origin, scale, room } = stage;
  const width = room.wide;
  const inner = width - 2 * MARGIN;
  const asked = lines(question, QUESTION, 700, inner);
  const told = lines(sentence, SENTENCE, 400, inner);
  const most = Math.max(...captions.map((each) => lines(each, SENTENCE, 400, inner).length));
  const top = MARGIN + asked.length * QUESTION * LEADING;
  // The spine is as wide as the page; it is scaled to the width of the scene.
  const share = Math.min(1, width / stage.frame.clientWidth);
  const spineHigh = origin.y * share;
  const sceneTop = top + Math.min(spineHigh, 110 * share) + 10;
  const captionTop = sceneTop + room.high + 8;
  /** @type {import("../stage/shapes.js").Shape[]} */
  const lettering = [];
  asked.forEach((line, i) => {
    lettering.push(
      text(line, MARGIN, MARGIN + (i + 0.5) * QUESTION * LEADING, QUESTION, {
        weight: 700,
        anchor: "start",
      }),
    );
  });
  told.forEach((line, i) => {
    lettering.push(
      text(line, MARGIN, captionTop + (i + 0.5) * SENTENCE * LEADING, SENTENCE, {
        anchor: "start",
      }),
    );
  });
  const back = rect({ x: 0, y: 0, w: 1, h: 1 }, { fill: "none" });
  return {
    width,
    height: captionTop + most * SENTENCE * LEADING + MARGIN,
    background: resolved("--panel"),
    title,
    description: sentence,
    shapes: [
      ...inked([back, ...lettering]),
      moved(0, top, share, inked(spine?.shapes ?? [])),
      moved(0, sceneTop, scale, inked(moment(composition.shapes, stage.now))),
    ],
  };
}

/**
 * @param {string} words
 * @param {number} size
 * @param {number} weight
 * @param {number} room
 */
const lines = (words, size, weight, room) =>
  wrapped(unbroken(words), room, (line) => widthOf(line, size, weight));

/**
 * @param {number} x
 * @param {number} y
 * @param {number} scale
 * @param {Shape[]} shapes
 * @returns {Shape}
 */
const moved = (x, y, scale, shapes) => ({ kind: "group", title: "", x, y, scale, shapes });
