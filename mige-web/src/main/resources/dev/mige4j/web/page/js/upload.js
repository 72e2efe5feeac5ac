// Dropped and pasted images.
import {$, showAlert, toast} from './dom.js';
import {imageFilesOf} from './images.js';
import {insertFiles, promptBox} from './editor.js';
import {setSourceFile} from './source.js';
import {readRecipe, restoreRecipe} from './recipe.js';

/** Inserts images into the prompt; a PNG file with a recipe restores the recipe instead. */
async function insertOrRestore(files, range) {
  for (const file of files) {
    const recipe = await readRecipe(file).catch(() => null);
    if (recipe) {
      await restoreRecipe(recipe);
      toast('Settings restored from the image.', 'Insert the image instead', () => insertFiles([file]));
    } else {
      await insertFiles([file], range);
    }
  }
}

function addDropZone(zone, onFiles) {
  zone.addEventListener('dragover', e => { e.preventDefault(); zone.classList.add('dropping'); });
  zone.addEventListener('dragleave', () => zone.classList.remove('dropping'));
  zone.addEventListener('drop', e => {
    e.preventDefault();
    e.stopPropagation();
    zone.classList.remove('dropping');
    const files = imageFilesOf(e.dataTransfer);
    if (files.length) onFiles(files, e);
    else showAlert('Not an image file.');
  });
}

addDropZone($('source'), setSourceFile);
addDropZone(promptBox.parentElement, (files, e) => {
  const range = document.caretRangeFromPoint?.(e.clientX, e.clientY);
  insertOrRestore(files, range && promptBox.contains(range.startContainer) ? range : undefined);
});
document.addEventListener('dragover', e => e.preventDefault());
document.addEventListener('drop', e => {
  e.preventDefault();
  insertOrRestore(imageFilesOf(e.dataTransfer));
});

promptBox.addEventListener('paste', e => {
  e.preventDefault();
  const files = imageFilesOf(e.clipboardData);
  if (files.length) return void insertOrRestore(files);
  const text = e.clipboardData.getData('text/plain').replace(/\s+/g, ' ');
  document.execCommand('insertText', false, text);              // deprecated, but keeps the undo history
});
$('source').addEventListener('paste', e => {
  const files = imageFilesOf(e.clipboardData);
  if (!files.length) return;
  e.preventDefault();
  setSourceFile(files);
});
