// How high the step's sentence may be: as high as the longest one, so that none is cut and the scene
// stands still from step to step.

import { unbroken } from "../shared/texts.js";

/** @import {Step} from "../state/picture.js" */

export class Captions {
  /** @param {HTMLElement} place of the sentence, with its number and its label */
  constructor(place) {
    this.place = place;
    /** The height of the longest, in pixels. */
    this.high = 0;
    /** What has been measured: the network's layout, the page's width, and the longest sentence. */
    this.of = { layout: /** @type {string|undefined} */ (undefined), wide: 0, letters: 0 };
  }

  /** The letters have another size. */
  forget() {
    this.of.wide = 0;
  }

  /**
   * Measures the sentences, unless no longer one has come: an edit that makes them shorter moves nothing.
   * @param {Step[]} steps
   * @param {string|undefined} layout
   */
  measure(steps, layout) {
    const { of, place } = this;
    const wide = place.clientWidth;
    const letters = Math.max(...steps.map(({ label, sentence }) => label.length + sentence.length));
    const isSame = layout === of.layout && wide === of.wide;
    if (isSame && letters <= of.letters) return;
    this.of = { layout, wide, letters };
    const copies = steps.map(({ label, sentence }, at) => {
      const copy = /** @type {HTMLElement} */ (place.cloneNode(true));
      const texts = [String(at), label, unbroken(sentence)];
      [...copy.children].forEach((child, i) => {
        child.removeAttribute("id");
        child.textContent = texts[i];
      });
      copy.style.cssText = "visibility: hidden; max-height: none";
      return copy;
    });
    place.after(...copies);
    const high = Math.max(...copies.map(({ offsetHeight }) => offsetHeight));
    for (const copy of copies) copy.remove();
    this.high = isSame ? Math.max(this.high, high) : high;
    place.style.setProperty("--lines", `${this.high}px`);
  }
}
