// Shows the jobs of the page: one in the working panel, the others as a list above it, progress in the title.
import {$, announce, element} from './dom.js';
import {events, state} from './state.js';
import {showPanel} from './result.js';

const TITLE = document.title;
/** What each job shows: {text, percent, isRunning, preview, notices} by id. */
const displayed = new Map();

/** Shows a text for a job, such as 'Cancelling…', until its next state arrives. */
export function showJobText(id, text) {
  displayed.set(id, {percent: 0, ...displayed.get(id), text});
  showJobs();
}

/** Shows the state of a job. */
export function showJob({id, state: jobState, preview = displayed.get(id)?.preview, ...job}) {
  if (jobState === 'queued') {
    const ahead = job.position === 0 ? 'Next in the queue' : `${requests(job.position)} ahead of this one`;
    displayed.set(id, {text: ahead + remainingText(job), percent: 0, notices: job.notices});
  } else if (jobState === 'running') {
    const stage = {
      encoding: 'Encoding prompt',
      denoising: `Step ${job.step} of ${job.total}`,
      decoding: 'Decoding image',
    }[job.stage];
    displayed.set(id, {
      text: stage + remainingText(job), percent: 100 * job.progress, isRunning: true, preview, notices: job.notices,
    });
  }
  showJobs();
}

function requests(count) {
  return count === 1 ? '1 request' : `${count} requests`;
}

/** The time left as the end of a sentence. */
export function remainingText({seconds_remaining: seconds}) {
  if (seconds === undefined) return '…';
  if (seconds < 1) return ', almost done';
  if (seconds < 10) return `, ${Math.ceil(seconds)} s left`;
  if (seconds < 100) return `, about ${5 * Math.round(seconds / 5)} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `, about ${minutes} min left`;
  return `, about ${Math.floor(minutes / 60)} h ${10 * Math.floor(minutes % 60 / 10)} min left`;
}

/** Shows a job in the working panel; null: shows the result there. */
export function watchJob(id) {
  state.watchedJob = id;
  $('preview').removeAttribute('src');
  showPanel(id === null ? undefined : 'working');
  showJobs();
}

/** Shows all jobs of the page. */
export function showJobs() {
  const ids = new Set(state.jobs.map(job => job.id));
  for (const id of displayed.keys()) if (!ids.has(id)) displayed.delete(id);
  const watched = displayed.get(state.watchedJob);
  if (watched) showWorking(watched);
  showList(state.jobs.filter(job => job.id !== state.watchedJob));
  showTitle();
}

/** Fills the working panel. */
export function showWorking({text, percent, preview, notices = []}) {
  if (preview) $('preview').src = preview;
  $('progress').setAttribute('aria-valuenow', Math.round(percent));
  $('progress-bar').style.width = `${percent}%`;
  $('progress-text').textContent = text;
  $('working-notices').hidden = notices.length === 0;
  $('working-notices').textContent = notices.join(' ');
}

/** Shows jobs as a list; entries that exist are kept, so that buttons keep the focus. */
function showList(jobs) {
  const list = $('queue'), rows = new Map([...list.children].map(row => [row.dataset.job, row]));
  for (const [id, row] of rows) if (!jobs.some(job => job.id === id)) row.remove();
  for (const job of jobs) {
    if (!rows.has(job.id)) list.append(createRow(job));
    const row = rows.get(job.id) ?? list.lastChild;
    const {text = 'Queued…', percent = 0, preview} = displayed.get(job.id) ?? {};
    row.querySelector('small').textContent = text;
    row.querySelector('img').hidden = !preview;
    if (preview) row.querySelector('img').src = preview;
    row.style.setProperty('--done', `${percent}%`);
  }
  list.hidden = jobs.length === 0;
}

function createRow(job) {
  const show = element('button', {type: 'button', className: 'entry secondary'},
    element('img', {alt: '', hidden: true}), element('span', {}, job.label, element('small')));
  show.title = 'Show the progress';
  show.onclick = () => {
    watchJob(job.id);
    $('cancel').focus();
  };
  const cancel = element('button', {type: 'button', className: 'small', textContent: 'Cancel'});
  cancel.setAttribute('aria-label', `Cancel: ${job.label}`);
  cancel.onclick = () => events.dispatchEvent(new CustomEvent('cancel', {detail: job.id}));
  const row = element('li', {}, show, cancel);
  row.dataset.job = job.id;
  return row;
}

/** Shows the progress of the first job in the title of the tab. */
function showTitle() {
  const [job] = state.jobs, {isRunning, percent} = displayed.get(job?.id) ?? {};
  if (job) document.title = `${isRunning ? `${Math.floor(percent)} %` : 'Queued'} · mige`;
  else if (!document.title.startsWith('✓')) document.title = TITLE;
}

/** Says that images are ready, in the title until the tab is visible. */
export function announceReady() {
  announce('Image ready.');
  if (document.hidden) document.title = '✓ Image ready · mige';
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && document.title.startsWith('✓')) document.title = TITLE;
});
$('cancel').onclick = () => events.dispatchEvent(new CustomEvent('cancel', {detail: state.watchedJob}));
events.addEventListener('result', () => showJobs());
