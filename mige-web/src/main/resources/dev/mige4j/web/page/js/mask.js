// The mask editor: a brush on the source image.
import {$, element} from './dom.js';
import {images, state, stateChanged} from './state.js';
import {loadImage} from './images.js';

const MAX_SIDE = 1024;
const BRUSH_COLOUR = '#ff7a52';
const canvas = $('mask-canvas');
const brush = {x: 0, y: 0, down: false};

/** Shows the mask on the thumbnail of the source image. */
export function showMask() {
  const overlay = $('source-mask');
  overlay.hidden = !state.mask;
  $('mask-open').textContent = state.mask ? 'Mask ✓' : 'Mask…';
  if (!state.mask) return;
  overlay.width = state.mask.width;
  overlay.height = state.mask.height;
  const accent = getComputedStyle(document.documentElement).getPropertyValue('--accent');
  tint(overlay.getContext('2d'), state.mask, accent);
}

/** Draws the mask in one colour. */
function tint(context, mask, colour) {
  context.clearRect(0, 0, mask.width, mask.height);
  context.drawImage(mask, 0, 0);
  context.globalCompositeOperation = 'source-in';
  context.fillStyle = colour;
  context.fillRect(0, 0, mask.width, mask.height);
  context.globalCompositeOperation = 'source-over';
}

/** A canvas with the same content. */
export function copyCanvas(source, width = source.width, height = source.height) {
  const copy = element('canvas', {width, height});
  copy.getContext('2d').drawImage(source, 0, 0);
  return copy;
}

/** The mask as a PNG file for the server: white where the source may change, black elsewhere. */
export function maskBlob(mask) {
  const out = element('canvas', {width: mask.width, height: mask.height}), context = out.getContext('2d');
  tint(context, mask, '#fff');
  context.globalCompositeOperation = 'destination-over';
  context.fillStyle = '#000';
  context.fillRect(0, 0, out.width, out.height);
  return new Promise(resolve => out.toBlob(resolve, 'image/png'));
}

async function openDialog() {
  const image = images.get(state.source);
  $('mask-image').src = image.url;
  $('mask').showModal();
  const scale = Math.min(1, MAX_SIDE / Math.max(image.width, image.height));
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  if (state.mask) canvas.getContext('2d').drawImage(state.mask, 0, 0);
  Object.assign(brush, {x: canvas.width / 2, y: canvas.height / 2, down: false});
  canvas.focus();
  await loadImage(image.url);
  requestAnimationFrame(() => {                                 // the size of the image is known after its layout
    canvas.style.width = `${$('mask-image').clientWidth}px`;
    canvas.style.height = `${$('mask-image').clientHeight}px`;
  });
}

function closeDialog() {
  $('mask').close();
}

function applyMask() {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const isPainted = data.some((value, i) => i % 4 === 3 && value > 0);
  state.mask = isPainted ? copyCanvas(canvas) : null;
  closeDialog();
  showMask();
  stateChanged();
}

function drawStroke(x, y, fromX = x, fromY = y) {
  const context = canvas.getContext('2d');
  context.globalCompositeOperation = $('erase').checked ? 'destination-out' : 'source-over';
  context.strokeStyle = BRUSH_COLOUR;
  context.lineCap = 'round';
  context.lineWidth = Math.max(canvas.width, canvas.height) * $('brush').value / 100;
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(x + 0.01, y);                                  // a line of length 0 draws nothing
  context.stroke();
  Object.assign(brush, {x, y});
}

function pointerPosition(e) {
  return [e.offsetX * canvas.width / canvas.clientWidth, e.offsetY * canvas.height / canvas.clientHeight];
}

function handleKey(e) {
  const step = Math.max(canvas.width, canvas.height) / 20;
  const [dx, dy] = {
    ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step],
  }[e.key] || [0, 0];
  if (dx || dy) {
    const x = Math.min(canvas.width, Math.max(0, brush.x + dx));
    const y = Math.min(canvas.height, Math.max(0, brush.y + dy));
    if (e.shiftKey) drawStroke(x, y, brush.x, brush.y);
    else Object.assign(brush, {x, y});
  } else if (e.key === ' ') {
    drawStroke(brush.x, brush.y);
  } else if (e.key.toLowerCase() === 'e') {
    $('erase').checked = !$('erase').checked;
  } else {
    return;
  }
  e.preventDefault();
}

canvas.onpointerdown = e => {
  canvas.setPointerCapture(e.pointerId);
  brush.down = true;
  drawStroke(...pointerPosition(e));
};
canvas.onpointermove = e => { if (brush.down) drawStroke(...pointerPosition(e), brush.x, brush.y); };
canvas.onpointerup = canvas.onpointercancel = () => { brush.down = false; };
canvas.onkeydown = handleKey;
$('mask-open').onclick = openDialog;
$('mask-clear').onclick = () => canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
$('mask-cancel').onclick = closeDialog;
$('mask-apply').onclick = applyMask;
