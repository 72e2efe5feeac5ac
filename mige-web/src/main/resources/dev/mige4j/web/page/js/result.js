// The result panel: the displayed result, and what can be done with it.
import {request} from './api.js';
import {$, announce, element, showAlert, toast} from './dom.js';
import {events, state, stateChanged} from './state.js';
import {addImage, findByBlob, hasAlpha, uniqueName} from './images.js';
import {insertChip, promptBox, setPromptParts} from './editor.js';
import {setSource} from './source.js';
import {setSeed} from './settings.js';

/** Shows one of the panels 'empty', 'working' and 'result'. */
export function showPanel(shown = state.currentResult ? 'result' : 'empty') {
  for (const id of ['empty', 'working', 'result']) $(id).hidden = id !== shown;
}

/** Shows a result; an unknown id (null) shows none. */
export function showResult(id) {
  const result = state.results.find(candidate => candidate.id === id);
  state.currentResult = result ? id : null;
  if (result) fillPanel(result);
  if (!state.job) showPanel();
  events.dispatchEvent(new Event('result'));
  stateChanged(true);
}

function fillPanel(result) {
  $('after').src = result.url;
  $('after').alt = `Result: ${result.label}`;
  $('compare').dataset.single = String(!result.before);
  if (result.before) {
    result.beforeUrl ??= URL.createObjectURL(result.before);
    $('before').src = result.beforeUrl;
  }
  setSlider(50);
  const recipe = result.recipe || {};
  $('caption').textContent = `${result.label} · seed ${recipe.seed}, ${recipe.steps} steps`;
  $('notices').hidden = !result.notices?.length;
  $('notices').textContent = (result.notices || []).join(' ');
  $('download').href = result.url;
  showDownloadName(result);
}

function showDownloadName({recipe}) {
  const extension = $('download-format').value.replace('jpeg', 'jpg');
  $('download').download = `mige-${recipe?.seed}-${recipe?.index}.${extension}`;
}

/** Downloads the displayed result in a format that the server converts it to. */
async function downloadConverted(result, format) {
  const [, job, index] = /^(.*)-(\d+)$/.exec(result.id);
  try {
    const response = await request(`v1/jobs/${job}/images/${index}?output_format=${format}`);
    const url = URL.createObjectURL(await response.blob());
    element('a', {href: url, download: $('download').download}).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (e) {
    showAlert(e.status === 404 ? 'The server has deleted this result. Download it as PNG.' : e.message);
  }
}

/** Position of the slider between the source (before) and the result (after). */
function setSlider(percent) {
  $('slider').value = percent;
  $('compare').style.setProperty('--at', `${percent}%`);
}

function currentResult() {
  return state.results.find(candidate => candidate.id === state.currentResult);
}

/** The displayed result as an image of the page. */
async function currentResultImage() {
  const result = currentResult();
  const number = state.results.indexOf(result) + 1;
  return findByBlob(result.blob) || addImage(result.blob, uniqueName(`result ${number}`));
}

$('download-format').onchange = () => showDownloadName(currentResult());
$('download').onclick = e => {
  const format = $('download-format').value;
  if (format === 'png') return;
  e.preventDefault();
  downloadConverted(currentResult(), format);
};
$('after').onload = () => { $('compare').dataset.alpha = String(hasAlpha($('after'))); };
$('slider').oninput = () => setSlider($('slider').value);
$('edit-result').onclick = async () => {
  setSource((await currentResultImage()).name);
  setPromptParts([]);
  promptBox.focus();
  announce('The result is now the source image.');
};
$('insert-result').onclick = async () => insertChip((await currentResultImage()).name);
$('use-seed').onclick = () => {
  const {seed} = currentResult().recipe;
  setSeed(seed);
  toast(`Seed ${seed} is used until you change it.`);
};
