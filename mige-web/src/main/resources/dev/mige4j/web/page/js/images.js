// The images of the page: adding, naming, hashing, choosing files.
import {$, showAlert} from './dom.js';
import {events, images, state} from './state.js';

const DEFAULT_MAX_BYTES = 64 << 20;
/** Larger images are not hashed: it takes long, and not every browser has a canvas of that size. */
const MAX_HASHED_PIXELS = 16e6;
/** What every browser displays; a file of such a type that it does not display is damaged. */
const DISPLAYED = /^image\/(png|jpeg|gif|bmp|webp|svg\+xml)$/;

/**
 * Adds an image. One that the browser cannot display is sent to the server all the same and gets a thumbnail with its
 * extension. Throws an error with a message for the user if it is damaged or too large.
 */
export async function addImage(blob, name = uniqueName(blob.name)) {
  const maxBytes = state.modelInfo?.mige.limits.body_bytes ?? DEFAULT_MAX_BYTES;
  const label = blob.name || name;
  if (blob.size > maxBytes * 0.9) {                             // leaves room for the other parts of the request
    const [size, limit] = [blob.size, maxBytes].map(bytes => Math.round(bytes / 1048576));
    throw new Error(`“${label}” is too large (${size} MB). The limit is ${limit} MB per request.`);
  }
  const url = URL.createObjectURL(blob), loaded = await loadImage(url).catch(() => null);
  if (!loaded && DISPLAYED.test(blob.type)) throw new Error(`“${label}” is damaged or not an image.`);
  if (loaded && !isAccepted(blob)) return addImage(await toPng(loaded), name);
  const image = loaded
    ? {name, blob, url, width: loaded.naturalWidth, height: loaded.naturalHeight, hash: null}
    : {name, blob, url: thumbnailOf(label), hash: null};
  images.set(name, image);
  if (loaded) pixelHash(loaded).then(hash => { image.hash = hash; });
  return image;
}

function inputFormats() {
  return state.modelInfo?.mige.input_formats ?? [];
}

/** Whether the server reads the type of a file; before its formats are known, it decides. */
function isAccepted(blob) {
  return !inputFormats().length || inputFormats().some(format => format.media_type === blob.type);
}

/** A thumbnail with the extension of a file that the browser cannot display. */
function thumbnailOf(label) {
  const extension = (/\.(\w{1,5})$/.exec(label)?.[1] ?? 'image').toUpperCase();
  return 'data:image/svg+xml,' + encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128">'
    + '<rect width="128" height="128" fill="#888"/><text x="64" y="74" text-anchor="middle" font-family="sans-serif" '
    + `font-size="28" fill="#fff">${extension}</text></svg>`);
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
 * (neither https nor localhost), and for large images.
 */
export async function pixelHash(image) {
  const width = image.naturalWidth, height = image.naturalHeight;
  if (!crypto.subtle || width * height > MAX_HASHED_PIXELS) return null;
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

/** Whether any pixel of a displayed image is transparent, as far as a small copy tells. */
export function hasAlpha(image) {
  const side = 64, context = new OffscreenCanvas(side, side).getContext('2d');
  context.drawImage(image, 0, 0, side, side);
  return context.getImageData(0, 0, side, side).data.some((value, i) => i % 4 === 3 && value < 255);
}

/** The image files of a drop or paste. What has no type may be an image; the server says what it is. */
export function imageFilesOf(transfer) {
  return [...(transfer?.files || [])].filter(file => file.type === '' || file.type.startsWith('image/'));
}

/** Opens the file dialog. */
export function chooseFiles(onFiles) {
  const input = $('file');
  input.value = '';
  input.onchange = () => onFiles([...input.files]);
  input.click();
}

events.addEventListener('model', () => {
  $('file').accept = inputFormats()
    .flatMap(format => [format.media_type, ...format.extensions.map(extension => `.${extension}`)]).join();
});
