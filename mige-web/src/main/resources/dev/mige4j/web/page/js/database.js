// IndexedDB: a draft for each tab, the results of all tabs, and the files of both, each stored once.
import {showAlert} from './dom.js';

const NAME = 'mige';
const VERSION = 4;                                              // raise it when what is stored changes
export const DRAFTS = 'drafts';
export const RESULTS = 'results';
const BLOBS = 'blobs';
const BLOB_KEY = 'blobKey';

const database = new Promise((resolve, reject) => {
  const open = indexedDB.open(NAME, VERSION);
  open.onupgradeneeded = () => {
    for (const name of [...open.result.objectStoreNames]) open.result.deleteObjectStore(name);
    for (const name of [DRAFTS, RESULTS, BLOBS]) open.result.createObjectStore(name);
  };
  open.onblocked = () => {
    showAlert('Another tab has an older version of this page. Close that tab and reload this one to keep its work.',
      'Reload', () => location.reload());
    reject(new Error('blocked by another tab'));
  };
  open.onsuccess = () => {
    open.result.onversionchange = () => {
      open.result.close();
      showAlert('Another tab has a newer version of this page. Reload this tab to keep its work.',
        'Reload', () => location.reload());
    };
    resolve(open.result);
  };
  open.onerror = () => reject(open.error);
});
database.catch(() => {});                                       // private windows may refuse; the page works without

/** The result of a request to the database. */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Runs work in a transaction; resolves to its result when all is stored, and stores nothing if it fails. */
async function transaction(mode, work) {
  const started = (await database).transaction([DRAFTS, RESULTS, BLOBS], mode);
  const committed = new Promise((resolve, reject) => {
    started.oncomplete = resolve;
    started.onabort = () => reject(started.error);
  });
  committed.catch(() => {});
  try {
    const result = await work(name => started.objectStore(name));
    await committed;
    return result;
  } catch (e) {
    if (!started.error) started.abort();
    throw started.error ?? e;
  }
}

const keys = new WeakMap();

/** The key of a file in the database, the same each time. */
function keyOf(blob) {
  if (!keys.has(blob)) keys.set(blob, [...crypto.getRandomValues(new Uint32Array(4))].join('-'));
  return keys.get(blob);
}

/** A copy of nested objects and arrays with some of the values replaced. */
function mapValues(value, replace) {
  const replaced = replace(value);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(value)) return value.map(each => mapValues(each, replace));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapValues(each, replace)]));
}

/** The keys of the files of a stored record. */
function blobKeys(record) {
  const found = [];
  mapValues(record, value => {
    if (value?.[BLOB_KEY]) found.push(value[BLOB_KEY]);
  });
  return found;
}

let saidFull = false;

/** Stores records, [key, record] each, and their files; says once that the storage is full. */
export async function putRecords(name, records) {
  try {
    await transaction('readwrite', async store => {
      for (const [key, record] of records) {
        const blobs = new Map();
        store(name).put(mapValues(record, value => {
          if (!(value instanceof Blob)) return undefined;
          blobs.set(keyOf(value), value);
          return {[BLOB_KEY]: keyOf(value)};
        }), key);
        for (const [blobKey, blob] of blobs) {
          if (await done(store(BLOBS).getKey(blobKey)) === undefined) store(BLOBS).put(blob, blobKey);
        }
      }
    });
    return true;
  } catch (e) {
    if (e?.name === 'QuotaExceededError' && !saidFull) {
      saidFull = true;
      showAlert('The browser’s storage for this page is full: new images will be lost when you reload or close the '
        + 'page. Download them, or delete entries of the history.');
    }
    return false;
  }
}

export async function deleteRecords(name, recordKeys) {
  await transaction('readwrite', async store => {
    for (const key of recordKeys) store(name).delete(key);
  }).catch(() => {});
}

const blobsByKey = new Map();

/** All records of a store with their keys, [key, record] each; none if the browser stores nothing. */
export async function getRecords(name) {
  return transaction('readonly', async store => {
    const recordKeys = await done(store(name).getAllKeys()), records = await done(store(name).getAll());
    for (const key of new Set(records.flatMap(blobKeys))) {
      if (blobsByKey.has(key)) continue;
      const blob = await done(store(BLOBS).get(key));
      if (!blob) continue;
      keys.set(blob, key);
      blobsByKey.set(key, blob);
    }
    return records.map((record, i) => [recordKeys[i],
      mapValues(record, value => value?.[BLOB_KEY] && blobsByKey.get(value[BLOB_KEY]))]);
  }).catch(() => []);
}

/** Deletes all drafts but the latest ones, and the files that no record refers to. */
export async function removeUnused(maxDrafts) {
  await transaction('readwrite', async store => {
    const draftKeys = await done(store(DRAFTS).getAllKeys()), drafts = await done(store(DRAFTS).getAll());
    const byAge = draftKeys.map((key, i) => ({key, draft: drafts[i]}))
      .sort((a, b) => b.draft.updated - a.draft.updated);
    for (const {key} of byAge.slice(maxDrafts)) store(DRAFTS).delete(key);
    const kept = [...byAge.slice(0, maxDrafts).map(({draft}) => draft), ...await done(store(RESULTS).getAll())];
    const used = new Set(kept.flatMap(blobKeys));
    for (const key of await done(store(BLOBS).getAllKeys())) if (!used.has(key)) store(BLOBS).delete(key);
  }).catch(() => {});
}
