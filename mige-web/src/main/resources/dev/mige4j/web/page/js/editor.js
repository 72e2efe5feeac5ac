// The prompt box: text with image chips in it.
import {$, announce, element} from './dom.js';
import {images, stateChanged} from './state.js';
import {addImages, chooseFiles} from './images.js';

export const promptBox = $('prompt');

/** A zero-width space after each chip gives the caret a place to go. */
const CARET_ANCHOR = '\u200b';

function createChip(name) {
  const image = images.get(name);
  const chip = element('span', {className: 'chip', contentEditable: 'false'});
  chip.dataset.name = name;
  chip.setAttribute('role', 'img');
  if (image) {
    chip.append(element('img', {src: image.url, alt: ''}), name);
    chip.setAttribute('aria-label', `image ${name}`);
    chip.title = image.width ? `${name}, ${image.width} × ${image.height}` : name;
  } else {
    chip.dataset.missing = 'true';
    chip.append('choose image');
    chip.setAttribute('aria-label', 'missing image, click to choose');
  }
  return chip;
}

/** The content of the prompt box: a list of {text} and {name, missing}. */
export function promptParts() {
  const parts = [];
  const collect = node => {
    if (node.nodeType === Node.TEXT_NODE) {
      parts.push({text: node.data.replaceAll(CARET_ANCHOR, '').replaceAll('\u00a0', ' ')});
    } else if (node.classList?.contains('chip')) {
      parts.push({name: node.dataset.name, missing: node.dataset.missing === 'true'});
    } else if (node.nodeName === 'BR') {
      parts.push({text: ' '});
    } else {
      if (node !== promptBox && /^(DIV|P)$/.test(node.nodeName) && parts.length) parts.push({text: ' '});
      node.childNodes.forEach(collect);
    }
  };
  collect(promptBox);
  return parts;
}

/** The prompt as the server expects it, with placeholders for the images. */
export function promptText(parts = promptParts()) {
  return joinParts(parts, name => `<image:${name}>`);
}

/** The prompt for display. */
export function promptLabel(parts = promptParts()) {
  return joinParts(parts, name => `▣ ${name}`);
}

function joinParts(parts, formatName) {
  const texts = parts.map(part => part.name === undefined ? part.text : formatName(part.name));
  return texts.join('').replace(/\s+/g, ' ').trim();
}

export function setPromptParts(parts) {
  promptBox.replaceChildren();
  for (const part of parts) {
    if (part.name === undefined) promptBox.append(part.text);
    else promptBox.append(createChip(part.name), CARET_ANCHOR);
  }
  promptChanged();
}

/** The selection in the prompt box, or its end. */
export function caretRange() {
  const selection = getSelection();
  if (selection.rangeCount && promptBox.contains(selection.getRangeAt(0).startContainer)) {
    return selection.getRangeAt(0);
  }
  const range = document.createRange();
  range.selectNodeContents(promptBox);
  range.collapse(false);
  return range;
}

/** Replaces the range by an image chip and puts the caret behind it. */
export function insertChip(name, range = caretRange()) {
  range.deleteContents();
  const chip = createChip(name), anchor = document.createTextNode(CARET_ANCHOR);
  range.insertNode(anchor);
  range.insertNode(chip);
  const caret = document.createRange();
  caret.setStart(anchor, 1);
  caret.collapse(true);
  promptBox.focus();
  getSelection().removeAllRanges();
  getSelection().addRange(caret);
  announce(`image ${name} inserted`);
  promptChanged();
}

/** Adds files and inserts their chips, the first one at the range. */
export async function insertFiles(files, range) {
  for (const [i, image] of (await addImages(files)).entries()) insertChip(image.name, i === 0 ? range : undefined);
}

function promptChanged() {
  promptBox.dataset.empty = String(promptLabel() === '');
  stateChanged();
}

promptBox.addEventListener('input', promptChanged);
promptBox.addEventListener('click', e => {
  const chip = e.target.closest?.('.chip[data-missing=true]');
  if (!chip) return;
  chooseFiles(async files => {
    const [image] = await addImages(files.slice(0, 1));
    if (!image) return;
    chip.replaceWith(createChip(image.name));
    promptChanged();
  });
});
$('add').onclick = () => chooseFiles(files => insertFiles(files));
