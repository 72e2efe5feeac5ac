// Keeps the session in IndexedDB, so that it survives a reload.
import {$} from './dom.js';
import {events, images, state} from './state.js';
import {addImage, loadImage} from './images.js';
import {forgetPromptChanges, promptParts, setPromptParts} from './editor.js';
import {copyCanvas, showMask} from './mask.js';
import {settings} from './settings.js';
import {setSource} from './source.js';
import {showHistory} from './history.js';
import {showResult, withUrls, withoutUrls} from './result.js';

const DATABASE = 'mige';
const VERSION = 4;                                              // raise it when the stored keys change
const STORE = 'sessions';
const KEY = 'session';
const SAVE_DELAY_MS = 250;
const MAX_UNUSED_IMAGES = 12;

const database = new Promise((resolve, reject) => {
  const open = indexedDB.open(DATABASE, VERSION);
  open.onupgradeneeded = () => {
    for (const name of [...open.result.objectStoreNames]) open.result.deleteObjectStore(name);
    open.result.createObjectStore(STORE);
  };
  open.onsuccess = () => resolve(open.result);
  open.onerror = () => reject(open.error);
});

async function transaction(mode, operation) {
  const db = await database;
  return new Promise((resolve, reject) => {
    const result = operation(db.transaction(STORE, mode).objectStore(STORE));
    result.onsuccess = () => resolve(result.result);
    result.onerror = () => reject(result.error);
  });
}

function saveSession() {
  const session = {
    promptParts: promptParts(),
    images: namesToKeep().map(name => ({name, blob: images.get(name).blob})),
    source: state.source,
    mask: state.mask ? state.mask.toDataURL() : null,
    settings: {...settings},
    seed: $('seed').value,
    preserveUnchanged: $('preserve-unchanged').checked,
    fast: $('fast').checked,
    job: state.job,
    results: state.results.map(withoutUrls),
    currentResult: state.currentResult,
  };
  // private windows may refuse; the page works without
  transaction('readwrite', store => store.put(session, KEY)).catch(() => {});
}

/** The images in use and the latest others. */
function namesToKeep() {
  const used = new Set([state.source, ...promptParts().map(part => part.name)]);
  const names = [...images.keys()];
  const unused = names.filter(name => !used.has(name)).slice(-MAX_UNUSED_IMAGES);
  return names.filter(name => used.has(name)).concat(unused);
}

/** Restores the stored session, or shows the empty page; from then on, changes are saved. */
export async function restoreSession() {
  try {
    const session = await transaction('readonly', store => store.get(KEY)).catch(() => null);
    if (session) await applySession(session);
    else {
      setSource(null);
      setPromptParts([]);
    }
  } finally {
    forgetPromptChanges();
    events.addEventListener('change', scheduleSave);
  }
}

let saveTimer;

function scheduleSave({detail: saveNow}) {
  clearTimeout(saveTimer);
  if (saveNow) saveSession();
  else saveTimer = setTimeout(saveSession, SAVE_DELAY_MS);
}

async function applySession(session) {
  for (const {name, blob} of session.images) await addImage(blob, name).catch(() => {});
  Object.assign(settings, session.settings);
  $('seed').value = session.seed;
  $('preserve-unchanged').checked = session.preserveUnchanged;
  $('fast').checked = Boolean(session.fast);
  setSource(session.source);
  if (session.mask && state.source) {
    const mask = await loadImage(session.mask);
    state.mask = copyCanvas(mask, mask.naturalWidth, mask.naturalHeight);
    showMask();
  }
  state.results = session.results.map(withUrls);
  setPromptParts(session.promptParts);
  state.job = session.job;
  if (session.currentResult) showResult(session.currentResult);
  else showHistory();
}
