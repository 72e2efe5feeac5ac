// Keeps the work of this tab, its draft, so that it survives a reload; a new tab starts with a copy of the latest one.
import {events, images, state} from './state.js';
import {addStored, toStored} from './images.js';
import {forgetPromptChanges, setPromptParts} from './editor.js';
import {DRAFTS, getRecords, putRecords, removeUnused} from './database.js';
import {currentForm, showForm} from './form.js';
import {setSource} from './source.js';
import {loadResults, showHistory} from './history.js';
import {watchJob} from './queue.js';
import {showResult} from './result.js';

const TAB_ITEM = 'mige-tab';
const SAVE_DELAY_MS = 250;
const MAX_UNUSED_IMAGES = 12;
const MAX_DRAFTS = 12;

const channel = new BroadcastChannel('mige-tabs');
let tab = sessionStorage.getItem(TAB_ITEM);

function newTab() {
  tab = [...crypto.getRandomValues(new Uint32Array(2))].join('-');
  sessionStorage.setItem(TAB_ITEM, tab);
}

/** A duplicated tab has the identity of the original, until that answers. */
channel.onmessage = ({data: {type, tab: other}}) => {
  if (other !== tab) return;
  if (type === 'opened') channel.postMessage({type: 'taken', tab});
  else {
    newTab();
    saveDraft();
  }
};

let saveTimer;

function scheduleSave({detail: saveNow}) {
  clearTimeout(saveTimer);
  if (saveNow) saveDraft();
  else saveTimer = setTimeout(saveDraft, SAVE_DELAY_MS);
}

function saveDraft() {
  clearTimeout(saveTimer);
  const form = currentForm(), used = new Set(form.images.map(image => image.name));
  const unused = [...images.values()].filter(image => !used.has(image.name)).slice(-MAX_UNUSED_IMAGES);
  putRecords(DRAFTS, [[tab, {
    updated: Date.now(),
    form,
    unusedImages: unused.map(toStored),
    jobs: state.jobs.map(({body, ...stored}) => stored),
    watchedJob: state.watchedJob,
    currentResult: state.currentResult,
  }]]);
}

/** Restores the draft, or shows the empty page; from then on, changes are saved. */
export async function restoreSession() {
  try {
    const drafts = await getRecords(DRAFTS);
    const own = drafts.find(([key]) => key === tab);
    if (!own) newTab();
    const [, draft] = own ?? drafts.sort(([, a], [, b]) => b.updated - a.updated)[0] ?? [];
    await loadResults();
    if (draft) await showDraft(draft);
    else {
      setSource(null);
      setPromptParts([]);
    }
  } finally {
    showHistory();
    forgetPromptChanges();
    events.addEventListener('change', scheduleSave);
    addEventListener('pagehide', saveDraft);
    channel.postMessage({type: 'opened', tab});
    removeUnused(MAX_DRAFTS);
  }
}

async function showDraft({form, unusedImages, jobs, watchedJob, currentResult}) {
  unusedImages.forEach(addStored);
  await showForm(form);
  state.jobs = jobs;
  if (currentResult) showResult(currentResult);
  if (watchedJob) watchJob(watchedJob);
}
