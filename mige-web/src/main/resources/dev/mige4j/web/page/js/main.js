// Entry point of the page.
import './mask-editor.js';
import './menu.js';
import './upload.js';
import './examples.js';
import {checkReadiness, loadModelInfo} from './api.js';
import {followJobs} from './jobs.js';
import {restoreSession} from './store.js';

const READINESS_INTERVAL_MS = 5000;

await restoreSession().catch(() => {});
document.documentElement.dataset.ready = 'true';
loadModelInfo();
setInterval(checkReadiness, READINESS_INTERVAL_MS);
document.addEventListener('visibilitychange', checkReadiness);
followJobs();
