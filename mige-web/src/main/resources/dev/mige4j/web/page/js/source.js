// The source image of an edit.
import {$} from './dom.js';
import {images, state, stateChanged} from './state.js';
import {addImages, chooseFiles} from './images.js';
import {insertChip} from './editor.js';
import {showMask} from './mask.js';
import {showSettings} from './settings.js';

/** Makes an image the source; null: no source, the page generates new images. */
export function setSource(name) {
  const image = images.get(name);
  state.source = image ? name : null;
  state.mask = null;
  $('source').dataset.empty = String(!image);
  $('source-image').hidden = !image;
  if (image) $('source-image').src = image.url;
  $('source-image').alt = image ? name : '';
  $('source-title').textContent = image ? `Source: “${name}”` : 'Source image';
  showSourceHint();
  $('source-tools').hidden = !image;
  $('mask-open').hidden = !image?.width;
  $('generate').textContent = image ? 'Edit' : 'Generate';
  showMask();
  showSettings();
  stateChanged();
}

/** Shows the size of the source, and what was done to it. */
export function showSourceHint() {
  $('source-hint').textContent = sourceHint(images.get(state.source));
}

function sourceHint(image) {
  if (!image) return 'Drop, paste or choose an image to edit. Leave empty to generate a new one.';
  return image.width
    ? `${image.note ?? ''}${image.width} × ${image.height}. The result has the same size.`
    : 'This browser cannot display the image. The result has the same size.';
}

/** Adds the first of the files and makes it the source. */
export async function setSourceFile(files) {
  const [image] = await addImages(files.slice(0, 1));
  if (image) setSource(image.name);
}

$('source-pick').onclick = () => chooseFiles(setSourceFile);
$('source-remove').onclick = () => { setSource(null); $('source-pick').focus(); };
$('source-insert').onclick = () => insertChip(state.source);
