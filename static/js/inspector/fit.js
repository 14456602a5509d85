// The receipt's numbers fit beside each other, in the fonts of this browser and beside its scrollbar.

const SIZES = [12.5, 11.5, 11];

/**
 * Writes a table smaller, as far as it takes to fit into the box that scrolls it.
 * @param {HTMLElement|null} table
 */
export function fitTable(table) {
  const box = table?.parentElement;
  if (!table || !box) return;
  table.style.fontSize = "";
  table.classList.remove("tight", "tightest");
  // Each comparison lays the table out: the sizes that are surely too large are left out.
  const fitting = (SIZES[0] * box.clientWidth) / box.scrollWidth;
  const least = SIZES[SIZES.length - 1];
  for (const size of SIZES.filter((each) => each < fitting || each === least)) {
    if (box.scrollWidth <= box.clientWidth) return;
    table.style.fontSize = `${size}px`;
  }
  // The least size that can be read: now a sign may stand above its number, and at last words break.
  for (const how of ["tight", "tightest"])
    if (box.scrollWidth > box.clientWidth) table.classList.add(how);
}
