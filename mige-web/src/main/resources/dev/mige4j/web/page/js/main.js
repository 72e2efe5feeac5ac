// Entry point of the page.
import './menu.js';
import './upload.js';
import './examples.js';
import {checkReadiness, loadModelInfo} from './api.js';
import {followJob, handleError} from './jobs.js';
import {state} from './state.js';
import {restoreSession} from './store.js';

const READINESS_INTERVAL_MS = 5000;

await restoreSession().catch(() => {});
document.documentElement.dataset.ready = 'true';
loadModelInfo();
setInterval(checkReadiness, READINESS_INTERVAL_MS);
document.addEventListener('visibilitychange', checkReadiness);
if (state.job) followJob().catch(handleError);
