// The history: the results of all tabs, newest first.
import {$, announce, element, toast} from './dom.js';
import {events, state} from './state.js';
import {promptBox} from './editor.js';
import {RESULTS, deleteRecords, getRecords, putRecords} from './database.js';
import {showForm} from './form.js';
import {revokeUrls, showResult, withUrls, withoutUrls} from './result.js';
import {setSeed} from './settings.js';
import {undoKey} from './undo.js';
import {watchJob} from './queue.js';

const MAX_RESULTS = 40;

const channel = new BroadcastChannel('mige-results');
/** Ids of the results that are stored, so that another tab can have deleted them. */
const storedIds = new Set();

/** Adds results and stores them; the oldest ones are dropped. */
export async function addResults(results) {
  insertResults(results);
  const dropped = state.results.splice(0, Math.max(0, state.results.length - MAX_RESULTS));
  dropped.forEach(revokeUrls);
  showHistory();
  if (await putRecords(RESULTS, results.map(result => [result.id, withoutUrls(result)]))) {
    results.forEach(result => storedIds.add(result.id));
  }
  await deleteRecords(RESULTS, dropped.map(result => result.id));
  channel.postMessage('changed');
}

function insertResults(results) {
  const added = new Set(results.map(result => result.id));
  state.results = [...state.results.filter(result => !added.has(result.id)), ...results]
    .sort((a, b) => a.created - b.created || a.index - b.index);
}

/** Reads what other tabs have stored and deleted. */
export async function loadResults() {
  const records = new Map(await getRecords(RESULTS));
  state.results = state.results.filter(result => records.has(result.id) || !storedIds.has(result.id));
  const known = new Set(state.results.map(result => result.id));
  insertResults([...records.values()].filter(record => record.blob && !known.has(record.id)).map(withUrls));
  storedIds.clear();
  for (const id of records.keys()) storedIds.add(id);
}

channel.onmessage = async () => {
  await loadResults();
  if (state.results.some(result => result.id === state.currentResult) || !state.currentResult) showHistory();
  else showLatest();
};

/** Shows the latest result in the place of a deleted one. */
function showLatest() {
  const watched = state.watchedJob;
  showResult(state.results.at(-1)?.id ?? null);
  if (watched) watchJob(watched);
}

/** Deletes results, which can be undone. */
async function removeResults(removed, message) {
  const current = state.currentResult, ids = removed.map(result => result.id);
  state.results = state.results.filter(result => !ids.includes(result.id));
  if (ids.includes(current)) showLatest();
  else showHistory();
  toast(message, 'Undo', async () => {
    await addResults(removed);
    if (ids.includes(current)) showResult(current);
    announce('Restored.');
  });
  await deleteRecords(RESULTS, ids);
  channel.postMessage('changed');
}

export function showHistory() {
  $('history-card').hidden = state.results.length === 0;
  $('history').replaceChildren(...[...state.results].reverse().map(createItem));
}

function createItem(result) {
  const image = element('img', {src: result.previewUrl, alt: ''}), label = element('span', {textContent: result.label});
  const show = element('button', {type: 'button', className: 'entry', title: result.label}, image, label);
  show.setAttribute('aria-label', `Show: ${result.label}`);
  if (result.id === state.currentResult) show.setAttribute('aria-current', 'true');
  show.onclick = () => {
    showResult(result.id);
    focusItem(result.id);                                       // the list was rebuilt
  };
  const reuse = iconButton('↺', `Use prompt and settings of: ${result.label}`, () => reuseRequest(result));
  const remove = iconButton('✕', `Delete: ${result.label}`, () => removeFocused(result));
  const item = element('li', {}, show, element('div', {className: 'entry-tools'}, reuse, remove));
  item.dataset.result = result.id;
  item.onkeydown = e => { if (e.key === 'Delete') removeFocused(result); };
  return item;
}

function iconButton(icon, label, onclick) {
  const button = element('button', {type: 'button', className: 'secondary', textContent: icon, title: label, onclick});
  button.setAttribute('aria-label', label);
  return button;
}

function focusItem(id) {
  const item = [...$('history').children].find(candidate => candidate.dataset.result === id);
  (item?.querySelector('.entry') ?? promptBox).focus();
}

/** Deletes a result and moves the focus to the entry that takes its place. */
function removeFocused(result) {
  const newestFirst = [...state.results].reverse(), index = newestFirst.indexOf(result);
  const next = newestFirst[index + 1] ?? newestFirst[index - 1];
  removeResults([result], 'Deleted.');
  focusItem(next?.id);
}

/** Shows the request that a result was made with. */
async function reuseRequest(result) {
  await showForm(result.form);
  setSeed(result.recipe.seed);
  promptBox.focus();
  toast('Prompt and settings restored.');
}

$('history-clear').onclick = () => {
  const count = state.results.length;
  removeResults(state.results, count === 1 ? '1 entry deleted.' : `${count} entries deleted.`);
  $('toast').querySelector('button').focus();
};
$('history').addEventListener('keydown', e => {
  if (undoKey(e) === 'undo') $('toast').querySelector('button')?.click();
});
events.addEventListener('result', showHistory);
