// Generation: submits jobs, follows their progress, collects their images.
import {$, announce, hideAlert, showAlert, toast} from './dom.js';
import {events, images, state, stateChanged} from './state.js';
import {
  ApiError, ServerUnreachableError, loadModelInfo, parseJson, promptForApiKey, request, serverStatus, setServerStatus,
  showReady,
} from './api.js';
import {promptBox, promptLabel, promptParts, promptText} from './editor.js';
import {currentForm} from './form.js';
import {maskBlob} from './mask.js';
import {chooseMissingImage} from './menu.js';
import {usedLoras} from './loras.js';
import {requestedSeed, settings} from './settings.js';
import {addResults} from './history.js';
import {showPanel, showResult, withUrls} from './result.js';
import {announceReady, showJob, showJobText, showJobs, showWorking, watchJob} from './queue.js';
import {previewOf} from './reduce.js';
import {attachFiles, attachImages} from './attachments.js';
import {learnHashes} from './images.js';
import {showSourceHint} from './source.js';

const POLL_MS = 2000;

/** The prompt has a chip whose image is not on the page. */
class MissingImageError extends Error {}

/** The request as a form; throws an error with a message for the user if something is missing. */
async function buildForm(isVariation) {
  const parts = promptParts(), form = new FormData();
  if (parts.some(part => part.missing)) {
    throw new MissingImageError('The prompt has a missing image. Choose one or delete the placeholder.');
  }
  if (promptText(parts) === '') {
    throw new Error('Enter a prompt first, for example “a ▣ dog on a beach” with an image for ▣.');
  }
  form.append('prompt', promptText(parts));
  await attachImages(form, parts.filter(part => part.name !== undefined).map(part => part.name));
  if (state.source) await appendSourceSettings(form);
  if (settings.steps !== null) form.append('steps', settings.steps);
  if (settings.guidance !== null) form.append('guidance', settings.guidance);
  if (settings.size && !state.source) form.append('size', settings.size);
  if (settings.n > 1) form.append('n', settings.n);
  for (const {name, scale} of usedLoras()) form.append('loras', `${name}:${scale}`);
  if ($('fast').checked) form.append('fast', 'true');
  const seed = isVariation ? null : requestedSeed();
  if (seed !== null) form.append('seed', seed);
  return form;
}

async function appendSourceSettings(form) {
  if (state.mask) form.append('mask', await maskBlob(state.mask), 'mask.png');
  else form.append('region', $('preserve-unchanged').checked ? 'auto' : 'everywhere');
  if (settings.image_guidance !== null) form.append('image_guidance', settings.image_guidance);
}

/** The source image to compare the result with, if there is one and the browser can display it. */
function displayedSource() {
  const source = images.get(state.source);
  return source?.width ? {before: source.blob, beforePreview: source.preview} : {};
}

/** Posts a request; once more with the files of results that the server has deleted. */
async function post(body, signal) {
  try {
    return await request('v1/jobs', {method: 'POST', body, signal});
  } catch (e) {
    if (e.status !== 404 || !await attachFiles(body)) throw e;
    showSourceHint();
    return request('v1/jobs', {method: 'POST', body, signal});
  }
}

/** The upload in progress, or null. */
let upload = null;

/**
 * Submits the prompt and follows the job. A variation has a random seed, whatever seed is entered; a repeated job is
 * sent as it was.
 */
async function submit({isVariation = false, repeated = null} = {}) {
  if (upload) return toast('The last request is still being uploaded.');
  hideAlert();
  upload = new AbortController();
  $('generate').disabled = true;
  try {
    const sent = repeated ?? {
      body: await buildForm(isVariation), label: promptLabel(), ...displayedSource(), form: currentForm(),
    };
    showUpload();
    addJob(sent, parseJson(await (await post(sent.body, upload.signal)).text()));
  } catch (e) {
    showPanel(state.watchedJob ? 'working' : undefined);
    if (e.name === 'AbortError') toast('Cancelled.');
    else showFailure(e, () => submit({isVariation, repeated}));
  } finally {
    upload = null;
    $('generate').disabled = false;
  }
}

function showUpload() {
  announce('Uploading…');
  if (state.jobs.length) return toast('Uploading…');
  state.watchedJob = null;
  $('preview').removeAttribute('src');
  showWorking({text: 'Uploading…', percent: 0});
  showPanel('working');
  if (isNarrow()) scrollTo($('working'));
}

function isNarrow() {
  return innerWidth < 860;
}

function scrollTo(target) {
  const isReduced = matchMedia('(prefers-reduced-motion: reduce)').matches;
  target.scrollIntoView({behavior: isReduced ? 'auto' : 'smooth', block: 'start'});
}

function addJob({body, label, before, beforePreview, form}, accepted) {
  const job = {id: accepted.id, body, label, before, beforePreview, form};
  state.jobs.push(job);
  if (state.jobs.length === 1) watchJob(job.id);
  else toast('Added to the queue.');
  showJob(accepted);
  announce($('progress-text').textContent);
  stateChanged(true);
  follow(job);
}

/** Shows why a job could not be submitted or followed. */
function showFailure(e, retry) {
  if (e instanceof ApiError && e.status === 429) {
    setServerStatus('busy', 'server busy');
    showAlert(`The server is busy: ${e.message}`, 'Try again', retry);
    setTimeout(() => { if (serverStatus() === 'busy') loadModelInfo(); }, (e.retryAfter || 2) * 1000);
  } else if (e instanceof ApiError && e.status === 401) {
    showAlert(e.message, 'Enter API key', async () => { if (await promptForApiKey()) retry(); });
  } else if (e instanceof MissingImageError) {
    showAlert(e.message, 'Choose image', chooseMissingImage);
  } else if (e instanceof ServerUnreachableError || e instanceof JobError) {
    showAlert(e.message, 'Try again', retry);
  } else {
    showAlert(e.message);
  }
}

/** A job failed, or the server does not know it any more. */
class JobError extends Error {}

/** Follows the jobs that were restored. */
export function followJobs() {
  state.jobs.forEach(follow);
}

/**
 * Follows a job to its end: the first one by its events, the others by asking, because browsers have few connections.
 * Reconnects when a connection breaks, for as long as it takes.
 */
async function follow(job) {
  for (let tries = 0; state.jobs.includes(job);) {
    try {
      const isFirst = job === state.jobs[0];
      const seen = isFirst
        ? await readEvents(await request(`v1/jobs/${job.id}/events`))
        : parseJson(await (await request(`v1/jobs/${job.id}`)).text());
      tries = 0;
      if (seen && isTerminal(seen)) return await finishJob(job, seen);
      if (!isFirst) {
        showJob(seen);
        await pause(POLL_MS);
      }
    } catch (e) {
      const isLasting = e instanceof ApiError && e.status !== 429 && e.status < 500;
      if (isLasting) {
        return failJob(job, e.status === 404
          ? new JobError('Job not found: the server restarted or the result expired.') : e);
      }
      showJobText(job.id, 'Connection lost. Reconnecting…');
      await pause(Math.min(5000, 500 * 2 ** tries++));
    }
  }
}

function pause(milliseconds) {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

function isTerminal(job) {
  return ['succeeded', 'failed', 'cancelled'].includes(job.state);
}

/** Shows the server-sent events of a response as they arrive; returns the last one. */
async function readEvents(response) {
  showReady();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '', last = null;
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return last;
    text += value;
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end));
      if (!data) continue;                                      // a keep-alive comment
      last = parseJson(data[1]);
      showJob(last);
    }
  }
}

async function finishJob(job, seen) {
  if (seen.state === 'succeeded') {
    const results = await fetchResults(job, seen.result);
    addResults(results);
    endJob(job, results[0]);
  } else if (seen.state === 'cancelled') {
    endJob(job);
    announce('Cancelled.');
    toast('Cancelled.');
  } else {
    failJob(job, new JobError(seen.error?.message || 'Image generation failed.'));
  }
}

function failJob(job, e) {
  const others = state.jobs.length > 1;
  endJob(job);
  if (others) e.message = `“${job.label}”: ${e.message}`;
  showFailure(e, () => submit(job.body ? {repeated: job} : {}));
}

/** Removes a job that has ended, and shows its result if the job was shown. */
function endJob(job, result = null) {
  const wasWatched = state.watchedJob === job.id;
  state.jobs = state.jobs.filter(other => other !== job);
  if (result) announceReady();
  if (wasWatched && result) {
    showResult(result.id);
    if (isNarrow()) scrollTo($('result'));
  } else if (wasWatched) {
    watchJob(state.currentResult ? null : state.jobs[0]?.id ?? null);
  } else {
    showJobs();
    if (result) toast(`Image ready: ${job.label}`, 'Show', () => showResult(result.id));
  }
  stateChanged(true);
}

async function fetchResults({id, label, before, beforePreview, form}, {width, height, notices, images: links}) {
  const results = [], created = Date.now();
  for (const [index, {url, recipe}] of links.entries()) {
    const blob = await (await request(url.slice(1))).blob(), preview = await previewOf(blob, {width, height});
    results.push(withUrls({
      id: `${id}-${index}`, job: id, index, created, blob, preview, before, beforePreview, width, height, recipe, label,
      notices, form,
    }));
  }
  learnHashes(form, links[0].recipe);
  return results;
}

/** Cancels a job, or the upload if the id is null. */
async function cancel(id) {
  if (id === null) return upload?.abort();
  showJobText(id, 'Cancelling…');
  try {
    await request(`v1/jobs/${id}`, {method: 'DELETE'});
  } catch (e) {
    if (e.status !== 404) showAlert(`The job was not cancelled: ${e.message}`, 'Try again', () => cancel(id));
  }
}

$('generate').onclick = () => submit();
$('variation').onclick = () => submit({isVariation: true});
events.addEventListener('cancel', e => cancel(e.detail));
promptBox.addEventListener('keydown', e => {
  if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && !e.defaultPrevented) {
    e.preventDefault();
    submit();
  }
});
