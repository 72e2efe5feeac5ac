// The aspect ratio of generated images: a size that is cut out of the model's squares.
import {$, element} from './dom.js';
import {state} from './state.js';

const ASPECTS = {'3:2': 3 / 2, '2:3': 2 / 3, '16:9': 16 / 9, '9:16': 9 / 16};

/** The size of an aspect ratio in a square of the model, such as 128x85. */
function sizeOf(ratio) {
  const side = state.modelInfo.mige.size;
  return ratio > 1 ? `${side}x${Math.round(side / ratio)}` : `${Math.round(side * ratio)}x${side}`;
}

/** Shows a size, null for the model's square; a size of no listed ratio gets an entry. */
export function showSize(size) {
  $('size-box').hidden = Boolean(state.source) || !state.modelInfo;
  $('size-hint').hidden = !size || Boolean(state.source);
  if (!state.modelInfo) return;
  const sizes = Object.entries(ASPECTS).map(([name, ratio]) => [sizeOf(ratio), name]);
  if (size && !sizes.some(([value]) => value === size)) sizes.push([size, size.replace('x', ' × ')]);
  const options = [['', 'Square'], ...sizes].map(([value, textContent]) => element('option', {value, textContent}));
  $('size').replaceChildren(...options);
  $('size').value = size ?? '';
  if (size) $('size-hint').textContent = hint(...size.split('x').map(Number));
}

/** How the size is made of the model's square. */
function hint(width, height) {
  const side = state.modelInfo.mige.size;
  const changes = [Math.max(width, height) > side && 'enlarged', width !== height && 'cropped'];
  const how = changes.filter(Boolean).join(' and ');
  return `${width} × ${height} pixels, ${how || 'reduced'} from the model’s square of ${side} × ${side}.`;
}
