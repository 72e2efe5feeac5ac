// The history of results.
import {$, element} from './dom.js';
import {events, state} from './state.js';
import {revokeUrls, showResult} from './result.js';

const MAX_RESULTS = 40;

export function addResults(results) {
  state.results.push(...results);
  state.results.splice(0, Math.max(0, state.results.length - MAX_RESULTS)).forEach(revokeUrls);
}

export function showHistory() {
  $('history-card').hidden = state.results.length === 0;
  $('history').replaceChildren(...[...state.results].reverse().map(createHistoryItem));
}

function createHistoryItem(result) {
  const image = element('img', {src: result.previewUrl, alt: ''}), label = element('span', {textContent: result.label});
  const button = element('button', {type: 'button', title: result.label}, image, label);
  button.setAttribute('aria-label', `Show: ${result.label}`);
  if (result.id === state.currentResult) button.setAttribute('aria-current', 'true');
  button.onclick = () => {
    showResult(result.id);
    $('history').querySelector('[aria-current]')?.focus();      // the list was rebuilt
  };
  return element('li', {}, button);
}

$('history-clear').onclick = () => { state.results = []; showResult(null); };
events.addEventListener('result', showHistory);
