// Downloads of files that the page makes.

/**
 * @param {Blob} file
 * @param {string} name
 */
export function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // By then, the browser has read the file.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * @param {string} lesson
 * @param {string} what
 * @param {string} kind
 */
export function fileName(lesson, what, kind) {
  const words = `${lesson} ${what}`
    .toLowerCase()
    .replaceAll("×", " times ")
    .match(/[a-z0-9]+/g);
  return `gradient-routing-${words?.join("-")}.${kind}`;
}
