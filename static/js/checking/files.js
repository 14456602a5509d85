// Files that are chosen or dropped.

/** @import {Dropped} from "./kept.js" */

const NETWORKS = /\.(json|onnx|onnx\.data)$/i;

/**
 * Whether a file holds a network; others hold gradients.
 * @param {{name: string}} file
 */
export const isNetwork = ({ name }) => NETWORKS.test(name);

/**
 * @param {File} file
 * @returns {Promise<Dropped>}
 */
export function encoded(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      const [, base64 = ""] = String(reader.result).split(",");
      resolve({ name: file.name, base64 });
    });
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}

/**
 * Calls a function with the files that a field is given, which may be the same ones again.
 * @param {HTMLInputElement} field
 * @param {(files: File[]) => void} take
 */
export function listenToField(field, take) {
  field.addEventListener("change", () => {
    const files = [...(field.files ?? [])];
    field.value = "";
    if (files.length) take(files);
  });
}

/**
 * Files can be dropped anywhere on the page.
 * @param {(files: File[], place: Element|null) => void} take
 */
export function listenToDrops(take) {
  const hasFiles = (/** @type {DragEvent} */ event) =>
    event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.dataset.dropping = "";
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) delete document.body.dataset.dropping;
  });
  document.addEventListener("drop", (event) => {
    delete document.body.dataset.dropping;
    if (!hasFiles(event)) return;
    event.preventDefault();
    const place = event.target instanceof Element ? event.target : null;
    take([...(event.dataTransfer?.files ?? [])], place);
  });
}
