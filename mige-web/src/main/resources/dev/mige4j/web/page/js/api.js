// HTTP client: requests, API key, server status.
import {$} from './dom.js';
import {events, state} from './state.js';

const KEY_ITEM = 'mige-key';
let apiKey = sessionStorage.getItem(KEY_ITEM) || '';

/** The server answered with an error status. */
export class ApiError extends Error {
  constructor(status, error, retryAfter) {
    super(error?.message || `The server responded with status ${status}.`);
    Object.assign(this, {status, code: error?.code, retryAfter});
  }
}

/** The server did not answer. */
export class ServerUnreachableError extends Error {}

/** Like fetch, with the API key; prompts for the key when it is missing or wrong and throws on error statuses. */
export async function request(path, options = {}) {
  const key = apiKey, headers = {...(key ? {Authorization: `Bearer ${key}`} : {}), ...options.headers};
  let response;
  try {
    response = await fetch(path, {...options, headers});
  } catch (e) {
    if (e.name === 'AbortError') throw e;
    setServerStatus('offline', 'server unreachable');
    throw new ServerUnreachableError('Cannot reach the server. Is it running?');
  }
  if (response.status === 401) {
    if (key !== apiKey || !keyDeclined && await promptForApiKey()) return request(path, options);
    setServerStatus('locked', 'API key needed');
    throw new ApiError(401, {message: 'The server needs an API key.'});
  }
  if (!response.ok) {
    const body = await response.json().catch(() => null);
    throw new ApiError(response.status, body?.error, Number(response.headers.get('Retry-After')) || 0);
  }
  return response;
}

/** Like JSON.parse, but seeds are strings: they have 64 bits, and numbers of JavaScript only 53. */
export function parseJson(json) {
  return JSON.parse(json.replace(/"seed"\s*:\s*(-?\d+)/g, '"seed":"$1"'));
}

let keyPrompt = null;
/** Whether the dialog was left without a key; it then opens only when the user asks for it. */
let keyDeclined = false;

/** Shows the API key dialog once, however many requests need the key; resolves to whether a key was entered. */
export function promptForApiKey() {
  keyPrompt ??= new Promise(resolve => {
    const dialog = $('key');
    $('key-wrong').hidden = apiKey === '';
    $('key-input').value = '';
    dialog.returnValue = '';
    dialog.showModal();
    dialog.addEventListener('close', () => {
      keyDeclined = dialog.returnValue !== 'entered';
      if (!keyDeclined) {
        apiKey = $('key-input').value.trim();
        sessionStorage.setItem(KEY_ITEM, apiKey);
      }
      keyPrompt = null;
      resolve(!keyDeclined);
    }, {once: true});
  });
  return keyPrompt;
}

/** status: connecting, ready, busy, offline or locked (needs an API key). */
export function setServerStatus(status, text) {
  $('server').dataset.state = status;
  $('server-text').textContent = text;
  $('key-open').hidden = status !== 'locked';
}

export function serverStatus() {
  return $('server').dataset.state;
}

export function showReady() {
  const model = state.modelInfo;
  setServerStatus('ready', model ? `${model.id} · ${model.mige.size} × ${model.mige.size}` : 'ready');
}

export async function loadModelInfo() {
  try {
    const models = await (await request('v1/models')).json();
    state.modelInfo = models.data[0];
    showReady();
    $('model-description').textContent = state.modelInfo.mige.description;
    $('model-description').hidden = false;
    events.dispatchEvent(new Event('model'));
  } catch (e) {
    if (!(e instanceof ServerUnreachableError) && e.status !== 401) setServerStatus('offline', e.message);
  }
}

/** Updates the server status; called periodically. */
export async function checkReadiness() {
  if (document.hidden) return;
  try {
    const response = await fetch('readyz');
    if (!response.ok) setServerStatus('offline', 'server shutting down');
    else if (serverStatus() === 'offline') await loadModelInfo();
  } catch {
    setServerStatus('offline', 'server unreachable');
  }
}

$('key-cancel').onclick = () => $('key').close();
$('key-open').onclick = async () => { if (await promptForApiKey()) loadModelInfo(); };
