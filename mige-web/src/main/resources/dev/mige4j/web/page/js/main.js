// Entry point of the page.
import './mask-editor.js';
import './menu.js';
import './upload.js';
import './examples.js';
import './teach.js';
import {checkReadiness, loadModelInfo} from './api.js';
import {showAlert} from './dom.js';
import {followJobs} from './jobs.js';
import {restoreSession} from './store.js';

const READINESS_INTERVAL_MS = 5000;

// whatever fails, the user hears of it
addEventListener('unhandledrejection', e => showAlert(`That did not work: ${e.reason?.message ?? e.reason}`));

await restoreSession().catch(() => {});
document.documentElement.dataset.ready = 'true';
loadModelInfo();
setInterval(checkReadiness, READINESS_INTERVAL_MS);
document.addEventListener('visibilitychange', checkReadiness);
followJobs();
