// What a request is made of, as one value: prompt, images, source, mask, settings.
import {$} from './dom.js';
import {images, state} from './state.js';
import {addStored, findByBlob, loadImage, toStored, uniqueName} from './images.js';
import {promptParts, setPromptParts} from './editor.js';
import {copyCanvas, showMask} from './mask.js';
import {useLoras, usedLoras} from './loras.js';
import {setSeed, settings, showSettings} from './settings.js';
import {setSource} from './source.js';

const maskUrls = new WeakMap();

/** The mask as a PNG file in a URL. */
function maskUrl() {
  if (state.mask && !maskUrls.has(state.mask)) maskUrls.set(state.mask, state.mask.toDataURL());
  return state.mask && maskUrls.get(state.mask);
}

/** The present request; images: those in the prompt and the source, as they are stored. */
export function currentForm() {
  const parts = promptParts(), used = new Set([...parts.map(part => part.name), state.source]);
  return {
    parts,
    images: [...images.values()].filter(image => used.has(image.name)).map(toStored),
    source: state.source,
    mask: maskUrl(),
    settings: {...settings},
    loras: usedLoras(),
    seed: $('seed').value,
    preserveUnchanged: $('preserve-unchanged').checked,
    fast: $('fast').checked,
  };
}

/** Shows a request. Its images get other names if others have theirs. */
export async function showForm(form) {
  const names = new Map();
  for (const stored of form.images) {
    const name = images.has(stored.name) ? uniqueName(stored.name) : stored.name;
    names.set(stored.name, (findByBlob(stored.blob) ?? addStored({...stored, name})).name);
  }
  Object.assign(settings, form.settings);
  useLoras(form.loras ?? []);                                   // forms of older versions have none
  setSeed(form.seed);
  $('preserve-unchanged').checked = form.preserveUnchanged;
  $('fast').checked = form.fast;
  setSource(names.get(form.source) ?? null);
  if (form.mask && state.source) {
    const mask = await loadImage(form.mask);
    state.mask = copyCanvas(mask, mask.naturalWidth, mask.naturalHeight);
    showMask();
  }
  setPromptParts(form.parts.map(part => part.name === undefined ? part : {name: names.get(part.name) ?? part.name}));
  showSettings();
}
