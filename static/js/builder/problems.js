// What does not fit: where it is said, and the edits that mend it.

import { element } from "../shared/elements.js";
import { fill } from "../shared/texts.js";
import { exampleOf } from "./examples.js";

/** @import {Cure, Schema, Status, Words} from "./schema.js" */

/**
 * The example that a problem is about, where it is not the shown one.
 * @param {(string|number)[]} loc
 * @param {Schema} schema
 * @param {Status} status
 * @param {number|null} example
 */
export function elsewhere(loc, schema, status, example) {
  const of = exampleOf(loc, schema, status);
  return of === example ? null : of;
}

/**
 * What does not fit, where it stands beside no field; of another example, with the way there.
 * @param {Words} texts
 * @param {string} msg
 * @param {number|null} other
 */
export function looseOf(texts, msg, other) {
  if (other === null) return [element("p", { class: "wrong", role: "alert" }, msg)];
  const n = other + 1;
  const said = fill(texts.at_example, { n, said: msg });
  return [
    element("p", { class: "wrong", role: "alert" }, said),
    element(
      "button",
      { type: "button", "data-example-at": other },
      fill(texts.show_example, { n }),
    ),
  ];
}

/**
 * The nearest edits with which it fits, as buttons.
 * @param {Cure[]} cures
 */
export function curesOf(cures) {
  if (!cures.length) return null;
  return element(
    "div",
    { class: "cures" },
    ...cures.map(({ edit, label }) =>
      element("button", { type: "button", "data-edit": JSON.stringify(edit) }, label),
    ),
  );
}
