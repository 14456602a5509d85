import assert from "node:assert/strict";
import test from "node:test";
import { linkIn, stepIn } from "../../../static/js/sharing/address.js";
import { exampleIn, forLink, fromLink, isAlike, openIn } from "../../../static/js/sharing/shown.js";

const step = { phase: "still" };
const grid = (key, shape, planes = 1) => ({ key, shape, planes });
const picture = {
  grids: [
    grid("-1", [3, 16, 16], 3),
    grid("0.weight", [2, 3, 3, 3], 6),
    grid("0", [2, 4, 4]),
    grid("head", [2, 4, 4]),
  ],
  open: { "-1": 1, 0: 0 },
  steps: [step, step, step, step],
  forward: [step, step],
};
const state = {
  picture,
  document: { layers: [] },
  step: 3,
  view: null,
  pinned: null,
  reading: "both",
  wholePass: false,
  byCell: false,
};
const states = {
  "as it opens": {},
  "a step": { step: 1 },
  "the forward pass": { wholePass: true, step: 0 },
  "the end of both passes": { wholePass: true, step: 5 },
  "another scene": { view: 2 },
  "a scene of the forward pass": { wholePass: true, step: 4, view: 1 },
  "a cell": { pinned: { key: "0", at: 13 } },
  "a weight": { pinned: { key: "0.weight", at: 53 } },
  "the head": { pinned: { key: "head", at: 31 } },
  "gradients, cell by cell": { reading: "gradients", byCell: true },
};

for (const [name, parts] of Object.entries(states))
  test(`what a link holds of the page is what it shows again: ${name}`, () => {
    const before = { ...state, ...parts };
    const link = JSON.parse(JSON.stringify(forLink(before, "a-lesson")));
    const { picture, document, ...rest } = before;
    assert.deepEqual(fromLink(link, picture), rest);
    assert.equal(link.lesson, "a-lesson");
    assert.deepEqual(link.network, document);
  });

test("the open channels are held of layers that are drawn one channel at a time", () => {
  const link = forLink(state, null);
  assert.deepEqual(link.shown, { o: { "-1": 1, 0: 0 } });
  assert.deepEqual(openIn(link, picture), { "-1": 1, 0: 0 });
  const small = { ...picture, grids: picture.grids.map((each) => ({ ...each, planes: 1 })) };
  assert.deepEqual(forLink({ ...state, picture: small }, null).shown, {});
});

test("the example of a batch is held where it is not the first", () => {
  const at = (example) => ({ ...picture, open: {}, batch: { example, examples: 3 } });
  const link = forLink({ ...state, picture: at(2) }, null);
  assert.deepEqual(link.shown, { e: 2 });
  assert.equal(exampleIn(link, at(0)), 2);
  assert.deepEqual(forLink({ ...state, picture: at(0) }, null).shown, {});
  for (const e of [3, -1, 0.5, "1", null]) assert.equal(exampleIn({ shown: { e } }, at(0)), 0);
  assert.equal(exampleIn({}, at(1)), 0);
  assert.equal(exampleIn(link, { ...picture, batch: null }), 0);
});

test("what a link asks for that the picture does not have is left out", () => {
  const asked = (parts) => fromLink({ network: {}, ...parts }, picture);
  assert.equal(asked({ step: 99 }).step, 3);
  assert.equal(asked({ step: -99 }).step, 0);
  assert.equal(asked({ shown: { v: 99 } }).view, 3);
  assert.equal(asked({ shown: { v: "2", r: "all" } }).view, null);
  assert.equal(asked({ shown: { r: "all" } }).reading, "both");
  for (const index of [
    [0, 4, 0],
    [0, 0],
    [0, -1, 0],
    [0, 0, 0, 0],
  ])
    assert.equal(asked({ pinned: { layer: 0, index } }).pinned, null);
  assert.equal(asked({ pinned: { layer: 7, index: [0] } }).pinned, null);
  assert.equal(asked({ pinned: { layer: 0, index: [0], parameter: "bias" } }).pinned, null);
  const open = (o) => openIn({ network: {}, shown: { o } }, picture);
  assert.deepEqual(open({ "-1": 3, 0: -1, 7: 0 }), {});
  assert.deepEqual(open({ "-1": "1", 0: 0.5 }), {});
});

test("two states are alike but for their steps where network, cell and view are the same", () => {
  const one = forLink(state, null);
  assert.ok(isAlike(one, forLink({ ...state, step: 0 }, null)));
  assert.ok(!isAlike(one, forLink({ ...state, document: { layers: [] } }, null)));
  assert.ok(!isAlike(one, forLink({ ...state, pinned: { key: "0", at: 0 } }, null)));
  assert.ok(!isAlike(one, forLink({ ...state, reading: "values" }, null)));
});

test("an address has a link, a step, or a place of the page", () => {
  const page = "http://localhost/lesson/ties";
  assert.equal(linkIn(page), undefined);
  assert.equal(linkIn(`${page}#`), "");
  for (const link of ["1", "1.", "1.23.0badcafe.abc_-", "2.x", "12"])
    assert.equal(linkIn(`${page}#${link}`), link);
  for (const place of ["stage", "step=3", "step=-1"])
    assert.equal(linkIn(`${page}#${place}`), undefined);
  assert.equal(stepIn("#step=3"), 3);
  assert.equal(stepIn("#step=-2"), -2);
  for (const nonsense of ["", "#", "#step=", "#step=x", "#step=1.5", "#other"])
    assert.equal(stepIn(nonsense), undefined);
});
