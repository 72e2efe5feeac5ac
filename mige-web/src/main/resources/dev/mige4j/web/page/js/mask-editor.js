// The mask editor: a brush on the source image, with zoom, undo and keys for everything.
import {$} from './dom.js';
import {images, state, stateChanged} from './state.js';
import {copyCanvas, showMask} from './mask.js';
import {UndoHistory, undoKey} from './undo.js';

/** Longest side of a mask; the server scales it to the source. */
const MAX_SIDE = 1024;
const MAX_ZOOM = 16;
const ZOOM_STEP = 1.5;
const BRUSH_COLOUR = '#ff7a52';
const canvas = $('mask-canvas'), frame = $('mask-frame'), sheet = $('mask-sheet');

/** Position of the brush on the canvas. */
const brush = {x: 0, y: 0};
/** What was there when the editor was opened: a canvas or null. */
let base = null;
/** States: lists of changes since then, {type: 'stroke', erase, width, points}, {type: 'clear'} or {type: 'invert'}. */
let undoHistory;
/** The stroke in progress, or null. */
let stroke = null;
let zoom = 1;
/** Pressed pointers by id, {x, y}; two of them move and zoom the image. */
const pointers = new Map();

function openDialog() {
  const image = images.get(state.source);
  const scale = Math.min(1, MAX_SIDE / Math.max(image.width, image.height));
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  base = state.mask;
  undoHistory = new UndoHistory([]);
  Object.assign(brush, {x: canvas.width / 2, y: canvas.height / 2});
  $('mask-image').src = image.url;
  $('mask').showModal();
  redraw();
  fit();
  canvas.focus();
}

function redraw() {
  const context = canvas.getContext('2d');
  context.globalCompositeOperation = 'source-over';
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (base) context.drawImage(base, 0, 0);
  undoHistory.current.forEach(apply);
  $('mask-undo').setAttribute('aria-disabled', String(!undoHistory.canUndo));
  $('mask-redo').setAttribute('aria-disabled', String(!undoHistory.canRedo));
}

function apply(change) {
  const context = canvas.getContext('2d');
  if (change.type === 'clear') {
    context.clearRect(0, 0, canvas.width, canvas.height);
  } else if (change.type === 'invert') {
    context.globalCompositeOperation = 'xor';
    context.fillStyle = BRUSH_COLOUR;
    context.fillRect(0, 0, canvas.width, canvas.height);
  } else {
    draw(change, change.points);
  }
}

/** Draws a line with the brush of a stroke. */
function draw({erase, width}, points) {
  const context = canvas.getContext('2d');
  context.globalCompositeOperation = erase ? 'destination-out' : 'source-over';
  context.strokeStyle = BRUSH_COLOUR;
  context.lineCap = context.lineJoin = 'round';
  context.lineWidth = width;
  context.beginPath();
  points.forEach(([x, y]) => context.lineTo(x, y));
  context.lineTo(points.at(-1)[0] + 0.01, points.at(-1)[1]);    // a line of length 0 draws nothing
  context.stroke();
}

function change(made, message) {
  undoHistory.record([...undoHistory.current, made]);
  redraw();
  $('mask-status').textContent = message;
}

function step(direction) {
  const isDone = undoHistory[direction]();
  redraw();
  $('mask-status').textContent = isDone ? {undo: 'Undone.', redo: 'Repeated.'}[direction] : `Nothing to ${direction}.`;
}

function brushWidth() {
  return Math.max(canvas.width, canvas.height) * $('brush').value / 100;
}

function newStroke(erase, point) {
  return {type: 'stroke', erase, width: brushWidth(), points: [point]};
}

/** Moves the brush and the circle that shows its size. */
function moveBrush(x, y) {
  Object.assign(brush, {x, y});
  const scale = sheet.clientWidth / canvas.width, cursor = $('mask-cursor');
  cursor.style.width = cursor.style.height = `${brushWidth() * scale}px`;
  cursor.style.left = `${x * scale}px`;
  cursor.style.top = `${y * scale}px`;
}

// ---- zoom

/** Shows the whole image as large as it fits. */
function fit() {
  const style = getComputedStyle($('mask'));
  const maxWidth = parseFloat(style.maxWidth) - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 2;
  const scale = Math.min(maxWidth / canvas.width, innerHeight * 0.55 / canvas.height);
  frame.style.width = `${Math.floor(canvas.width * scale)}px`;
  frame.style.height = `${Math.floor(canvas.height * scale)}px`;
  setZoom(1);
}

/** Zooms around a point of the screen. */
function setZoom(factor, x, y) {
  const visible = frame.getBoundingClientRect(), before = sheet.getBoundingClientRect();
  const [pointX, pointY] = [x ?? visible.left + visible.width / 2, y ?? visible.top + visible.height / 2];
  zoom = Math.min(MAX_ZOOM, Math.max(1, factor));
  sheet.style.width = `${parseFloat(frame.style.width) * zoom}px`;
  sheet.style.height = `${parseFloat(frame.style.height) * zoom}px`;
  const after = sheet.getBoundingClientRect(), ratio = before.width ? after.width / before.width : 1;
  frame.scrollLeft += after.left + (pointX - before.left) * ratio - pointX;
  frame.scrollTop += after.top + (pointY - before.top) * ratio - pointY;
  $('mask-zoom').textContent = `${Math.round(zoom * 100)} %`;
  moveBrush(brush.x, brush.y);
}

// ---- pointers

function pointOf(e) {
  const {left, top, width, height} = canvas.getBoundingClientRect();
  return [(e.clientX - left) * canvas.width / width, (e.clientY - top) * canvas.height / height];
}

canvas.onpointerdown = e => {
  if (e.button !== 0 && e.button !== 5) return;                 // 5: the eraser of a pen
  canvas.setPointerCapture(e.pointerId);
  pointers.set(e.pointerId, {x: e.clientX, y: e.clientY});
  moveBrush(...pointOf(e));
  if (pointers.size === 1) {
    stroke = newStroke($('erase').checked || e.button === 5, pointOf(e));
    draw(stroke, stroke.points);
  } else if (stroke) {
    stroke = null;
    redraw();
  }
};
canvas.onpointermove = e => {
  if (pointers.size > 1 && pointers.has(e.pointerId)) return pinch(e);
  moveBrush(...pointOf(e));
  if (!stroke || !pointers.has(e.pointerId)) return;
  for (const each of e.getCoalescedEvents?.() ?? []) stroke.points.push(pointOf(each));
  stroke.points.push(pointOf(e));
  draw(stroke, stroke.points.slice(-20));
};
canvas.onpointerup = canvas.onpointercancel = e => {
  pointers.delete(e.pointerId);
  if (stroke) change(stroke, stroke.erase ? 'Erased.' : 'Painted.');
  stroke = null;
};

/** Moves and zooms with two fingers. */
function pinch(e) {
  const [a, b] = pointers.values(), distance = Math.hypot(a.x - b.x, a.y - b.y), moved = pointers.get(e.pointerId);
  frame.scrollLeft -= (e.clientX - moved.x) / 2;
  frame.scrollTop -= (e.clientY - moved.y) / 2;
  Object.assign(moved, {x: e.clientX, y: e.clientY});
  setZoom(zoom * Math.hypot(a.x - b.x, a.y - b.y) / Math.max(1, distance), (a.x + b.x) / 2, (a.y + b.y) / 2);
}

frame.addEventListener('wheel', e => {
  if (!e.ctrlKey) return;                                       // without, it scrolls
  e.preventDefault();
  setZoom(zoom * ZOOM_STEP ** (-e.deltaY / 100), e.clientX, e.clientY);
}, {passive: false});

// ---- keys

function moveByKey(dx, dy, paint) {
  const distance = Math.max(canvas.width, canvas.height) / 20 / zoom, {x, y} = brush;
  moveBrush(
    Math.min(canvas.width, Math.max(0, x + dx * distance)), Math.min(canvas.height, Math.max(0, y + dy * distance)));
  if (paint) {
    change({...newStroke($('erase').checked, [x, y]), points: [[x, y], [brush.x, brush.y]]}, 'Painted.');
  }
  $('mask-cursor').scrollIntoView({block: 'nearest', inline: 'nearest'});
}

function setBrush(size) {
  $('brush').value = size;
  moveBrush(brush.x, brush.y);
}

const KEYS = {
  ArrowLeft: e => moveByKey(-1, 0, e.shiftKey),
  ArrowRight: e => moveByKey(1, 0, e.shiftKey),
  ArrowUp: e => moveByKey(0, -1, e.shiftKey),
  ArrowDown: e => moveByKey(0, 1, e.shiftKey),
  ' ': () => change(newStroke($('erase').checked, [brush.x, brush.y]), $('erase').checked ? 'Erased.' : 'Painted.'),
  'e': () => { $('erase').checked = !$('erase').checked; },
  'i': () => change({type: 'invert'}, 'Inverted.'),
  '[': () => setBrush(Number($('brush').value) - 2),
  ']': () => setBrush(Number($('brush').value) + 2),
  '+': () => setZoom(zoom * ZOOM_STEP),
  '-': () => setZoom(zoom / ZOOM_STEP),
  '0': () => fit(),
};

canvas.onkeydown = e => {
  const action = !e.ctrlKey && !e.metaKey && !e.altKey && KEYS[e.key.length === 1 ? e.key.toLowerCase() : e.key];
  if (!action) return;
  e.preventDefault();
  action(e);
};
$('mask').addEventListener('keydown', e => {
  const direction = undoKey(e);
  if (!direction) return;
  e.preventDefault();
  step(direction);
});

// ---- buttons

function applyMask() {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const isPainted = data.some((value, i) => i % 4 === 3 && value > 0);
  state.mask = isPainted ? copyCanvas(canvas) : null;
  $('mask').close();
  showMask();
  stateChanged();
}

$('mask-open').onclick = openDialog;
$('brush').oninput = () => moveBrush(brush.x, brush.y);
$('mask-undo').onclick = () => step('undo');
$('mask-redo').onclick = () => step('redo');
$('mask-invert').onclick = () => change({type: 'invert'}, 'Inverted.');
$('mask-clear').onclick = () => change({type: 'clear'}, 'Cleared.');
$('mask-zoom-in').onclick = () => setZoom(zoom * ZOOM_STEP);
$('mask-zoom-out').onclick = () => setZoom(zoom / ZOOM_STEP);
$('mask-fit').onclick = () => fit();
$('mask-cancel').onclick = () => $('mask').close();
$('mask-apply').onclick = applyMask;
addEventListener('resize', () => { if ($('mask').open) fit(); });
