// The images of the page: adding, naming, finding by hash, choosing files.
import {$, showAlert} from './dom.js';
import {events, images, state} from './state.js';
import {drawScaled, previewOf, rowsOf, scaledSize, sizeWithin, toFile} from './reduce.js';

/** Limits of the server until it has told its own. */
const DEFAULT_LIMITS = {body_bytes: 64 << 20, image_pixels: 64e6, image_side: 16384};
/** The part of a request that one image may take; the rest is for the others. */
const BODY_SHARE = 0.85;
/** Images of the prompt are sent with this longest side at most, several times what any model sees of them. */
const REFERENCE_SIDE = 1024;
/** Larger images are not hashed: it takes long. */
const MAX_HASHED_PIXELS = 16e6;
/** A browser that has no canvas of this many pixels cannot reduce images. */
const MIN_CANVAS_PIXELS = 1e6;
const ADVICE = 'Save it as JPEG or PNG and choose that file.';
/** What every browser displays; a file of such a type that it does not display is damaged. */
const DISPLAYED = /^image\/(png|jpeg|gif|bmp|webp|svg\+xml)$/;
/** Formats that some browsers display and the server does not read, by the first bytes of a file. */
const PHOTO_FORMATS = {
  HEIC: /^....ftyp(hei|hev|mif1|msf1)/s,
  AVIF: /^....ftypavi/s,
  'JPEG XL': /^(\xff\x0a|\0\0\0\x0cJXL )/,
};

/** Adds an image, see {@link readImage}. */
export async function addImage(file, name = uniqueName(file.name)) {
  const label = file.name || name;
  return addStored({name, label, ...await readImage(file, label)});
}

/**
 * Reads an image as {blob, width, height, note, preview}. What the server does not read is converted, what exceeds its
 * limits is reduced. An image that only the server reads is sent as it is, without a size. Throws an error with a
 * message for the user if the image is damaged, or in a format that neither reads.
 */
export async function readImage(file, label = file.name) {
  const url = URL.createObjectURL(file);
  try {
    const element = await loadImage(url).catch(() => null);
    if (!element) await requireReadable(file, label);
    return element ? await prepare(file, element, label) : {blob: file};
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Throws an error for a file that this browser does not display, unless the server reads it. */
async function requireReadable(file, label) {
  if (DISPLAYED.test(file.type)) throw new Error(`“${label}” is damaged or not an image.`);
  if (!isAccepted(file)) {
    const start = new TextDecoder('latin1').decode(await file.slice(0, 16).arrayBuffer());
    const format = Object.keys(PHOTO_FORMATS).find(candidate => PHOTO_FORMATS[candidate].test(start));
    throw new Error(`“${label}”: ${format ?? 'such'} images cannot be read by this browser or the server. ${ADVICE}`);
  }
  if (file.size > maxBytes()) {
    throw new Error(`“${label}” has ${megabytes(file.size)}, the server takes ${megabytes(maxBytes())} per image, and`
      + ` this browser cannot reduce it. ${ADVICE}`);
  }
}

/** What is kept of a displayed file: itself, or a copy that the server takes. */
async function prepare(file, element, label) {
  const original = {width: element.naturalWidth, height: element.naturalHeight};
  const {blob, width, height} = isAccepted(file) && isWithinLimits(file, original)
    ? {blob: file, ...original}
    : await convert(element, original, label);
  const note = isWithinLimits(file, original) && width === original.width ? '' : `The file has ${original.width} ×`
    + ` ${original.height} pixels and ${megabytes(file.size)}, more than`
    + ` ${isWithinLimits(file, original) ? 'this browser can convert' : 'the server takes'}. It was reduced. `;
  return {blob, width, height, note, preview: await previewOf(blob, {width, height})};
}

const limits = () => ({...DEFAULT_LIMITS, ...state.modelInfo?.mige.limits});
const maxBytes = () => BODY_SHARE * limits().body_bytes;
const megabytes = bytes => `${(bytes / 1048576).toPrecision(2)} MB`;

function isWithinLimits(file, {width, height}) {
  const {image_pixels: pixels, image_side: side} = limits();
  return file.size <= maxBytes() && width * height <= pixels && Math.max(width, height) <= side;
}

/** A copy of an image within the limits of the server, and as large as the browser can draw it. */
async function convert(element, original, label) {
  const {image_pixels: pixels, image_side: side} = limits();
  const maxScale = Math.min(1, Math.sqrt(pixels / (original.width * original.height)));
  let size = sizeWithin(scaledSize(original, maxScale), side);
  for (;;) {
    const canvas = await drawScaled(element, size).catch(() => null);
    const blob = canvas && await toFile(canvas);
    if (blob && blob.size <= maxBytes()) return {blob, ...size};
    if (size.width * size.height < MIN_CANVAS_PIXELS && !canvas) {
      throw new Error(`“${label}” cannot be converted by this browser. ${ADVICE}`);
    }
    size = scaledSize(size, blob ? 0.95 * Math.sqrt(maxBytes() / blob.size) : 0.7);
  }
}

/**
 * Adds an image that is prepared, with a thumbnail of its extension if only the server reads it: a stored
 * one, or one with {name, blob, width, height, preview}.
 */
export function addStored(stored) {
  const {name, blob, preview, width, label} = stored;
  const image = {...stored, url: width ? URL.createObjectURL(preview ?? blob) : thumbnailOf(label)};
  images.set(name, image);
  return image;
}

/** The part of an image to store. */
export function toStored({url, reference, ...stored}) {
  return stored;
}

/** The result as an image of the page. */
export function addResultImage(result) {
  const {job, index, blob, preview, width, height} = result;
  const added = [...images.values()].find(image => image.job === job && image.index === index);
  const name = uniqueName(`result ${state.results.indexOf(result) + 1}`);
  return added ?? addStored({name, blob, preview, width, height, job, index, isRetained: true});
}

/** Sends results in full from now on, because the server has deleted one. */
export async function forgetRetained() {
  for (const image of [...images.values()].filter(each => each.isRetained)) {
    image.isRetained = false;
    if (isWithinLimits(image.blob, image)) continue;
    const url = URL.createObjectURL(image.blob);
    Object.assign(image, await prepare(image.blob, await loadImage(url), image.name));
    URL.revokeObjectURL(url);
  }
}

function inputFormats() {
  return state.modelInfo?.mige.input_formats ?? [];
}

/** Whether the server reads the type of a file; before its formats are known, it decides. */
function isAccepted(file) {
  const extension = /\.(\w+)$/.exec(file.name)?.[1].toLowerCase();
  return !inputFormats().length || inputFormats().some(format =>
    file.type ? format.media_type === file.type : format.extensions.includes(extension));
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

export function loadImage(url) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = url;
  });
}

// ---- what is sent, and its hash

/** What is sent of an image in the prompt: a PNG file of a reduced copy if it is large. */
export function referenceOf(image) {
  if (!image.width || Math.max(image.width, image.height) <= REFERENCE_SIDE) return image.blob;
  image.reference ??= drawScaled(image.blob, sizeWithin(image, REFERENCE_SIDE)).then(async canvas => {
    image.referenceHash ??= await pixelHash(canvas);
    return canvas.convertToBlob({type: 'image/png'});
  }).catch(() => image.blob);
  return image.reference;
}

/**
 * Takes the hashes of the images of a request from the recipe of its result: the server may have decoded them
 * differently in the last bit, and large ones are not hashed here.
 */
export function learnHashes({parts, images: sent, source}, recipe) {
  const imageOf = name => findByBlob(sent.find(image => image.name === name)?.blob) ?? {};
  parts.filter(part => part.name !== undefined).forEach(({name}, i) => {
    imageOf(name).referenceHash = recipe.images[i];
  });
  if (source) imageOf(source).hash = recipe.source;
}

export function findByBlob(blob) {
  return [...images.values()].find(image => image.blob === blob);
}

/** Computes the hashes of images and results that are not known yet, except those of large ones. */
export async function hashAll(hashed) {
  for (const image of hashed) {
    if (!image.hash && image.width * image.height <= MAX_HASHED_PIXELS) {
      const canvas = await drawScaled(image.blob, image).catch(() => null);
      if (canvas) image.hash = await pixelHash(canvas);
    }
    await referenceOf(image);
  }
}

/** The image or result of which all pixels or the sent copy have this hash, if any. */
export function findByHash(hash, candidates) {
  return candidates.find(image => hash && [image.hash, image.referenceHash].includes(hash));
}

/**
 * SHA-256 of size and RGB pixels on black, by which recipes identify images. Null where the browser has no
 * crypto.subtle (neither https nor localhost).
 */
async function pixelHash(canvas) {
  if (!crypto.subtle) return null;
  const header = new TextEncoder().encode(`${canvas.width}x${canvas.height}`);
  const bytes = new Uint8Array(header.length + 3 * canvas.width * canvas.height);
  bytes.set(header);
  let to = header.length;
  for (const rgba of rowsOf(canvas)) {
    for (let from = 0; from < rgba.length; from += 4) {
      const alpha = rgba[from + 3];
      for (let channel = 0; channel < 3; channel++) {
        bytes[to++] = Math.floor((rgba[from + channel] * alpha + 127) / 255);
      }
    }
  }
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/** The image files of a drop or paste. What has no type may be an image. */
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
  const formats = inputFormats().flatMap(format => [format.media_type, ...format.extensions.map(name => `.${name}`)]);
  $('file').accept = [...formats, 'image/*'].join();
});
