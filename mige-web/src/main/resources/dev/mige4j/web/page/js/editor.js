// The prompt box: text with image chips in it. Browsers edit the text; what concerns chips, pasted text, line breaks
// and undo is done here, because they disagree about elements that are not editable.
import {$, announce, element} from './dom.js';
import {images, stateChanged} from './state.js';
import {addImages, chooseFiles} from './images.js';
import {
  isRendered, lengthOf, parsePlaceholders, partsOf, pointAt, positionOf, render, slice, splice, toText,
} from './prompt-model.js';
import {UndoHistory, undoKey} from './undo.js';

export const promptBox = $('prompt');

/** States: {parts, selection: [from, to]}. */
let undoHistory = new UndoHistory({parts: [], selection: [0, 0]});
/** The selection that is being dragged, or null. */
let dragged = null;

function createChip(name) {
  const image = images.get(name);
  const chip = element('span', {className: 'chip', contentEditable: 'false'});
  chip.dataset.name = name;
  if (image) {
    chip.setAttribute('role', 'img');
    chip.append(element('img', {src: image.url, alt: '', draggable: false}), name);
    chip.setAttribute('aria-label', `image ${name}`);
    chip.title = image.width ? `${name}, ${image.width} × ${image.height}` : name;
  } else {
    chip.dataset.missing = 'true';
    chip.setAttribute('role', 'button');
    chip.tabIndex = 0;
    chip.append('choose image');
    chip.setAttribute('aria-label', name ? `choose image: ${name} is missing` : 'choose image: one is missing');
  }
  return chip;
}

/** The content of the prompt box: a list of {text} and {name, missing}. */
export function promptParts() {
  return partsOf(promptBox);
}

/** The prompt as the server expects it, with placeholders for the images. */
export function promptText(parts = promptParts()) {
  return toText(parts).replace(/\s+/g, ' ').trim();
}

/** The prompt for display. */
export function promptLabel(parts = promptParts()) {
  return toText(parts, name => `▣ ${name}`).replace(/\s+/g, ' ').trim();
}

/** Replaces the content, which can be undone. */
export function setPromptParts(parts) {
  const end = lengthOf(parts);
  render(promptBox, parts, createChip);
  if (isFocused()) select(end);
  promptChanged(null, [end, end]);
}

/** Makes the present content the one that nothing can be undone before. */
export function forgetPromptChanges() {
  undoHistory = new UndoHistory(undoHistory.current);
}

function isFocused() {
  return promptBox.contains(document.activeElement);
}

/** The positions of the selection in the prompt box: the last one while something else has the focus. */
export function promptSelection() {
  const selection = getSelection();
  const range = selection.rangeCount && isFocused() ? selection.getRangeAt(0) : null;
  return range && promptBox.contains(range.startContainer) && promptBox.contains(range.endContainer)
    ? positionsOf(range)
    : undoHistory.current.selection;
}

/** The positions of a range of the DOM, [from, to]. */
export function positionsOf(range) {
  return [
    positionOf(promptBox, range.startContainer, range.startOffset),
    positionOf(promptBox, range.endContainer, range.endOffset),
  ];
}

function select(anchor, focus = anchor) {
  const selection = getSelection();
  selection.setBaseAndExtent(...pointAt(promptBox, anchor), ...pointAt(promptBox, focus));
}

/** Replaces what is between two positions and puts the caret behind the new parts. */
function replaceInPrompt([from, to], parts) {
  const caret = from + lengthOf(parts);
  render(promptBox, splice(promptParts(), from, to, parts), createChip);
  promptBox.focus();
  select(caret);
  promptChanged(null, [caret, caret]);
}

/** Replaces the selection, or other positions, by an image chip and puts the caret behind it. */
export function insertChip(name, positions = promptSelection()) {
  replaceInPrompt(positions, [{name}]);
  announce(`image ${name} inserted`);
}

/** Adds files and inserts their chips, the first one at the positions. */
export async function insertFiles(files, positions = promptSelection()) {
  for (const [i, image] of (await addImages(files)).entries()) insertChip(image.name, i === 0 ? positions : undefined);
}

/** Inserts text, with chips for its placeholders. */
export function insertText(text, positions = promptSelection()) {
  replaceInPrompt(positions, parsePlaceholders(text.replace(/\r\n?/g, '\n')));
}

/** Inserts dropped text; text from the prompt box itself is moved. */
export function dropText(text, [position]) {
  if (!dragged) return insertText(text, [position, position]);
  const [from, to] = dragged;
  if (position >= from && position <= to) return;
  const parts = promptParts(), moved = slice(parts, from, to);
  const at = position > to ? position - (to - from) : position;
  render(promptBox, splice(splice(parts, from, to, []), at, at, moved), createChip);
  promptBox.focus();
  select(at, at + to - from);
  promptChanged(null, [at, at + to - from]);
}

/** Records a change as a step of the undo history. */
function promptChanged(kind, selection = promptSelection()) {
  const parts = promptParts(), {parts: before} = undoHistory.current;
  if (JSON.stringify(parts) !== JSON.stringify(before)) undoHistory.record({parts, selection}, kind);
  else undoHistory.current = {parts, selection};
  promptBox.dataset.empty = String(lengthOf(parts) === 0);
  stateChanged();
}

/** Shows a state of the undo history, if there is one. */
function showState(state) {
  if (!state) return;
  render(promptBox, state.parts, createChip);
  select(...state.selection);
  promptChanged(null, state.selection);
}

function step(direction) {
  showState(undoHistory[direction]());
}

const hasChip = parts => parts.some(part => part.name !== undefined);

/** The positions that an input event replaces. */
function targetOf(e) {
  const [range] = e.getTargetRanges();
  return range ? positionsOf(range) : promptSelection();
}

const INPUTS = {
  historyUndo: () => step('undo'),
  historyRedo: () => step('redo'),
  insertParagraph: e => replaceInPrompt(targetOf(e), [{text: '\n'}]),
  insertLineBreak: e => replaceInPrompt(targetOf(e), [{text: '\n'}]),
  deleteByDrag: () => {},                                       // see dropText
};

/** Deletes what the browser would not delete as one unit: chips, and line breaks with a caret anchor behind them. */
function deleteSpecial(e) {
  let [from, to] = targetOf(e);
  const isAnchor = from === to && e.getTargetRanges().length > 0;
  if (from === to && e.inputType.endsWith('Forward')) to += 1;
  else if (from === to) from = Math.max(0, from - 1);
  if (!isAnchor && !hasChip(slice(promptParts(), from, to))) return;
  e.preventDefault();
  replaceInPrompt([from, to], []);
}

promptBox.addEventListener('beforeinput', e => {
  if (e.isComposing) return;
  const {inputType} = e;
  if (INPUTS[inputType]) {
    e.preventDefault();
    INPUTS[inputType](e);
  } else if (inputType.startsWith('delete')) {
    deleteSpecial(e);
  } else if (inputType === 'insertText' && hasChip(slice(promptParts(), ...targetOf(e)))) {
    e.preventDefault();
    replaceInPrompt(targetOf(e), [{text: e.data}]);
  } else if (/^format|^insert(?!Text|Composition|Replacement)/.test(inputType)) {
    e.preventDefault();                                         // bold text, lists, rules
  }
});

promptBox.addEventListener('input', e => { if (!e.isComposing) afterInput(e.inputType); });
promptBox.addEventListener('compositionend', () => afterInput('insertText'));

function afterInput(kind) {
  if (!isRendered(promptBox)) {
    const parts = promptParts(), positions = promptSelection();
    render(promptBox, parts, createChip);
    select(...positions);
  }
  promptChanged(kind);
}

/** Moves the caret over a chip in one step. */
function moveOverChip(e) {
  const forward = {ArrowLeft: false, ArrowRight: true}[e.key];
  if (forward === undefined || e.ctrlKey || e.altKey || e.metaKey) return false;
  const {anchorNode, anchorOffset, focusNode, focusOffset, isCollapsed} = getSelection();
  if (!isCollapsed && !e.shiftKey || !promptBox.contains(focusNode)) return false;
  const focus = positionOf(promptBox, focusNode, focusOffset);
  const [passed] = slice(promptParts(), forward ? focus : focus - 1, forward ? focus + 1 : focus);
  if (passed?.name === undefined && passed?.text !== '\n') return false;
  const moved = forward ? focus + 1 : focus - 1;
  select(e.shiftKey ? positionOf(promptBox, anchorNode, anchorOffset) : moved, moved);
  return true;
}

promptBox.addEventListener('keydown', e => {
  if (e.isComposing) return;
  const direction = undoKey(e);
  if (direction) step(direction);
  else if (!moveOverChip(e)) return;
  e.preventDefault();
});

function copySelection(e) {
  const parts = slice(promptParts(), ...promptSelection());
  if (!parts.length) return false;
  e.preventDefault();
  e.clipboardData.setData('text/plain', toText(parts));
  return true;
}

promptBox.addEventListener('copy', copySelection);
promptBox.addEventListener('cut', e => { if (copySelection(e)) replaceInPrompt(promptSelection(), []); });
promptBox.addEventListener('dragstart', e => {
  dragged = promptSelection();
  e.dataTransfer.setData('text/plain', toText(slice(promptParts(), ...dragged)));
});
promptBox.addEventListener('dragend', () => { dragged = null; });
let isPointerDown = false;
promptBox.addEventListener('pointerdown', () => { isPointerDown = true; });
document.addEventListener('pointerup', () => { isPointerDown = false; });
promptBox.addEventListener('focus', () => {
  if (!isPointerDown) select(...undoHistory.current.selection); // browsers put the caret at the beginning
});
document.addEventListener('selectionchange', () => {
  undoHistory.current = {...undoHistory.current, selection: promptSelection()};
});
$('add').onclick = () => {
  const positions = promptSelection();
  chooseFiles(files => insertFiles(files, positions));
};
