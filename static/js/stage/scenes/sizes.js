/** ``gutter``, ``mat``: between the maps, of terms as lines and as a mat; ``thumb``: a heatmap's side. */
export const KERNEL = {
  wide: {
    side: 26,
    head: 50,
    gutter: 272,
    mat: 250,
    cell: 92,
    chip: [62, 38],
    font: 18,
    thumb: 84,
  },
  middle: {
    side: 20,
    head: 46,
    gutter: 236,
    mat: 206,
    cell: 76,
    chip: [48, 32],
    font: 14,
    thumb: 56,
  },
  tall: {
    side: 24,
    head: 46,
    gutter: 236,
    mat: 190,
    cell: 84,
    chip: [50, 34],
    font: 15,
    thumb: 64,
  },
  phone: {
    side: 14,
    head: 23,
    gutter: 164,
    mat: 164,
    cell: 48,
    chip: [42, 28],
    font: 13,
    thumb: 40,
  },
};

/** ``open``: the columns of the opening, in which no products are written. */
export const WEIGHTED = {
  wide: {
    ...{ left: 238, right: 38, head: 44, row: 84, gap: 24, drop: 62, pinned: 286, other: 90 },
    ...{ between: 14, source: 120, sum: 96, chip: [90, 50], pad: 8, open: [168, 129], reach: 66 },
    ...{ font: 22, product: 27, title: 14 },
  },
  middle: {
    ...{ left: 116, right: 22, head: 40, row: 70, gap: 22, drop: 54, pinned: 232, other: 68 },
    ...{ between: 10, source: 88, sum: 84, chip: [72, 42], pad: 6, open: [140, 98], reach: 34 },
    ...{ font: 18, product: 22, title: 14 },
  },
  tall: {
    ...{ left: 34, right: 34, head: 44, row: 88, gap: 24, drop: 62, pinned: 276, other: 82 },
    ...{ between: 12, source: 96, sum: 98, chip: [86, 50], pad: 8, open: [160, 120], reach: 58 },
    ...{ font: 20, product: 26, title: 14 },
  },
  phone: {
    ...{ left: 17, right: 16, head: 34, row: 56, gap: 18, drop: 46, pinned: 148, other: 42 },
    ...{ between: 4, source: 52, sum: 72, chip: [50, 36], pad: 5, open: [90, 61], reach: 15 },
    ...{ font: 14, product: 19, title: 14 },
  },
};

// biome-ignore format: a table
/** ``list``: the room of the windows, at the right of the map. */
export const OVERLAP = {
  wide: { side: 34, head: 50, cell: 116, list: 500, pooled: 80, glyph: 54, chip: [72, 44], pitch: 110 },
  middle: { side: 22, head: 46, cell: 84, list: 312, pooled: 62, glyph: 42, chip: [54, 34], pitch: 92 },
  tall: { side: 26, head: 46, cell: 92, list: 360, pooled: 70, glyph: 46, chip: [60, 38], pitch: 104 },
  phone: { side: 14, head: 26, cell: 48, list: 340, pooled: 40, glyph: 30, chip: [44, 28], pitch: 48 },
};

/** ``gutter``: between a window and its pooled cell; ``lane``: outside the plate of a window. */
export const ROUTE = {
  wide: { most: 88, gap: 8, pad: 12, gutter: 76, between: [70, 34], head: 46, side: 40, lane: 12 },
  middle: { most: 74, gap: 7, pad: 9, gutter: 62, between: [44, 30], head: 42, side: 24, lane: 10 },
  tall: { most: 84, gap: 8, pad: 10, gutter: 64, between: [40, 32], head: 44, side: 20, lane: 11 },
  phone: { most: 46, gap: 4, pad: 5, gutter: 34, between: [14, 26], head: 36, side: 10, lane: 8 },
};

/** ``gate``: between an input and its output. */
export const GATE = {
  wide: { most: 94, gate: 40, pad: 8, between: 26, head: 46, side: 22 },
  middle: { most: 76, gate: 34, pad: 6, between: 18, head: 42, side: 18 },
  tall: { most: 84, gate: 36, pad: 6, between: 18, head: 44, side: 20 },
  phone: { most: 52, gate: 22, pad: 3, between: 6, head: 36, side: 10 },
};

/** ``way``: from the output to its bar; ``minus``, ``equals``: around the target. */
export const LOSS = {
  wide: {
    ...{ side: 26, head: 50, name: 66, output: 126, way: 68, bar: 210, minus: 54, target: 62 },
    ...{ equals: 54, card: 320, chip: 106, row: 124, gap: 14, font: 21 },
  },
  middle: {
    ...{ side: 20, head: 44, name: 58, output: 92, way: 38, bar: 124, minus: 38, target: 46 },
    ...{ equals: 38, card: 214, chip: 78, row: 112, gap: 12, font: 16 },
  },
  tall: {
    ...{ side: 24, head: 46, name: 60, output: 110, way: 44, bar: 140, minus: 42, target: 50 },
    ...{ equals: 40, card: 226, chip: 84, row: 124, gap: 14, font: 17 },
  },
  phone: {
    ...{ side: 14, head: 40, name: 0, output: 68, way: 22, bar: 82, minus: 26, target: 32 },
    ...{ equals: 22, card: 88, chip: 76, row: 92, gap: 8, font: 14 },
  },
};

/** ``op``: an operation, ``between`` two of them is the sign; ``gap``: from a map to the chain. */
export const NORMAL = {
  wide: {
    ...{ side: 26, head: 46, cell: 88, gap: 46, chip: [74, 40], op: 62, between: 26, row: 44 },
    ...{ font: 18, small: 14, product: 20 },
  },
  middle: {
    ...{ side: 20, head: 42, cell: 70, gap: 34, chip: [62, 34], op: 50, between: 20, row: 38 },
    ...{ font: 15, small: 12.5, product: 16 },
  },
  tall: {
    ...{ side: 24, head: 44, cell: 84, gap: 40, chip: [66, 36], op: 54, between: 22, row: 42 },
    ...{ font: 16, small: 13, product: 17 },
  },
  phone: {
    ...{ side: 12, head: 36, cell: 50, gap: 22, chip: [54, 30], op: 50, between: 16, row: 36 },
    ...{ font: 14, small: 12, product: 14 },
  },
};

/** Of any pair. */
export const GENERIC = {
  wide: { gutter: 280, cell: 88, chip: [66, 36], font: 18, side: 26, head: 46 },
  middle: { gutter: 210, cell: 70, chip: [54, 32], font: 15, side: 20, head: 42 },
  tall: { gutter: 220, cell: 84, chip: [58, 34], font: 16, side: 24, head: 44 },
  phone: { gutter: 176, cell: 56, chip: [46, 28], font: 13, side: 14, head: 36 },
};

/** ``map``: the largest; ``row``: of the outputs; ``behind``: from plane to plane. */
export const DRAWING = {
  wide: { side: 30, map: 172, bar: 18, row: 28, outputs: 124, behind: 7, gap: 34, lines: 1 },
  middle: { side: 20, map: 112, bar: 14, row: 26, outputs: 96, behind: 5, gap: 18, lines: 1 },
  tall: { side: 24, map: 168, bar: 16, row: 22, outputs: 120, behind: 6, gap: 40, lines: 2 },
  phone: { side: 14, map: 104, bar: 12, row: 15, outputs: 96, behind: 4, gap: 20, lines: 2 },
};
