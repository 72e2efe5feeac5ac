// Generation: submits a job, follows its progress, collects its images.
import {$, announce, hideAlert, showAlert, toast} from './dom.js';
import {images, state, stateChanged} from './state.js';
import {
  ApiError, ServerUnreachableError, loadModelInfo, parseJson, promptForApiKey, request, serverStatus, setServerStatus,
  showReady,
} from './api.js';
import {promptBox, promptLabel, promptParts, promptText} from './editor.js';
import {maskBlob} from './mask.js';
import {chooseMissingImage} from './menu.js';
import {requestedSeed, settings} from './settings.js';
import {addResults} from './history.js';
import {showPanel, showResult, withUrls} from './result.js';
import {previewOf} from './reduce.js';

/** The prompt has a chip whose image is not on the page. */
class MissingImageError extends Error {}

/** The request as a form; throws an error with a message for the user if something is missing. */
async function buildForm(isVariation) {
  const parts = promptParts(), form = new FormData();
  if (parts.some(part => part.missing)) {
    throw new MissingImageError('The prompt has a missing image. Choose one or delete the placeholder.');
  }
  if (promptText(parts) === '') throw new Error('Enter a prompt first, for example “a dog on a beach”.');
  form.append('prompt', promptText(parts));
  const names = new Set(parts.filter(part => part.name !== undefined).map(part => part.name));
  for (const name of names) form.append(`image[${name}]`, images.get(name).blob, 'image');
  if (state.source) await appendSource(form, names);
  if (settings.steps !== null) form.append('steps', settings.steps);
  if (settings.guidance !== null) form.append('guidance', settings.guidance);
  if (settings.n > 1) form.append('n', settings.n);
  if ($('fast').checked) form.append('fast', 'true');
  const seed = isVariation ? null : requestedSeed();
  if (seed !== null) form.append('seed', seed);
  return form;
}

async function appendSource(form, names) {
  if (names.has(state.source)) form.append('source', state.source);
  else form.append('source', images.get(state.source).blob, 'image');
  if (state.mask) form.append('mask', await maskBlob(state.mask), 'mask.png');
  else form.append('region', $('preserve-unchanged').checked ? 'auto' : 'everywhere');
  if (settings.image_guidance !== null) form.append('image_guidance', settings.image_guidance);
}

/** The source image to compare the result with; null if there is none, or the browser cannot display it. */
function displayedSource() {
  const source = images.get(state.source);
  return source?.width ? source.blob : null;
}

/** Submits the prompt and follows the job. A variation has a random seed, whatever seed is entered. */
export async function submit({isVariation = false} = {}) {
  if (state.job) return;
  hideAlert();
  $('generate').disabled = true;
  try {
    const form = await buildForm(isVariation);
    showWorking('Uploading…');
    const job = parseJson(await (await request('v1/jobs', {method: 'POST', body: form})).text());
    state.job = {id: job.id, label: promptLabel(), before: displayedSource()};
    stateChanged(true);
    await followJob();
  } catch (e) {
    handleError(e);
  }
}

/** Shows why a job could not be submitted or followed. */
export function handleError(e) {
  endJob();
  if (e instanceof ApiError && e.status === 429) {
    setServerStatus('busy', 'server busy');
    showAlert(`The server is busy: ${e.message}`, 'Try again', () => submit());
    setTimeout(() => { if (serverStatus() === 'busy') loadModelInfo(); }, (e.retryAfter || 2) * 1000);
  } else if (e instanceof ServerUnreachableError) {
    showAlert(e.message, 'Try again', () => submit());
  } else if (e instanceof ApiError && e.status === 401) {
    showAlert(e.message, 'Enter API key', async () => { if (await promptForApiKey()) submit(); });
  } else if (e instanceof MissingImageError) {
    showAlert(e.message, 'Choose image', chooseMissingImage);
  } else {
    showAlert(e.message);
  }
}

function endJob() {
  state.job = null;
  stateChanged(true);
  showPanel();
  $('generate').disabled = false;
}

/** Follows the current job to its end. Reconnects when the event stream breaks, for as long as it takes. */
export async function followJob() {
  showWorking('Queued…');
  const {id} = state.job;
  for (let tries = 0; state.job?.id === id;) {
    try {
      const job = await readEvents(await request(`v1/jobs/${id}/events`));
      tries = 0;
      if (job && isTerminal(job)) return await finishJob(job);
    } catch (e) {
      if (e instanceof ApiError && e.status === 404) {
        throw new Error('Job not found: the server restarted or the result expired. Run it again.');
      }
      if (e instanceof ApiError && e.status !== 429 && e.status < 500) throw e;
      showProgressText('Connection lost. Reconnecting…');
      await new Promise(resolve => setTimeout(resolve, Math.min(5000, 500 * 2 ** tries++)));
    }
  }
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

function showWorking(text) {
  $('generate').disabled = true;
  $('preview').removeAttribute('src');
  showProgress(0);
  showProgressText(text);
  announce(text);
  showPanel('working');
}

function showProgress(percent) {
  $('progress').setAttribute('aria-valuenow', Math.round(percent));
  $('progress-bar').style.width = `${percent}%`;
}

function showProgressText(text) {
  $('progress-text').textContent = text;
}

function showJob(job) {
  if (job.preview) $('preview').src = job.preview;
  if (job.state === 'queued') {
    showProgress(0);
    showProgressText((job.position === 0 ? 'Next in the queue' : queueText(job)) + (remainingText(job) || '…'));
  } else if (job.state === 'running') {
    showProgress(100 * job.progress);
    showProgressText({
      encoding: 'Encoding prompt',
      denoising: `Step ${job.step} of ${job.total}`,
      decoding: 'Decoding image',
    }[job.stage] + (remainingText(job) || '…'));
  }
}

function queueText(job) {
  return `${job.position} ${job.position === 1 ? 'request' : 'requests'} ahead of yours`;
}

function remainingText(job) {
  const seconds = job.seconds_remaining;
  if (seconds === undefined) return '';
  if (seconds < 1) return ', almost done';
  if (seconds < 10) return `, ${Math.ceil(seconds)} s left`;
  if (seconds < 100) return `, about ${5 * Math.round(seconds / 5)} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `, about ${minutes} min left`;
  return `, about ${Math.floor(minutes / 60)} h ${10 * Math.floor(minutes % 60 / 10)} min left`;
}

async function finishJob(job) {
  if (job.state === 'succeeded') return collectResults(job);
  endJob();
  if (job.state === 'cancelled') {
    announce('Cancelled.');
    toast('Cancelled.');
  } else {
    showAlert(job.error?.message || 'Image generation failed.', 'Try again', () => submit());
  }
}

async function collectResults(job) {
  const {label, before} = state.job, {width, height, notices} = job.result, results = [];
  const beforePreview = before && await previewOf(before, {width, height});
  for (const [index, {url, recipe}] of job.result.images.entries()) {
    const blob = await (await request(url.slice(1))).blob(), preview = await previewOf(blob, {width, height});
    results.push(withUrls({
      id: `${job.id}-${index}`, job: job.id, index, blob, preview, before, beforePreview, width, height, recipe, label,
      notices,
    }));
  }
  addResults(results);
  state.job = null;
  $('generate').disabled = false;
  showResult(results[0].id);
  announce('Image ready.');
  if (innerWidth < 860) $('result').scrollIntoView({behavior: 'smooth', block: 'start'});
}

async function cancel() {
  if (!state.job) return;
  showProgressText('Cancelling…');
  await request(`v1/jobs/${state.job.id}`, {method: 'DELETE'}).catch(() => {});
}

$('generate').onclick = () => submit();
$('cancel').onclick = cancel;
$('variation').onclick = () => submit({isVariation: true});
promptBox.addEventListener('keydown', e => {
  if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && !e.defaultPrevented) {
    e.preventDefault();
    submit();
  }
});
