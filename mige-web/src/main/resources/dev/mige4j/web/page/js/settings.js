// Sampling settings: sliders with the model's defaults.
import {$} from './dom.js';
import {events, state, stateChanged} from './state.js';

/** null: the model's default for the task. The names are those of the API. */
export const settings = {steps: null, guidance: null, image_guidance: null, n: 1};

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
}

for (const [name, id] of Object.entries(SLIDERS)) {
  $(id).oninput = () => {
    settings[name] = Number($(id).value);
    showSettings();
    stateChanged();
  };
}
$('fast').onchange = () => {
  showSettings();
  stateChanged();
};
for (const id of ['seed', 'seed-lock', 'preserve-unchanged']) $(id).onchange = () => stateChanged();

events.addEventListener('model', () => {
  const {limits} = state.modelInfo.mige;
  $('steps').max = Math.min(MAX_STEPS, limits.steps);
  $('count').max = Math.min(MAX_COUNT, limits.n);
  showSettings();
});
