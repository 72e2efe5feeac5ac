// The result panel: the images of one request, and what can be done with each of them.
import {$, announce, element, showAlert, toast} from './dom.js';
import {events, state, stateChanged} from './state.js';
import {addResultImage} from './images.js';
import {hasAlpha} from './reduce.js';
import {insertChip, promptBox, setPromptParts} from './editor.js';
import {setSource} from './source.js';
import {setSeed} from './settings.js';
import {canCopy, canShare, copy, download, downloadAll, share} from './download.js';
import {closeLightbox, openLightbox, showLightboxMessage} from './lightbox.js';

/** Shows one of the panels 'empty', 'working' and 'result'. */
export function showPanel(shown = state.currentResult ? 'result' : 'empty') {
  for (const id of ['empty', 'working', 'result']) $(id).hidden = id !== shown;
}

/** A result from its stored part, with the URLs that display it. */
export function withUrls(stored) {
  const {blob, preview, before, beforePreview} = stored, url = URL.createObjectURL(blob);
  const urlOf = copy => copy && URL.createObjectURL(copy);
  return {
    ...stored, url, previewUrl: urlOf(preview) ?? url,
    beforeUrl: urlOf(before), beforePreviewUrl: urlOf(beforePreview ?? before),
  };
}

/** The stored part of a result. */
export function withoutUrls({url, previewUrl, beforeUrl, beforePreviewUrl, reference, ...stored}) {
  return stored;
}

/** Frees the memory of a result that is displayed no more. */
export function revokeUrls({url, previewUrl, beforeUrl, beforePreviewUrl}) {
  for (const each of [url, previewUrl, beforeUrl, beforePreviewUrl]) if (each) URL.revokeObjectURL(each);
}

function currentResult() {
  return state.results.find(candidate => candidate.id === state.currentResult);
}

/** The results of the same request. */
function resultsOfRequest(result) {
  return state.results.filter(candidate => candidate.job === result.job);
}

/** Shows a result; an unknown id (null) shows none. */
export function showResult(id) {
  const result = state.results.find(candidate => candidate.id === id);
  state.currentResult = result ? id : null;
  if (result) fillPanel(result);
  state.watchedJob = null;
  showPanel();
  events.dispatchEvent(new Event('result'));
  stateChanged(true);
}

function fillPanel(result) {
  const all = resultsOfRequest(result);
  const position = all.length > 1 ? `${all.indexOf(result) + 1} of ${all.length} · ` : '';
  $('compare').hidden = all.length > 1;
  $('result-grid').hidden = all.length === 1;
  if (all.length > 1) fillGrid(all, result);
  else fillCompare(result);
  const recipe = result.recipe || {};
  const loras = (recipe.loras ?? []).map(({name, scale}) => `, ${name} ${scale.toFixed(2)}`).join('');
  $('caption').textContent = `${position}${result.label} · seed ${recipe.seed}, ${recipe.steps} steps${loras}`;
  $('notices').hidden = !result.notices?.length;
  $('notices').textContent = (result.notices || []).join(' ');
  $('download-all').hidden = all.length === 1;
}

function fillCompare(result) {
  $('after').src = result.previewUrl;
  $('after').alt = `Result: ${result.label}`;
  $('compare').dataset.single = String(!result.before);
  if (result.before) $('before').src = result.beforePreviewUrl;
  setSlider(50);
}

/** All images of the request; a click shows one in full. */
function fillGrid(all, current) {
  const grid = $('result-grid');
  if (grid.dataset.job !== current.job || grid.children.length !== all.length) {
    grid.dataset.job = current.job;
    const label = i => `Image ${i + 1} of ${all.length}, full view`;
    grid.replaceChildren(...all.map((result, i) => createGridItem(result, label(i))));
  }
  all.forEach((result, i) => grid.children[i].firstChild.setAttribute('aria-current', String(result === current)));
}

function createGridItem(result, label) {
  const button = element('button', {type: 'button', title: label}, element('img', {src: result.previewUrl, alt: ''}));
  button.setAttribute('aria-label', label);
  button.onclick = () => {
    showResult(result.id);
    openResult(result);
  };
  return element('li', {}, button);
}

/** Position of the slider between the source (before) and the result (after). */
function setSlider(percent) {
  $('slider').value = percent;
  $('compare').style.setProperty('--at', `${percent}%`);
}

/** What a button with {@code data-action} does with the displayed result; may return a message. */
const ACTIONS = {
  edit(result) {
    setSource(addResultImage(result).name);
    setPromptParts([]);
    closeLightbox();
    promptBox.focus();
    announce('The result is now the source image.');
  },
  insert(result) {
    closeLightbox();
    insertChip(addResultImage(result).name);
  },
  seed({recipe}) {
    setSeed(recipe.seed);
    return `Seed ${recipe.seed} is used until you change it.`;
  },
  copy,
  share,
  download,
  downloadAll: result => downloadAll(resultsOfRequest(result)),
};

/** Runs the action of a button and shows what came of it where the user looks. */
async function runAction(button) {
  try {
    const message = await ACTIONS[button.dataset.action](currentResult());
    if (message) showLightboxMessage(message) || toast(message);
  } catch (e) {
    const message = `${button.textContent.trim()} failed: ${e.message}`;
    showLightboxMessage(message) || showAlert(message);
  }
}

/** Shows a result in full; from there, the others of the request can be reached. */
function openResult(result) {
  openLightbox(resultsOfRequest(result), result, shown => showResult(shown.id));
}

for (const button of document.querySelectorAll('[data-action]')) button.onclick = () => runAction(button);
for (const button of document.querySelectorAll('[data-action=copy]')) button.hidden = !canCopy;
for (const button of document.querySelectorAll('[data-action=share]')) button.hidden = !canShare;
$('after').onload = () => { $('compare').dataset.alpha = String(hasAlpha($('after'))); };
$('after').onclick = () => openResult(currentResult());
$('enlarge').onclick = () => openResult(currentResult());
$('slider').oninput = () => setSlider($('slider').value);
