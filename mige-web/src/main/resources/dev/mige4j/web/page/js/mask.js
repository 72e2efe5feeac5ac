// The mask: the painted area of the source image.
import {$, element} from './dom.js';
import {state} from './state.js';

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
