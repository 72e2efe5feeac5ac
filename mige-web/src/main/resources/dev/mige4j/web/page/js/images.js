// The images of the page: adding, naming, hashing, choosing files.
import {$, showAlert} from './dom.js';
import {images, state} from './state.js';

const DEFAULT_MAX_BYTES = 32 << 20;

/** Adds an image. Throws an error with a message for the user if the browser cannot display it or it is too large. */
export async function addImage(blob, name = uniqueName(blob.name)) {
  const maxBytes = state.modelInfo?.mige.limits.body_bytes ?? DEFAULT_MAX_BYTES;
  const label = blob.name || name;
  if (blob.size > maxBytes * 0.9) {                             // leaves room for the other parts of the request
    const [size, limit] = [blob.size, maxBytes].map(bytes => Math.round(bytes / 1048576));
    throw new Error(`“${label}” is too large (${size} MB). The limit is ${limit} MB per request.`);
  }
  const url = URL.createObjectURL(blob);
  const loaded = await loadImage(url).catch(() => {
    throw new Error(`“${label}” cannot be displayed by this browser. `
      + 'Use PNG, JPEG, GIF, BMP, WebP or TIFF (which not every browser displays).');
  });
  if (!/^image\/(png|jpeg|gif|bmp|webp|tiff)$/.test(blob.type)) { // the server supports fewer formats than browsers do
    return addImage(await toPng(loaded), name);
  }
  const image = {name, blob, url, width: loaded.naturalWidth, height: loaded.naturalHeight, hash: null};
  images.set(name, image);
  pixelHash(loaded).then(hash => { image.hash = hash; });
  return image;
}

/** Adds several files and reports those that fail; returns the added images. */
export async function addImages(files) {
  const added = [];
  for (const file of files) {
    try {
      added.push(await addImage(file));
    } catch (e) {
      showAlert(e.message);
    }
  }
  return added;
}

/** A name from a file name that is not in use yet. */
export function uniqueName(fileName = '') {
  const stem = fileName.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
  const base = stem.slice(0, 24).trim() || 'image';
  let name = base;
  for (let i = 2; images.has(name); i++) name = `${base} ${i}`;
  return name;
}

/** The image with this pixel hash, if any. */
export function findByHash(hash) {
  return [...images.values()].find(image => image.hash && image.hash === hash);
}

export function findByBlob(blob) {
  return [...images.values()].find(image => image.blob === blob);
}

export function loadImage(url) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = url;
  });
}

function toPng(image) {
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.convertToBlob({type: 'image/png'});
}

/**
 * SHA-256 of size and RGB pixels, by which recipes identify images. Null where the browser has no crypto.subtle
 * (neither https nor localhost).
 */
export async function pixelHash(image) {
  if (!crypto.subtle) return null;
  const width = image.naturalWidth, height = image.naturalHeight;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.fillStyle = '#000';
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0);
  const rgba = context.getImageData(0, 0, width, height).data;
  const header = new TextEncoder().encode(`${width}x${height}`);
  const bytes = new Uint8Array(header.length + 3 * width * height);
  bytes.set(header);
  for (let from = 0, to = header.length; from < rgba.length; from += 4) {
    for (let channel = 0; channel < 3; channel++) bytes[to++] = rgba[from + channel];
  }
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/** The image files of a drop or paste. */
export function imageFilesOf(transfer) {
  return [...(transfer?.files || [])]
    .filter(file => file.type.startsWith('image/') || /\.(png|jpe?g|gif|bmp|webp|tiff?)$/i.test(file.name));
}

/** Opens the file dialog. */
export function chooseFiles(onFiles) {
  const input = $('file');
  input.value = '';
  input.onchange = () => onFiles([...input.files]);
  input.click();
}
