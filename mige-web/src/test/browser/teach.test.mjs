// Teaching on the page: training a LoRA from images, and using it.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {
  click, drop, hidden, openTab, page, ready, screenshot, server, submitPrompt, testPage, text, visible, waitForResult,
  waitForText,
} from './page.mjs';
import {startMige} from './server.mjs';
import {chooseImages, drawings, fillDialog, teach} from './teaching.mjs';

testPage({queue: 4, loras: true});

const row = name => page.locator(`#loras li[data-name=${name}]`);
/** A hash of the image of the result. */
const pixelHash = () => page.evaluate(async () => {
  const image = document.getElementById('after'), canvas = new OffscreenCanvas(32, 32), pen = canvas.getContext('2d');
  await image.decode();
  pen.drawImage(image, 0, 0, 32, 32);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', pen.getImageData(0, 0, 32, 32).data));
  return [...hash.slice(0, 8)].join();
});

async function generate(prompt) {
  const count = await page.locator('#history li').count();
  await submitPrompt(prompt);
  await page.waitForFunction(n => document.querySelectorAll('#history li').length > n, count);
  await waitForResult();
  return pixelHash();
}

test('teaches a subject and uses it with a scale', async () => {
  await click('#advanced summary');
  await page.locator('#seed').fill('7');
  const before = await generate('a red-mug on a table');
  await fillDialog('red-mug', 0.1);
  await screenshot('teach-form');
  await click('#teach-start');
  await waitForText('#teach-progress-text', /^Training, \d s left/);
  await page.waitForFunction(() => document.getElementById('teach-preview').naturalWidth > 0);
  await screenshot('teach-running');
  await waitForText('#teach-done', /“red-mug” is ready\. Write red-mug in the prompt\./);
  await screenshot('teach-done');
  await click('#teach-close');
  assert.ok(await row('red-mug').locator('[type=checkbox]').isChecked());
  const taught = await generate('a red-mug on a table');
  assert.notEqual(taught, before);
  assert.match(await text('#caption'), /red-mug 1\.00/);
  await row('red-mug').locator('[type=range]').fill('0');
  assert.equal(await generate('a red-mug on a table'), before);
  await row('red-mug').locator('[type=range]').fill('0.5');
  const half = await generate('a red-mug on a table');
  assert.notEqual(half, before);
  assert.notEqual(half, taught);
  await screenshot('teach-result');
});

test('uses several at once, which the history and a reload restore', async () => {
  await teach('first-mug');
  await teach('second-mug');
  await row('second-mug').locator('[type=range]').fill('1.5');
  await submitPrompt('a first-mug');
  await waitForResult();
  assert.match(await text('#caption'), /first-mug 1\.00, second-mug 1\.50/);
  await row('first-mug').locator('[type=checkbox]').uncheck();
  await page.waitForTimeout(500);
  await page.reload();
  await ready();
  await row('second-mug').waitFor();
  await visible('#loras');
  assert.equal(await row('first-mug').locator('[type=checkbox]').isChecked(), false);
  assert.equal(await row('second-mug').locator('[type=range]').inputValue(), '1.5');
  await page.locator('#history li').first().hover();
  await page.locator('.entry-tools button').first().click();
  assert.ok(await row('first-mug').locator('[type=checkbox]').isChecked());
});

test('restores the LoRAs of a downloaded image, and names those that are missing', async () => {
  await teach('lost-mug');
  await submitPrompt('a lost-mug');
  await waitForResult();
  const downloading = page.waitForEvent('download');
  await click('#download');
  const file = readFileSync(await (await downloading).path()).toString('base64');
  await row('lost-mug').locator('[type=checkbox]').uncheck();
  await drop('#prompt', file, 'mug.png', 'image/png');
  await waitForText('#toast', /Settings restored/);
  assert.ok(await row('lost-mug').locator('[type=checkbox]').isChecked());
  server.deleteLora('lost-mug');
  await page.reload();
  await ready();
  await drop('#prompt', file, 'mug.png', 'image/png');
  await waitForText('#alert', /does not have the LoRA “lost-mug” of this recipe/);
  await waitForText('#loras', /Not on this server/);
  await submitPrompt('a lost-mug');
  await waitForText('#alert', /lost-mug/);
});

test('can be cancelled, and closed while it goes on', async () => {
  await fillDialog('slow-mug', 2);
  await click('#teach-start');
  await waitForText('#teach-progress-text', /left/);
  await click('#teach-close');
  await waitForText('#teach-summary', /^Teaching “slow-mug”: \d+ %, about \d+ s left/);
  await openTab();
  await waitForText('#teach-summary', /^Teaching “slow-mug”/);
  await click('#teach-open');
  await click('#teach-cancel');
  await waitForText('#toast', /cancelled/);
  await hidden('#teach-summary');
  assert.equal(await row('slow-mug').count(), 0);
});

test('says what is wrong with names, images and files', async () => {
  await click('#teach-open');
  await page.locator('#teach-name').fill('my mug');
  await click('#teach-start');
  await waitForText('#teach-alert', /Enter a name of letters/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'teach-name');
  await page.locator('#teach-name').fill('blank');
  await chooseImages(await drawings(2));
  await waitForText('#teach-count', /2 of at least 3 images/);
  await click('#teach-start');
  await waitForText('#teach-alert', /Choose 3 to 20 images; there are 2/);
  await chooseImages([{name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no image')}]);
  await waitForText('#teach-alert', /“broken.png” is damaged/);
  await chooseImages(await drawings(1));
  await waitForText('#teach-count', /^3 images/);
  await click('#teach-start');
  await waitForText('#teach-alert', /No subject was found/);
  await page.locator('#teach-images button').first().click();
  await waitForText('#teach-count', /2 of at least 3 images/);
});

test('takes masks beside their images', async () => {
  await fillDialog('masked-mug');
  await chooseImages((await drawings(1, 'mug 1')).map(file => ({...file, name: 'mug 1-mask.png'})));
  await waitForText('#teach-images', /mask/);
  await waitForText('#teach-count', /^3 images/);
  await click('#teach-start');
  await waitForText('#teach-done', /The training used 1 masks/);
});

test('refuses a name that is taken', async () => {
  await teach('taken-mug');
  await fillDialog('taken-mug');
  await click('#teach-start');
  await waitForText('#teach-alert', /There is a LoRA named 'taken-mug' already/);
});

test('teaches the model that ships', async () => {
  const mige = await startMige();
  try {
    await page.goto(mige.url);
    await ready();
    await fillDialog('zog', 0.3);
    await click('#teach-start');
    await page.waitForFunction(
      () => ['teach-done', 'teach-alert'].some(id => !document.getElementById(id).hidden), null, {timeout: 300_000});
    assert.match(await text('#teach-done'), /“zog” is ready/);
    await click('#teach-close');
    await submitPrompt('a zog on a beach');
    await waitForResult();
    assert.match(await text('#caption'), /zog 1\.00/);
    await screenshot('teach-embedded');
    assert.deepEqual(readdirSync(mige.folder), ['zog.safetensors']);
  } finally {
    await mige.stop();
  }
});
