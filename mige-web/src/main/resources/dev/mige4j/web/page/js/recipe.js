// Recipes in image files: restores the prompt and the settings that an image was generated with.
import {parseJson} from './api.js';
import {$, showAlert} from './dom.js';
import {images, state, stateChanged} from './state.js';
import {addResultImage, findByHash, hashAll} from './images.js';
import {setPromptParts} from './editor.js';
import {setSource} from './source.js';
import {missingLoras, useLoras} from './loras.js';
import {setSeed, settings, showSettings} from './settings.js';

const PNG_SIGNATURE = 0x89504e47;
const TEXT_KEY = 'mige-recipe';
const PLACEHOLDER = '<imagehere>';

/** The recipe in a file, or null if it has none. */
export async function readRecipe(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const isPng = bytes.length >= 8 && new DataView(bytes.buffer).getUint32(0) === PNG_SIGNATURE;
  return isPng ? readPngRecipe(bytes) : readXmpRecipe(bytes);
}

/** From the XMP packet in which JPEG and WebP files store it. */
function readXmpRecipe(bytes) {
  const element = new RegExp(`<mige:${TEXT_KEY}>([^<]*)</`).exec(new TextDecoder().decode(bytes));
  if (!element) return null;
  const parsed = new DOMParser().parseFromString(`<text>${element[1]}</text>`, 'text/xml');
  return parseJson(parsed.documentElement.textContent);
}

function readPngRecipe(bytes) {
  const view = new DataView(bytes.buffer), latin1 = new TextDecoder('latin1');
  for (let offset = 8; offset + 12 <= bytes.length;) {
    const length = view.getUint32(offset), type = latin1.decode(bytes.subarray(offset + 4, offset + 8));
    const data = bytes.subarray(offset + 8, offset + 8 + length);
    if (type === 'tEXt' || type === 'iTXt') {
      const end = data.indexOf(0);
      if (latin1.decode(data.subarray(0, end)) === TEXT_KEY) {
        // iTXt: two flags and two empty strings (language, translated key) come before the text
        return parseJson(type === 'tEXt'
          ? latin1.decode(data.subarray(end + 1))
          : new TextDecoder().decode(data.subarray(end + 5)));
      }
    }
    if (type === 'IEND') return null;
    offset += 12 + length;
  }
  return null;
}

/**
 * Restores prompt, source and settings from a recipe. Recipes contain hashes of their images: images of the page and
 * earlier results are found by hash, others become placeholders for the user to fill.
 */
export async function restoreRecipe(recipe) {
  const imageHashes = recipe.images ?? recipe.pictures;         // files have the second name
  const sourceHash = recipe.source ?? recipe.canvas;
  await hashAll([...images.values(), ...state.results]);
  const parts = [], texts = recipe.instruction.split(PLACEHOLDER);
  texts.forEach((text, i) => {
    if (text) parts.push({text});
    if (i < texts.length - 1) parts.push({name: findImage(imageHashes[i])?.name ?? ''});
  });
  setPromptParts(parts);
  const source = sourceHash ? findImage(sourceHash) : null;
  setSource(source?.name ?? null);
  if (sourceHash && !source) {
    showAlert('The source image of this recipe is not available. Choose the source image and run again.');
  }
  settings.steps = recipe.steps;
  settings.guidance = recipe.guidance;
  settings.size = recipe.size || null;
  settings.image_guidance = sourceHash ? recipe.imageGuidance : null;
  restoreLoras(recipe.loras ?? []);
  setSeed(recipe.seed);
  $('preserve-unchanged').checked = recipe.region === 'auto';
  $('fast').checked = Boolean(recipe.fast);
  $('advanced').open = true;
  showSettings();
  stateChanged();
}

/** Uses the LoRAs of a recipe, which has their names, hashes and scales. */
function restoreLoras(loras) {
  useLoras(loras);
  const names = missingLoras(loras).map(({name}) => `“${name}”`);
  if (names.length) showAlert(`The server does not have the LoRA ${names.join(' and ')} of this recipe.`);
}

/** The image of the page with this hash, or a result, which is added; null if there is none. */
function findImage(hash) {
  const result = () => findByHash(hash, state.results);
  return findByHash(hash, [...images.values()]) ?? (result() ? addResultImage(result()) : null);
}
