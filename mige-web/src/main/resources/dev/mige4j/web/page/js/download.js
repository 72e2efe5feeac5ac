// What leaves the page: downloads, the clipboard, other applications.
import {request} from './api.js';
import {$, element} from './dom.js';
import {zip} from './zip.js';

const REVOKE_DELAY_MS = 60_000;
/** Where the server keeps a result for some time. */
export const pathOf = ({job, index}) => `v1/jobs/${job}/images/${index}`;

export const canCopy = Boolean(navigator.clipboard?.write && window.ClipboardItem);
export const canShare = Boolean(navigator.canShare?.({files: [new File([], 'image.png', {type: 'image/png'})]}));

/** A result as a file in the chosen format, with its recipe. */
async function fileOf(result) {
  const format = $('download-format').value, extension = format.replace('jpeg', 'jpg');
  const name = `mige-${result.recipe?.seed}-${result.recipe?.index}.${extension}`;
  const blob = format === 'png' ? result.blob : await convert(result, format);
  return new File([blob], name, {type: `image/${format}`});
}

/** The server converts, because browsers would drop the recipe. */
async function convert(result, format) {
  try {
    return await (await request(`${pathOf(result)}?output_format=${format}`)).blob();
  } catch (e) {
    if (e.status === 404) throw new Error('The server has deleted this result. Choose PNG, which the page has kept.');
    throw e;
  }
}

function save(file) {
  const url = URL.createObjectURL(file);
  element('a', {href: url, download: file.name}).click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_DELAY_MS);
}

export async function download(result) {
  save(await fileOf(result));
}

/** Downloads several results as one ZIP file. */
export async function downloadAll(results) {
  const files = [];
  for (const result of results) files.push(await fileOf(result));
  save(new File([await zip(files)], `mige-${results[0].recipe?.seed}.zip`, {type: 'application/zip'}));
}

export async function copy(result) {
  await navigator.clipboard.write([new ClipboardItem({'image/png': result.blob})]);
  return 'Copied.';
}

/** Opens the dialog of the system that passes the file on. */
export async function share(result) {
  try {
    await navigator.share({files: [await fileOf(result)]});
  } catch (e) {
    if (e.name !== 'AbortError') throw e;                       // the user closed the dialog
  }
}
