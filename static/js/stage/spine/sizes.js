// The measures of the spine. No DOM.

/** By scale, in pixels: the places of names, rail and panel, and the side of a small cell. */
export const SPINE = {
  wide: { names: 12, rail: 60, high: 106, cell: 13, side: 30, panel: 0 },
  middle: { names: 12, rail: 52, high: 90, cell: 9.5, side: 22, panel: 0 },
  tall: { names: 12, rail: 52, high: 92, cell: 9, side: 20, panel: 0 },
  phone: { names: 0, rail: 32, high: 68, cell: 8, side: 14, panel: 0 },
};
