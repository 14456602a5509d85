// The receipt fits into its box, in the fonts of this browser and beside its scrollbar.

const SIZES = [12.5, 11.5, 11];
/** A row takes one line where its name fits beside its numbers, if need be in smaller letters. Else the
 * name stands above them, with a zero's reason beside it, or below where it finds no room. */
const IN_ONE_LINE = [["one-line"], ["one-line", "tight"]];
/** At the least size that can be read: less room between the columns, and at last, of numbers with powers
 * of ten, the sign above its number. */
const CLOSER = ["tight", "stacked"];

/**
 * Marks a box of rows as long as more of them lie below.
 * @param {Element} box
 */
export function markScroll(box) {
  const isMore = box.scrollTop + box.clientHeight < box.scrollHeight - 2;
  box.classList.toggle("scrolls", isMore);
}

/**
 * Chooses how the rows of a table stand, and how small, so that it fits into the box that scrolls it.
 * @param {HTMLElement|null} table
 */
export function fitTable(table) {
  const box = table?.parentElement;
  if (!table || !box) return;
  const isWide = () => box.scrollWidth > box.clientWidth;
  table.style.fontSize = "";
  for (const ways of IN_ONE_LINE) {
    table.className = ways.join(" ");
    if (!isWide()) return;
  }
  table.className = "named-above";
  const names = [...table.querySelectorAll("th[scope=row]")];
  if (names.some((name) => name.scrollWidth > box.clientWidth)) table.classList.add("reason-below");
  // Each comparison lays the table out: the sizes that are surely too large are left out.
  const fitting = (SIZES[0] * box.clientWidth) / box.scrollWidth;
  const least = SIZES[SIZES.length - 1];
  for (const size of SIZES.filter((each) => each < fitting || each === least)) {
    if (!isWide()) return;
    table.style.fontSize = `${size}px`;
  }
  for (const how of CLOSER) if (isWide()) table.classList.add(how);
}
