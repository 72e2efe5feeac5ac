// Fills the dialog that teaches a subject.
import {click, page, visible, waitForText} from './page.mjs';

/** Drawings of a mug as files, turned a little. */
export const drawings = (count, prefix = 'mug') => page.evaluate(([n, name]) => Promise.all(
  Array.from({length: n}, async (_, i) => {
    const canvas = new OffscreenCanvas(200, 160), pen = canvas.getContext('2d');
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, 200, 160);
    pen.translate(100, 80);
    pen.rotate(i / 10);
    pen.fillStyle = '#c33';
    pen.fillRect(-40, -40, 70, 80);
    pen.lineWidth = 12;
    pen.strokeStyle = '#933';
    pen.strokeRect(30, -20, 25, 40);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({type: 'image/png'})).arrayBuffer());
    return {name: `${name} ${i + 1}.png`, mimeType: 'image/png', buffer: [...bytes]};
  })), [count, prefix]).then(files => files.map(file => ({...file, buffer: Buffer.from(file.buffer)})));

/** Chooses files in the dialog. */
export async function chooseImages(files) {
  const chooser = page.waitForEvent('filechooser');
  await click('#teach-add');
  await (await chooser).setFiles(files);
}

/** Opens the dialog with images of a mug and the time in minutes, which can be shorter than users can choose. */
export async function fillDialog(name, minutes = 0.02, count = 3) {
  await visible('#teach-open');
  await click('#teach-open');
  const expected = count + await page.locator('#teach-images li').count();
  await chooseImages(await drawings(count));
  await page.waitForFunction(n => document.querySelectorAll('#teach-images li').length === n, expected);
  await page.locator('#teach-name').fill(name);
  await page.evaluate(value => {
    const time = document.getElementById('teach-minutes');
    time.min = time.step = value;
    time.value = value;
  }, String(minutes));
}

/** Teaches a subject and closes the dialog. */
export async function teach(name, minutes) {
  await fillDialog(name, minutes);
  await click('#teach-start');
  await waitForText('#teach-done', /is ready/);
  await click('#teach-close');
}
