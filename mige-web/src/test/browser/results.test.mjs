// Results on the page: side by side, in full with zoom and comparison, copied, shared, downloaded.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {crc32} from 'node:zlib';
import {
  click, context, example, hidden, open, page, ready, screenshot, server, submitPrompt, testPage, text, visible,
  waitForResult, waitForText,
} from './page.mjs';

testPage({queue: 2});

const attribute = (id, name) => page.locator(id).getAttribute(name);
const zoomPercent = async () => Number(/\d+/.exec(await text('#zoom-level'))[0]);
const imageBox = () => page.locator('#full-after').boundingBox();

async function generateThree() {
  await click('#advanced summary');
  await page.locator('#count').fill('3');
  await submitPrompt('a dog');
  await visible('#result-grid');
}

async function openInFull() {
  await example('edit');
  await click('#generate');
  await waitForResult();
  await click('#enlarge');
  await visible('#stage');
}

test('shows the images of a request side by side and each of them in full', async () => {
  await generateThree();
  assert.equal(await page.locator('#result-grid img').count(), 3);
  await hidden('#compare');
  assert.match(await text('#caption'), /^1 of 3 · a dog/);
  await screenshot('results-grid');
  await page.locator('#result-grid button').nth(1).click();
  assert.match(await text('#lightbox-title'), /^2 of 3/);
  await page.keyboard.press('ArrowRight');
  assert.match(await text('#lightbox-title'), /^3 of 3/);
  assert.equal(await page.locator('#next-result').isDisabled(), true);
  await click('#previous-result');
  await page.keyboard.press('Escape');
  await hidden('#stage');
  assert.match(await text('#caption'), /^2 of 3/);
  assert.equal(await page.locator('#result-grid button').nth(1).evaluate(e => e === document.activeElement), true);
  assert.equal(await page.locator('#result-grid button').nth(1).getAttribute('aria-current'), 'true');
});

test('shows the images of a request side by side after a reload', async () => {
  await generateThree();
  await page.reload();
  await ready();
  await visible('#result-grid');
  assert.equal(await page.locator('#result-grid img').count(), 3);
});

test('zooms and moves a result with keys, wheel and mouse', async () => {
  await openInFull();
  const fitted = await zoomPercent(), box = await imageBox();
  await page.keyboard.press('+');
  assert.ok(Math.abs(await zoomPercent() - 1.5 * fitted) <= 1);
  await page.keyboard.press('Shift+ArrowDown');
  const moved = await imageBox();
  await page.keyboard.press('Shift+ArrowUp');
  assert.ok((await imageBox()).y > moved.y);
  await page.keyboard.press('-');
  assert.equal(await zoomPercent(), fitted);
  const pointed = {x: box.x + box.width / 4, y: box.y + box.height / 4};
  await page.mouse.move(pointed.x, pointed.y);
  await page.mouse.wheel(0, -500);
  const zoomed = await imageBox(), factor = zoomed.width / box.width;
  assert.ok(factor > 2, `zoomed ${factor} times`);
  assert.ok(Math.abs((pointed.x - zoomed.x) / zoomed.width - 0.25) < 0.01, 'the pixel below the pointer stays there');
  await page.mouse.down();
  await page.mouse.move(pointed.x - 50, pointed.y - 30, {steps: 3});
  await page.mouse.up();
  const dragged = await imageBox();
  assert.deepEqual([dragged.x - zoomed.x, dragged.y - zoomed.y].map(Math.round), [-50, -30]);
  await page.keyboard.press('0');
  assert.deepEqual(await imageBox(), box);
});

test('zooms a result with two fingers', async () => {
  await context.close();
  await open({viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true});
  await openInFull();
  const fitted = await zoomPercent(), touch = await context.newCDPSession(page);
  const send = (type, distance) => touch.send('Input.dispatchTouchEvent', {
    type, touchPoints: distance ? [{x: 195 - distance, y: 400, id: 1}, {x: 195 + distance, y: 400, id: 2}] : [],
  });
  await send('touchStart', 40);
  await send('touchMove', 80);
  await send('touchEnd', 0);
  await page.waitForFunction(
    percent => Math.abs(parseInt(document.getElementById('zoom-level').textContent) - percent) < 3, 2 * fitted);
});

test('compares a result with its source in full', async () => {
  await openInFull();
  assert.equal(await attribute('#stage', 'data-comparing'), 'false');
  await page.locator('#lightbox-slider').fill('40');
  assert.equal(await attribute('#stage', 'data-comparing'), 'true');
  const clip = await page.locator('.full-before').evaluate(e => getComputedStyle(e).clipPath);
  assert.match(clip, /^inset\(0px calc\(60%\)|^inset\(0px 60%/);
  assert.ok(await page.locator('#full-before').evaluate(image => image.naturalWidth > 0));
  await screenshot('results-compare');
});

test('edits a result from its full view', async () => {
  await openInFull();
  await click('#lightbox [data-action=edit]');
  await hidden('#stage');
  await waitForText('#source-title', /result/);
});

test('copies a result to the clipboard', async () => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openInFull();
  await click('#lightbox [data-action=copy]');
  await waitForText('#lightbox-message', /Copied/);
  const types = await page.evaluate(async () => (await navigator.clipboard.read())[0].types);
  assert.deepEqual(types, ['image/png']);
});

test('says why a result could not be copied', async () => {
  await page.addInitScript(() => {
    navigator.clipboard.write = () => Promise.reject(new Error('no permission'));
  });
  await page.reload();
  await ready();
  await submitPrompt('a dog');
  await waitForResult();
  await click('#result [data-action=copy]');
  await waitForText('#alert', /Copy failed: no permission/);
});

test('shares a result as a file where the system can', async () => {
  assert.equal(await page.locator('[data-action=share]').first().isHidden(), true);
  await page.addInitScript(() => {
    navigator.canShare = () => true;
    navigator.share = async ({files}) => { window.sharedName = files[0].name; };
  });
  await page.reload();
  await ready();
  await submitPrompt('a dog');
  await waitForResult();
  await click('#result [data-action=share]');
  await page.waitForFunction(() => window.sharedName);
  assert.match(await page.evaluate(() => window.sharedName), /^mige-\d+-0\.png$/);
});

/** The files of a ZIP archive without compression, by name. */
function unzip(archive) {
  const files = {}, end = archive.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  let at = archive.readUInt32LE(end + 16);
  for (let i = 0; i < archive.readUInt16LE(end + 10); i++) {
    assert.equal(archive.readUInt32LE(at), 0x02014b50);
    const size = archive.readUInt32LE(at + 24), nameLength = archive.readUInt16LE(at + 28);
    const local = archive.readUInt32LE(at + 42), content = local + 30 + nameLength;
    assert.equal(archive.readUInt32LE(local), 0x04034b50);
    const file = archive.subarray(content, content + size);
    assert.equal(crc32(file), archive.readUInt32LE(at + 16));
    files[archive.toString('utf8', at + 46, at + 46 + nameLength)] = file;
    at += 46 + nameLength;
  }
  return files;
}

test('downloads all images of a request as one ZIP file', async () => {
  await generateThree();
  const downloading = page.waitForEvent('download');
  await click('#download-all');
  const download = await downloading;
  assert.match(download.suggestedFilename(), /^mige-\d+\.zip$/);
  const files = unzip(readFileSync(await download.path()));
  assert.match(Object.keys(files).join(), /^mige-\d+-0.png,mige-\d+-1.png,mige-\d+-2.png$/);
  for (const file of Object.values(files)) {
    assert.ok(file.toString('latin1').startsWith('\x89PNG'));
    assert.ok(file.includes('mige-recipe'));
  }
});

test('says that the server has deleted a result, and still downloads the PNG file', async () => {
  const submitted = page.waitForResponse(r => r.url().endsWith('v1/jobs'));
  await submitPrompt('a dog');
  const {id} = await (await submitted).json();
  await waitForResult();
  await fetch(`${server.url}v1/jobs/${id}`, {method: 'DELETE'});
  await page.locator('#download-format').selectOption('webp');
  await click('#download');
  await waitForText('#alert', /The server has deleted this result/);
  await page.locator('#download-format').selectOption('png');
  const downloading = page.waitForEvent('download');
  await click('#download');
  assert.match((await downloading).suggestedFilename(), /\.png$/);
});

test('generates in an aspect ratio and says how it is made', async () => {
  await page.locator('#size').selectOption('16:9');
  await waitForText('#size-hint', /^32 × 18 pixels, cropped from the model’s square of 32 × 32\.$/);
  await submitPrompt('a dog');
  await waitForResult();
  const size = await page.locator('#after').evaluate(image => [image.naturalWidth, image.naturalHeight]);
  assert.deepEqual(size, [32, 18]);
  await page.locator('#size').selectOption('2:3');
  await waitForText('#size-hint', /^21 × 32 pixels, cropped/);
  await page.waitForTimeout(400);                               // saving is delayed by 250 ms
  await page.reload();
  await ready();
  await waitForText('#size-hint', /^21 × 32 pixels/);
  await example('edit');
  await hidden('#size-box');
  await hidden('#size-hint');
});
