// LoRAs: the list of those that the server has, and which ones the next request uses.
import {$, element, showAlert} from './dom.js';
import {events, state, stateChanged} from './state.js';
import {request} from './api.js';

const MAX_SCALE = 2;
const SCALE_STEP = 0.05;

/** What the server has: {name, trigger, fits, problem}. */
let available = [];
/** What the next request uses: scale by name, in the order of the choice. */
const used = new Map();

/** The LoRAs of the next request: a list of {name, scale}. */
export function usedLoras() {
  return [...used].map(([name, scale]) => ({name, scale}));
}

/** Uses these LoRAs and no others. */
export function useLoras(loras) {
  used.clear();
  for (const {name, scale} of loras) used.set(name, scale);
  showLoras();
  stateChanged();
}

/** Uses a LoRA beside the others. */
export function addLora(name) {
  if (!used.has(name)) used.set(name, 1);
  showLoras();
  stateChanged();
}

/** Of the LoRAs, those that the server does not have. */
export function missingLoras(loras) {
  return loras.filter(({name}) => !available.some(lora => lora.name === name));
}

/** Reads which LoRAs the server has. */
export async function loadLoras() {
  try {
    available = (await (await request('v1/loras')).json()).data;
  } catch (e) {
    available = [];
    if (e.status !== 404) showAlert(`The LoRAs of the server are not available: ${e.message}`);
  }
  showLoras();
}

function showLoras() {
  const names = new Set([...available.map(lora => lora.name), ...used.keys()]);
  const rows = new Map([...$('loras').children].map(row => [row.dataset.name, row]));
  for (const [name, row] of rows) if (!names.has(name)) row.remove();
  for (const name of names) {
    if (!rows.has(name)) $('loras').append(createRow(name));
    showRow(rows.get(name) ?? $('loras').lastChild, name);
  }
  $('loras').hidden = names.size === 0;
  $('loras-box').hidden = names.size === 0 && !state.modelInfo?.mige.training;
}

function createRow(name) {
  const choice = element('input', {type: 'checkbox'});
  const scale = element('input', {type: 'range', min: 0, max: MAX_SCALE, step: SCALE_STEP});
  scale.setAttribute('aria-label', `Scale of ${name}`);
  const row = element('li', {}, element('label', {className: 'check'}, choice, element('span', {textContent: name})),
    element('small'), element('span', {className: 'scale'}, scale, element('output')));
  row.dataset.name = name;
  choice.onchange = () => {
    if (choice.checked) used.set(name, Number(scale.value));
    else used.delete(name);
    showLoras();
    stateChanged();
  };
  scale.oninput = () => {
    used.set(name, Number(scale.value));
    showLoras();
    stateChanged();
  };
  return row;
}

function showRow(row, name) {
  const scale = used.get(name), lora = available.find(candidate => candidate.name === name);
  const problem = lora ? lora.problem ?? '' : 'Not on this server.';
  row.querySelector('[type=checkbox]').checked = scale !== undefined;
  row.querySelector('.scale').hidden = scale === undefined;
  row.querySelector('[type=range]').value = scale ?? 1;
  row.querySelector('output').textContent = (scale ?? 1).toFixed(2);
  row.querySelector('[type=checkbox]').disabled = problem !== '' && scale === undefined;
  row.querySelector('small').textContent = problem;
  row.title = lora?.trigger ? `Write “${lora.trigger}” in the prompt.` : '';
}

events.addEventListener('model', loadLoras);
