// Sampling settings: sliders with the model's defaults.
import {$} from './dom.js';
import {events, state, stateChanged} from './state.js';
import {showSize} from './size.js';

/** null: the model's default for the task. The names are those of the API. */
export const settings = {steps: null, guidance: null, image_guidance: null, n: 1, size: null};

/** Slider id by setting. */
const SLIDERS = {steps: 'steps', guidance: 'guidance', image_guidance: 'image-guidance', n: 'count'};
const FALLBACK_DEFAULTS = {steps: 20, fast_steps: 10, guidance: 5, image_guidance: 1};
const MAX_STEPS = 100;
const MAX_COUNT = 4;

export function showSettings() {
  const defaults = state.modelInfo?.mige.defaults[state.source ? 'edit' : 'generation'] || FALLBACK_DEFAULTS;
  for (const [name, id] of Object.entries(SLIDERS)) {
    const value = settings[name] ?? null;
    const defaultName = name === 'steps' && $('fast').checked ? 'fast_steps' : name;
    $(id).value = value ?? defaults[defaultName] ?? 1;
    $(`${id}-out`).textContent = `${$(id).value}${value === null ? ' (default)' : ''}`;
  }
  $('image-guidance').disabled = !state.source;
  showSize(settings.size);
}

/** Enters a seed; an empty one stands for a random one. */
export function setSeed(seed) {
  if ($('seed').value !== seed) $('seed').value = seed;
  $('seed').removeAttribute('aria-invalid');
  stateChanged();
}

/** The seed to send: a whole number of 64 bits as text, or null for a random one. */
export function requestedSeed() {
  const seed = $('seed').value.trim().replace(/^[−–]/, '-');
  if (seed === '' || seed === '-1') return null;
  if (/^-?\d{1,19}$/.test(seed) && BigInt.asIntN(64, BigInt(seed)) === BigInt(seed)) return seed;
  $('seed').setAttribute('aria-invalid', 'true');
  $('advanced').open = true;
  $('seed').focus();
  throw new Error(`The seed “${seed}” is not a whole number from −2⁶³ to 2⁶³ − 1. Empty the field for a random one.`);
}

for (const [name, id] of Object.entries(SLIDERS)) {
  $(id).oninput = () => {
    settings[name] = Number($(id).value);
    showSettings();
    stateChanged();
  };
}
$('size').onchange = () => {
  settings.size = $('size').value || null;
  showSettings();
  stateChanged();
};
$('fast').onchange = () => {
  showSettings();
  stateChanged();
};
$('preserve-unchanged').onchange = () => stateChanged();
$('seed').oninput = () => setSeed($('seed').value);
$('seed-new').onclick = () => setSeed(String(crypto.getRandomValues(new Uint32Array(1))[0] >>> 1));

events.addEventListener('model', () => {
  const {limits} = state.modelInfo.mige;
  $('steps').max = Math.min(MAX_STEPS, limits.steps);
  $('count').max = Math.min(MAX_COUNT, limits.n);
  showSettings();
});
