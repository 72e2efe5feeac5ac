// The dialog that teaches the model a subject or a style: trains a LoRA on the server from a few images.
import {$, announce, element, toast} from './dom.js';
import {events, state} from './state.js';
import {ApiError, parseJson, request} from './api.js';
import {chooseFiles, imageFilesOf, readImage} from './images.js';
import {addLora, loadLoras} from './loras.js';
import {remainingText} from './queue.js';
import {drawScaled, sizeWithin, toFile} from './reduce.js';
import {addDropZone} from './upload.js';

/** In the browser's local storage: the ID of the latest training, which all tabs follow. */
const TRAINING_ITEM = 'mige-training';
const POLL_MS = 1000;
/** Images are sent with this longest side at most, more than a model sees of them. */
const MAX_SIDE = 768;
const MASK_SUFFIX = '-mask';

/** The images of the subject, and masks of some: {name, file, url}. */
const subjectImages = new Map();
/** The training that is followed, as the server described it last, or null. */
let training = null;
let upload = null;

const limits = () => state.modelInfo.mige.training;
const isMask = name => name.endsWith(MASK_SUFFIX);
const imageNames = () => [...subjectImages.keys()].filter(name => !isMask(name));

// ---- the images

/** A name from a file name that is not in use yet; a mask belongs to the image whose name it has. */
function nameOf(file) {
  const stem = (file.name ?? '').replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}-]+/gu, '-').slice(0, 60) || 'image';
  let name = stem;
  for (let i = 2; subjectImages.has(name); i++) name = `${stem}-${i}`;
  return name;
}

async function addFiles(files) {
  showTeachAlert('');
  for (const file of files) {
    try {
      const image = await readImage(file);
      if (!image.width) throw new Error(`This browser cannot display “${file.name}”. Save it as PNG or JPEG.`);
      const small = await toFile(await drawScaled(image.blob, sizeWithin(image, MAX_SIDE)));
      const name = nameOf(file);
      subjectImages.set(name, {name, file: small, url: URL.createObjectURL(small)});
    } catch (e) {
      showTeachAlert(e.message);
    }
  }
  showImages();
}

function deleteImage(name) {
  URL.revokeObjectURL(subjectImages.get(name).url);
  subjectImages.delete(name);
}

function clearForm() {
  for (const name of [...subjectImages.keys()]) deleteImage(name);
  $('teach-name').value = '';
  showImages();
}

function removeImage(name) {
  deleteImage(name);
  showImages();
  ($('teach-images').querySelector('button') ?? $('teach-add')).focus();
}

function showImages() {
  $('teach-images').replaceChildren(...[...subjectImages.values()].map(({name, url}) => {
    const remove = element('button', {type: 'button', textContent: '✕', title: `Remove ${name}`});
    remove.setAttribute('aria-label', `Remove ${name}`);
    remove.onclick = () => removeImage(name);
    const label = isMask(name) ? 'mask' : '';
    return element('li', {}, element('img', {src: url, alt: name}), element('small', {textContent: label}), remove);
  }));
  const count = imageNames().length, {min_images: min, max_images: max} = limits();
  $('teach-count').textContent = count < min ? `${count} of at least ${min} images`
    : count > max ? `${count} images, at most ${max} are possible` : `${count} images`;
}

function showTeachAlert(text) {
  $('teach-alert').textContent = text;
  $('teach-alert').hidden = text === '';
}

// ---- the training

/** The request; throws an error with a message for the user if something is missing. */
function buildForm() {
  const {min_images: min, max_images: max} = limits(), count = imageNames().length;
  const name = $('teach-name').value.trim();
  if (!/^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/.test(name)) {
    $('teach-name').setAttribute('aria-invalid', 'true');
    $('teach-name').focus();
    throw new Error('Enter a name of letters from A to Z and digits, with single hyphens between them, such as'
      + ' my-mug.');
  }
  if (count < min || count > max) throw new Error(`Choose ${min} to ${max} images; there are ${count}.`);
  const form = new FormData();
  form.append('name', name);
  form.append('style', String($('teach-style').checked));
  form.append('minutes', $('teach-minutes').value);
  for (const image of subjectImages.values()) form.append(`image[${image.name}]`, image.file, `${image.name}.png`);
  return form;
}

async function start() {
  showTeachAlert('');
  showDone('');
  $('teach-name').removeAttribute('aria-invalid');
  try {
    const body = buildForm();
    upload = new AbortController();
    showTraining();
    const response = await request('v1/trainings', {method: 'POST', body, signal: upload.signal});
    const started = parseJson(await response.text());
    localStorage.setItem(TRAINING_ITEM, started.id);
    follow(started, true);
  } catch (e) {
    if (e.name !== 'AbortError') showTeachAlert(e.message);
  } finally {
    upload = null;
    showTraining();
  }
}

/** Follows a training to its end, for as long as it takes to reconnect; its LoRA is used then if it is this page's. */
async function follow(started, isOwn) {
  training = started;
  while (training.state === 'running') {
    showTraining();
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
    try {
      training = await (await request(`v1/trainings/${training.id}`)).json();
    } catch (e) {
      if (e instanceof ApiError && e.status < 500 && e.status !== 429) {
        training = {...training, state: 'failed', error: e.status === 404
          ? {message: 'The training ended with the server that ran it.'} : e};
      } else {
        $('teach-progress-text').textContent = 'Connection lost. Reconnecting…';
      }
    }
  }
  await finish(training, isOwn);
}

async function finish({name, state: end, notices, error}, isOwn) {
  if (end === 'succeeded') {
    await loadLoras();
    if (isOwn) addLora(name);
    const message = `“${name}” is ready. Write ${name} in the prompt.`;
    showDone([message, ...notices].join(' '));
    if (!$('teach').open) toast(message);
    if (isOwn) clearForm();
  } else if (end === 'cancelled') {
    toast('The training was cancelled.');
  } else {
    showTeachAlert(error.message);
    if (!$('teach').open) toast(`“${name}” was not taught: ${error.message}`, 'Show', openDialog);
  }
  announce($('teach-done').textContent);
  showTraining();
}

/** Shows the end of a training in the place of the form; an empty text shows the form. */
function showDone(text) {
  $('teach-done').textContent = text;
  $('teach-done').hidden = text === '';
}

/** Shows the running training in the dialog and in the form. */
function showTraining() {
  const isRunning = training?.state === 'running', isBusy = isRunning || Boolean(upload);
  const isDone = !$('teach-done').hidden;
  $('teach-form').hidden = isBusy || isDone;
  $('teach-running').hidden = !isBusy;
  $('teach-start').hidden = isBusy || isDone;
  $('teach-cancel').hidden = !isBusy;
  $('teach-summary').hidden = !isRunning;
  if (!isBusy) $('teach-title').textContent = isDone ? `Taught “${training.name}”` : 'Teach a subject or a style';
  if (!isBusy) return;
  $('teach-preview').hidden = !isRunning || !training.preview;
  if (!isRunning) return showProgress('Uploading…', 0);
  const percent = Math.round(100 * training.progress);
  const text = training.stage.replace(/^./, letter => letter.toUpperCase()) + remainingText(training);
  showProgress(text, percent);
  $('teach-title').textContent = `Teaching “${training.name}”`;
  $('teach-summary').textContent = `Teaching “${training.name}”: ${percent} %${remainingText(training)}`;
  if (training.preview) $('teach-preview').src = training.preview;
}

function showProgress(text, percent) {
  $('teach-progress').setAttribute('aria-valuenow', percent);
  $('teach-progress-bar').style.width = `${percent}%`;
  $('teach-progress-text').textContent = text;
}

async function cancel() {
  if (upload) return upload.abort();
  $('teach-progress-text').textContent = 'Cancelling…';
  try {
    await request(`v1/trainings/${training.id}`, {method: 'DELETE'});
  } catch (e) {
    if (e.status !== 404) showTeachAlert(`The training was not cancelled: ${e.message}`);
  }
}

// ---- the dialog

function openDialog() {
  showImages();
  showTraining();
  $('teach').showModal();
}

$('teach-open').onclick = () => {
  showDone('');
  showTeachAlert('');
  openDialog();
};
$('teach-close').onclick = () => $('teach').close();
$('teach-add').onclick = () => chooseFiles(addFiles);
$('teach-start').onclick = start;
$('teach-cancel').onclick = cancel;
$('teach-minutes').oninput = showMinutes;
addDropZone($('teach'), addFiles);
$('teach').addEventListener('paste', e => {
  const files = imageFilesOf(e.clipboardData);
  if (!files.length) return;
  e.preventDefault();
  addFiles(files);
});

function showMinutes() {
  const minutes = Number($('teach-minutes').value);
  $('teach-minutes-out').textContent = `${minutes} min`;
}

/** Shows what the server can teach, and follows the training that a tab of this browser has started. */
events.addEventListener('model', async () => {
  $('teach-open').hidden = !limits();
  if (!limits()) return;
  $('teach-minutes').max = Math.min(30, limits().max_minutes);
  if (!$('teach').open) $('teach-minutes').value = limits().minutes;
  showMinutes();
  const id = localStorage.getItem(TRAINING_ITEM);
  if (!id || training?.state === 'running') return;
  try {
    const latest = await (await request(`v1/trainings/${id}`)).json();
    if (latest.state === 'running') follow(latest, false);
  } catch (e) {
    if (e.status === 404) localStorage.removeItem(TRAINING_ITEM);
  }
});
