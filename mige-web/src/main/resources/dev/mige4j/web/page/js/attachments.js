// The images of a request as fields of its form.
import {images, state} from './state.js';
import {pathOf} from './download.js';
import {forgetRetained, referenceOf} from './images.js';

/** Appends the source in full, because results have its size, and the other images of the prompt as models see them. */
export async function attachImages(form, names) {
  for (const name of new Set(names)) {
    const image = images.get(name), field = `image[${name}]`;
    if (name === state.source) attachWhole(form, field, image);
    else form.append(field, await referenceOf(image), 'image');
  }
  if (names.includes(state.source)) form.append('source', state.source);
  else if (state.source) attachWhole(form, 'source', images.get(state.source));
}

/** Appends a file, or the path of a result, which the server still has. */
function attachWhole(form, field, image) {
  if (image.isRetained) form.append(field, `/${pathOf(image)}`);
  else form.append(field, image.blob, 'image');
}

/** Replaces the paths of results that the server has deleted by their files; whether there were any. */
export async function attachFiles(form) {
  const paths = [...form].filter(([, value]) => typeof value === 'string');
  await forgetRetained();
  const results = [...images.values()].filter(image => image.job);
  let replaced = false;
  for (const [field, path] of paths) {
    const image = results.find(result => path === `/${pathOf(result)}`);
    if (!image) continue;
    form.set(field, image.blob, 'image');
    replaced = true;
  }
  return replaced;
}
