// Smaller copies of images: what the screen shows of a large one, what the model sees of it.

/** Longest side of what the page displays, in pixels. */
const PREVIEW_SIDE = 1600;
/** Images of up to this size are displayed as they are. */
const MAX_DISPLAYED_PIXELS = 4e6;
const JPEG_QUALITY = 0.92;
const ROWS_AT_A_TIME = 256;

/** The size of an image when its longest side is reduced to a maximum. */
export function sizeWithin({width, height}, maxSide) {
  return scaledSize({width, height}, Math.min(1, maxSide / Math.max(width, height)));
}

export function scaledSize({width, height}, scale) {
  return {width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale))};
}

/**
 * Draws an image on a new canvas of the size: upright, in sRGB, with its transparency. Throws an error where the
 * browser has no canvas of that size.
 *
 * @param image a file, or an image element
 */
export async function drawScaled(image, {width, height}) {
  const canvas = new OffscreenCanvas(width, height), context = canvas.getContext('2d');
  context.fillRect(0, 0, 1, 1);                                 // too large canvases of Safari stay blank
  if (context.getImageData(0, 0, 1, 1).data[3] === 0) throw new Error('The canvas is too large.');
  context.clearRect(0, 0, 1, 1);
  const bitmap = await createImageBitmap(image, {resizeWidth: width, resizeHeight: height, resizeQuality: 'high'});
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return canvas;
}

/** Calls a function with the RGBA values of some rows after the other, so that no copy of a large canvas is made. */
export function forRows(canvas, consumer) {
  const context = canvas.getContext('2d');
  for (let y = 0; y < canvas.height; y += ROWS_AT_A_TIME) {
    const rows = Math.min(ROWS_AT_A_TIME, canvas.height - y);
    consumer(context.getImageData(0, y, canvas.width, rows).data);
  }
}

/** Whether any pixel of a canvas is transparent. */
export function isTransparent(canvas) {
  let transparent = false;
  forRows(canvas, rgba => {
    for (let i = 3; i < rgba.length && !transparent; i += 4) transparent = rgba[i] < 255;
  });
  return transparent;
}

/** A canvas as a file: JPEG, or PNG where JPEG would lose transparency. */
export function toFile(canvas) {
  return canvas.convertToBlob(isTransparent(canvas)
    ? {type: 'image/png'}
    : {type: 'image/jpeg', quality: JPEG_QUALITY});
}

let lastPreview = Promise.resolve();

/** A smaller copy to display of an image file; undefined if it is small itself. One is made at a time. */
export function previewOf(blob, size) {
  if (size.width * size.height <= MAX_DISPLAYED_PIXELS) return undefined;
  const preview = lastPreview.then(async () => toFile(await drawScaled(blob, sizeWithin(size, PREVIEW_SIDE))));
  lastPreview = preview.catch(() => {});
  return preview.catch(() => undefined);
}
