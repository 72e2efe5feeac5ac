// Dropped and pasted images.
import {$, showAlert, toast} from './dom.js';
import {imageFilesOf} from './images.js';
import {dropText, insertFiles, insertText, positionsOf, promptBox, promptSelection} from './editor.js';
import {setSourceFile} from './source.js';
import {readRecipe, restoreRecipe} from './recipe.js';

/** Inserts images into the prompt; a file with a recipe restores the recipe instead, unless that is damaged. */
async function insertOrRestore(files, positions = promptSelection()) {
  for (const file of files) {
    const recipe = await readRecipe(file).catch(() => null);
    if (recipe && await restoreRecipe(recipe).then(() => true, () => false)) {
      toast('Settings restored from the image.', 'Insert the image instead', () => insertFiles([file]));
    } else {
      await insertFiles([file], file === files[0] ? positions : undefined);
    }
  }
}

/** Lets an element take dropped image files, and text if there is a function for it. */
export function addDropZone(zone, onFiles, onText) {
  zone.addEventListener('dragover', e => { e.preventDefault(); zone.classList.add('dropping'); });
  zone.addEventListener('dragleave', () => zone.classList.remove('dropping'));
  zone.addEventListener('drop', e => {
    e.preventDefault();
    e.stopPropagation();
    zone.classList.remove('dropping');
    const files = imageFilesOf(e.dataTransfer);
    const text = e.dataTransfer.getData('text/plain');
    if (files.length) onFiles(files, e);
    else if (text && onText) onText(text, e);
    else showAlert('Not an image file.');
  });
}

addDropZone($('source'), setSourceFile);
/** The positions in the prompt where something was dropped. */
function dropPositions(e) {
  const point = document.caretPositionFromPoint?.(e.clientX, e.clientY);
  const range = point
    ? {startContainer: point.offsetNode, startOffset: point.offset}
    : document.caretRangeFromPoint?.(e.clientX, e.clientY);
  if (!range || !promptBox.contains(range.startContainer)) return promptSelection();
  return positionsOf({...range, endContainer: range.startContainer, endOffset: range.startOffset});
}

addDropZone(promptBox.parentElement, (files, e) => insertOrRestore(files, dropPositions(e)),
  (text, e) => dropText(text, dropPositions(e)));
document.addEventListener('dragover', e => e.preventDefault());
document.addEventListener('drop', e => {
  e.preventDefault();
  const files = imageFilesOf(e.dataTransfer);
  if (files.length) insertOrRestore(files);
  else showAlert('Not an image file.');
});

promptBox.addEventListener('paste', e => {
  if (imageFilesOf(e.clipboardData).length) return;             // handled by the document
  e.preventDefault();
  insertText(e.clipboardData.getData('text/plain'));
});
document.addEventListener('paste', e => {
  const files = imageFilesOf(e.clipboardData);
  if (e.defaultPrevented || !files.length || document.querySelector('dialog[open]')) return;
  e.preventDefault();
  insertOrRestore(files);
});
$('source').addEventListener('paste', e => {
  const files = imageFilesOf(e.clipboardData);
  if (!files.length) return;
  e.preventDefault();
  setSourceFile(files);
});
