// Results in full: zoom, pan, comparison with the source, and the others of the request.
import {$} from './dom.js';
import {hasAlpha} from './reduce.js';

const ZOOM_STEP = 1.5;
/** How far images can be enlarged beyond their size on the screen or in pixels, whichever is larger. */
const MAX_ZOOM = 8;
const WHEEL_SPEED = 0.002, TRACKPAD_PINCH_SPEED = 0.01;         // trackpads send pinches as small steps with Ctrl
const PAN_STEP = 80;

const stage = $('stage');
/** Offset of the image's upper left corner in the stage, in CSS pixels, and CSS pixels per pixel of the image. */
const view = {x: 0, y: 0, scale: 1};
/** Positions of the pointers that are down, by id. */
const pointers = new Map();
let results = [], shown = null, onShow = () => {};

/** Opens with one of the results; {@code onShown} is called with each other one that the user goes to. */
export function openLightbox(all, result, onShown) {
  [results, onShow] = [all, onShown];
  setComparison(0);
  if (!$('lightbox').open) $('lightbox').showModal();
  show(result);
  stage.focus();
}

export function closeLightbox() {
  $('lightbox').close();
}

/** Shows a message if the lightbox is open; whether it is. */
export function showLightboxMessage(text) {
  $('lightbox-message').textContent = text;
  return $('lightbox').open;
}

async function show(result) {
  shown = result;
  const index = results.indexOf(result);
  $('lightbox-title').textContent = (results.length > 1 ? `${index + 1} of ${results.length} · ` : '') + result.label;
  $('previous-result').hidden = $('next-result').hidden = results.length === 1;
  $('previous-result').disabled = index === 0;
  $('next-result').disabled = index === results.length - 1;
  $('lightbox-compare').hidden = !result.before;
  if (!result.before) setComparison(0);
  showLightboxMessage('');
  $('full-after').alt = `Result: ${result.label}`;
  $('full-before').hidden = !result.before;
  $('full-after').src = result.previewUrl;
  if (result.before) $('full-before').src = result.beforePreviewUrl;
  fit();
  const replace = async (image, url) => {                       // decoded first, so that nothing flickers
    const full = new Image();
    full.src = url;
    await full.decode().catch(() => {});
    if (shown === result && $('lightbox').open) image.src = url;
  };
  if (result.previewUrl !== result.url) replace($('full-after'), result.url);
  if (result.beforePreview) replace($('full-before'), result.beforeUrl);
}

function move(offset) {
  const next = results[results.indexOf(shown) + offset];
  if (!next) return;
  show(next);
  onShow(next);
}

// ---- zoom and pan

function fitScale() {
  return Math.min(stage.clientWidth / shown.width, stage.clientHeight / shown.height);
}

function fit() {
  Object.assign(view, {x: 0, y: 0, scale: fitScale()});
  applyView();
}

/** Zooms by a factor and keeps the point (x, y) of the stage in place. */
function zoom(factor, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
  const smallest = fitScale(), largest = MAX_ZOOM * Math.max(1, smallest);
  const scale = Math.min(largest, Math.max(smallest, view.scale * factor));
  view.x = x - (x - view.x) * scale / view.scale;
  view.y = y - (y - view.y) * scale / view.scale;
  view.scale = scale;
  applyView();
}

function pan(dx, dy) {
  view.x += dx;
  view.y += dy;
  applyView();
}

/** Keeps the image in the stage, centred where it is smaller. */
function clamp(offset, length, available) {
  return length <= available ? (available - length) / 2 : Math.min(0, Math.max(available - length, offset));
}

function applyView() {
  const width = shown.width * view.scale, height = shown.height * view.scale;
  view.x = clamp(view.x, width, stage.clientWidth);
  view.y = clamp(view.y, height, stage.clientHeight);
  for (const image of [$('full-after'), $('full-before')]) {
    Object.assign(image.style, {left: `${view.x}px`, top: `${view.y}px`, width: `${width}px`, height: `${height}px`});
  }
  stage.dataset.zoomed = String(view.scale > fitScale() * 1.001);
  $('zoom-level').textContent = `${Math.round(100 * view.scale)} %`;
}

/** How much of the width shows the source, from the left, in percent. */
function setComparison(percent) {
  $('lightbox-slider').value = percent;
  stage.style.setProperty('--at', `${percent}%`);
  stage.dataset.comparing = String(percent > 0);
}

function positionInStage({clientX, clientY}) {
  const {left, top} = stage.getBoundingClientRect();
  return {x: clientX - left, y: clientY - top};
}

function movePointer(e) {
  const before = pointers.get(e.pointerId);
  if (!before) return;
  const after = positionInStage(e);
  const other = [...pointers].find(([id]) => id !== e.pointerId)?.[1];
  pointers.set(e.pointerId, after);
  if (!other) return pan(after.x - before.x, after.y - before.y);
  const distance = point => Math.hypot(point.x - other.x, point.y - other.y) || 1;
  pan((after.x - before.x) / 2, (after.y - before.y) / 2);
  zoom(distance(after) / distance(before), (after.x + other.x) / 2, (after.y + other.y) / 2);
}

stage.onpointerdown = e => {
  stage.setPointerCapture(e.pointerId);
  pointers.set(e.pointerId, positionInStage(e));
};
stage.onpointermove = movePointer;
stage.onpointerup = stage.onpointercancel = e => pointers.delete(e.pointerId);
stage.ondblclick = e => {
  if (stage.dataset.zoomed === 'true') return fit();
  const {x, y} = positionInStage(e);
  zoom(Math.max(1, 2 * fitScale()) / view.scale, x, y);
};
stage.addEventListener('wheel', e => {
  e.preventDefault();
  const {x, y} = positionInStage(e);
  const pixels = e.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 * e.deltaY : e.deltaY;
  zoom(Math.exp(-pixels * (e.ctrlKey ? TRACKPAD_PINCH_SPEED : WHEEL_SPEED)), x, y);
}, {passive: false});

const KEYS = {
  '+': () => zoom(ZOOM_STEP),
  '=': () => zoom(ZOOM_STEP),
  '-': () => zoom(1 / ZOOM_STEP),
  '0': fit,
  ArrowLeft: () => move(-1),
  ArrowRight: () => move(1),
};
const KEYS_WITH_SHIFT = {
  '+': KEYS['+'],
  ArrowLeft: () => pan(PAN_STEP, 0),
  ArrowRight: () => pan(-PAN_STEP, 0),
  ArrowUp: () => pan(0, PAN_STEP),
  ArrowDown: () => pan(0, -PAN_STEP),
};

$('lightbox').onkeydown = e => {
  if (e.ctrlKey || e.metaKey || e.altKey || /^(SELECT|INPUT)$/.test(e.target.nodeName)) return;
  const action = (e.shiftKey ? KEYS_WITH_SHIFT : KEYS)[e.key];
  if (!action) return;
  e.preventDefault();
  action();
};
$('lightbox').onclose = () => {
  pointers.clear();
  for (const image of [$('full-after'), $('full-before')]) image.removeAttribute('src');
};
$('full-after').onload = () => { stage.dataset.alpha = String(hasAlpha($('full-after'))); };
$('zoom-in').onclick = () => zoom(ZOOM_STEP);
$('zoom-out').onclick = () => zoom(1 / ZOOM_STEP);
$('zoom-fit').onclick = fit;
$('previous-result').onclick = () => move(-1);
$('next-result').onclick = () => move(1);
$('lightbox-close').onclick = closeLightbox;
$('lightbox-slider').oninput = () => setComparison($('lightbox-slider').value);
addEventListener('resize', () => { if ($('lightbox').open) fit(); });
