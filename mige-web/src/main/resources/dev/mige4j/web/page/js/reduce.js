// Smaller copies of images: what the screen shows of a large one, what the model sees of it.

/** Longest side of what the page displays, in pixels. */
const PREVIEW_SIDE = 1600;
/** Images of up to this size are displayed as they are. */
const MAX_DISPLAYED_PIXELS = 4e6;
/** Files of larger images are JPEG, because PNG would have tens of megabytes. */
const MAX_LOSSLESS_PIXELS = 4e6;
const JPEG_QUALITY = 0.95;
const ROWS_AT_A_TIME = 256;

export function scaledSize({width, height}, scale) {
  return {width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale))};
}

/** The size of an image when its longest side is reduced to a maximum. */
export function sizeWithin(size, maxSide) {
  return scaledSize(size, Math.min(1, maxSide / Math.max(size.width, size.height)));
}

/**
 * Draws an image on a new canvas of the size: upright, in sRGB, with its transparency. Throws an error where the
 * browser has no canvas of that size.
 *
 * @param image a file or an image element
 */
export async function drawScaled(image, {width, height}) {
  const canvas = new OffscreenCanvas(width, height), context = canvas.getContext('2d');
  context.fillRect(0, 0, 1, 1);                                 // Safari's canvases stay blank if they are too large
  if (context.getImageData(0, 0, 1, 1).data[3] === 0) throw new Error('The canvas is too large.');
  context.clearRect(0, 0, 1, 1);
  const bitmap = await createImageBitmap(image, {resizeWidth: width, resizeHeight: height, resizeQuality: 'high'});
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return canvas;
}

/** The RGBA values of some rows of a canvas after the others: a copy of all may not fit into memory. */
export function* rowsOf(canvas) {
  const context = canvas.getContext('2d');
  for (let y = 0; y < canvas.height; y += ROWS_AT_A_TIME) {
    yield context.getImageData(0, y, canvas.width, Math.min(ROWS_AT_A_TIME, canvas.height - y)).data;
  }
}

function isTransparent(canvas) {
  for (const rgba of rowsOf(canvas)) for (let i = 3; i < rgba.length; i += 4) if (rgba[i] < 255) return true;
  return false;
}

/** Whether any pixel of a displayed image is transparent, as far as a small copy tells. */
export function hasAlpha(image) {
  const canvas = new OffscreenCanvas(64, 64);
  canvas.getContext('2d').drawImage(image, 0, 0, 64, 64);
  return isTransparent(canvas);
}

/** A canvas as a file: PNG, or JPEG if it is large and opaque. */
export function toFile(canvas) {
  const isLossless = canvas.width * canvas.height <= MAX_LOSSLESS_PIXELS || isTransparent(canvas);
  return canvas.convertToBlob(isLossless ? {type: 'image/png'} : {type: 'image/jpeg', quality: JPEG_QUALITY});
}

let lastPreview = Promise.resolve();

/** A smaller copy to display of an image file with the size; undefined if the image is small. One is made at a time. */
export function previewOf(blob, size) {
  if (size.width * size.height <= MAX_DISPLAYED_PIXELS) return undefined;
  const preview = lastPreview.then(async () => toFile(await drawScaled(blob, sizeWithin(size, PREVIEW_SIDE))));
  lastPreview = preview.catch(() => {});
  return preview.catch(() => undefined);
}
