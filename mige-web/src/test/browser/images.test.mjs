// Images that are chosen on the page: large ones, formats that the server or the browser does not read, results.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {crc32} from 'node:zlib';
import {
  click, drop, example, page, ready, server, submitPrompt, testPage, text, visible, waitForResult, waitForText,
} from './page.mjs';

testPage({queue: 2});

/** 40 x 30 pixels, from red at the top to blue. */
const AVIF =
  'AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAPJtZXRhAAAAAAAAAChoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAbGli'
  + 'YXZpZgAAAAAOcGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAEWAAAAOAAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAA'
  + 'AAEAAGF2MDFDb2xvcgAAAABqaXBycAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAAKAAAAB4AAAAQcGl4aQAAAAADDAwMAAAADGF2MUOB'
  + 'QGAAAAAAE2NvbHJuY2x4AAEADQAGgAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAAAQG1kYXQSAAoJWBUn6xoCGg0QMikWQAkkkkQA'
  + 'xabvgjjHM53yqKd5NhmFtgi5byesY5rc/dttfyggY6Cptg==';
const HEIC = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1').toString('base64');

/** An image file that the page draws: left half green, right half white or transparent; base64. */
function drawn(type, width, height, {transparent = false, noise = false} = {}) {
  return page.evaluate(async ([fileType, w, h, isTransparent, isNoise]) => {
    const canvas = new OffscreenCanvas(w, h), drawing = canvas.getContext('2d');
    drawing.fillStyle = '#0a0';
    drawing.fillRect(0, 0, w / 2, h);
    drawing.fillStyle = '#fff';
    if (!isTransparent) drawing.fillRect(w / 2, 0, w / 2, h);
    if (isNoise) {
      const pixels = drawing.getImageData(0, 0, w, h);
      for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = i % 4 === 3 ? 255 : 256 * Math.random();
      drawing.putImageData(pixels, 0, 0);
    }
    const bytes = new Uint8Array(await (await canvas.convertToBlob({type: fileType})).arrayBuffer());
    let latin1 = '';
    for (const byte of bytes) latin1 += String.fromCharCode(byte);
    return btoa(latin1);
  }, [type, width, height, transparent, noise]);
}

/** A JPEG file with an EXIF orientation. */
function withOrientation(base64, orientation) {
  const jpeg = Buffer.from(base64, 'base64'), exif = Buffer.alloc(36);
  exif.write('\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01', 'latin1');
  exif.writeUInt16BE(orientation, 28);
  return Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]).toString('base64');
}

/** Records the fields of the next form that the page posts. */
function recordForm() {
  return page.evaluate(() => {
    const {fetch} = window;
    window.fetch = (path, options) => {
      if (options?.body instanceof FormData) window.sentForm = options.body;
      return fetch(path, options);
    };
  });
}

/** A recorded field: its text, or of an image type, size in bytes and pixels, and the corners' colours. */
function sentField(name) {
  return page.evaluate(async field => {
    const value = window.sentForm.get(field);
    if (!(value instanceof Blob)) return value;
    const bitmap = await createImageBitmap(value), {width, height} = bitmap;
    const drawing = new OffscreenCanvas(width, height).getContext('2d');
    drawing.drawImage(bitmap, 0, 0);
    const colour = (x, y) => [...drawing.getImageData(x, y, 1, 1).data].map(channel => Math.round(channel / 16)).join();
    const corners = [colour(0, 0), colour(width - 1, 0), colour(0, height - 1), colour(width - 1, height - 1)];
    return {type: value.type, bytes: value.size, width, height, corners};
  }, name);
}

/** Lets the page believe in other limits of the server. */
async function withLimits(limits) {
  await page.route('**/v1/models', async route => {
    const response = await route.fetch(), models = await response.json();
    Object.assign(models.data[0].mige.limits, limits);
    await route.fulfill({response, json: models});
  });
  await page.reload();
  await ready();
  await page.waitForSelector('#server[data-state=ready]');
}

const GREEN = '0,11,0,16', WHITE = '16,16,16,16', NOTHING = '0,0,0,0';

test('sends a large image of the prompt as the model sees it: small, upright, with its transparency', async () => {
  const photo = withOrientation(await drawn('image/jpeg', 2000, 1500), 6);
  const cutOut = await drawn('image/png', 1500, 1200, {transparent: true});
  await drop('#prompt', photo, 'photo.jpg', 'image/jpeg');
  await visible('#prompt .chip');
  await drop('#prompt', cutOut, 'cutout.png', 'image/png');
  await page.waitForFunction(() => document.querySelectorAll('#prompt .chip').length === 2);
  await recordForm();
  await click('#generate');
  await waitForResult();
  const {bytes, ...upright} = await sentField('image[photo]');
  assert.deepEqual(upright, {type: 'image/png', width: 768, height: 1024, corners: [GREEN, GREEN, WHITE, WHITE]});
  const sent = await sentField('image[cutout]');
  assert.deepEqual([sent.width, sent.height, sent.corners], [1024, 819, [GREEN, NOTHING, GREEN, NOTHING]]);
});

test('finds the large images of a recipe again, also after a reload', async () => {
  await drop('#prompt', await drawn('image/jpeg', 1800, 1200), 'photo.jpg', 'image/jpeg');
  await visible('#prompt .chip');
  await drop('#source', await drawn('image/jpeg', 1300, 1100), 'room.jpg', 'image/jpeg');
  await visible('#source-tools');
  await click('#generate');
  await waitForResult();
  const downloading = page.waitForEvent('download');
  await click('#download');
  const result = readFileSync(await (await downloading).path()).toString('base64');
  await page.waitForTimeout(400);                               // saving is delayed by 250 ms
  await page.reload();
  await ready();
  await click('#source-remove');
  await page.locator('#prompt').fill('something else');
  await drop('#prompt', result, 'result.png', 'image/png');
  await visible('#prompt .chip');
  assert.equal(await text('#prompt .chip'), 'photo');
  await waitForText('#source-title', /room/);
});

test('sends the source of an edit in full', async () => {
  const photo = await drawn('image/jpeg', 2000, 1500);
  await drop('#source', photo, 'photo.jpg', 'image/jpeg');
  await visible('#source-tools');
  await recordForm();
  await submitPrompt('make it red');
  await waitForResult();
  const {width, height, bytes} = await sentField('source');
  assert.deepEqual([width, height, bytes], [2000, 1500, Buffer.from(photo, 'base64').length]);
  assert.equal((await waitForResult()).width, 2000);
});

test('displays a smaller copy of a large result, and the whole one in full view', async () => {
  await drop('#source', await drawn('image/jpeg', 2400, 1800), 'photo.jpg', 'image/jpeg');
  await visible('#source-tools');
  await submitPrompt('make it red');
  assert.equal((await waitForResult()).width, 1600);
  await click('#enlarge');
  await page.waitForFunction(() => document.getElementById('full-after').naturalWidth === 2400);
  await page.waitForFunction(() => document.getElementById('full-before').naturalWidth === 2400);
});

test('reduces an image that is too large for the server and says so', async () => {
  await withLimits({image_pixels: 30_000, body_bytes: 100_000});
  await drop('#source', await drawn('image/png', 300, 200), 'plan.png', 'image/png');
  await waitForText('#source-hint', /The file has 300 × 200 pixels .* It was reduced. 212 × 141\./);
  await drop('#source', await drawn('image/png', 200, 150, {noise: true}), 'noise.png', 'image/png');
  await waitForText('#source-hint', /The file has 200 × 150 pixels and 0\.\d+ MB.* It was reduced\. \d+ × \d+\./);
  await recordForm();
  await submitPrompt('make it red');
  await waitForResult();
  assert.ok((await sentField('source')).bytes < 85_000);
});

test('converts images that only the browser reads', async () => {
  await drop('#source', AVIF, 'sunset.avif', 'image/avif');
  await visible('#source-tools');
  await recordForm();
  await submitPrompt('make it red');
  await waitForResult();
  const {type, width, height} = await sentField('source');
  assert.deepEqual([type, width, height], ['image/png', 40, 30]);
});

test('says at once that neither browser nor server reads an image', async () => {
  await page.waitForSelector('#server[data-state=ready]');
  for (const [zone, type] of [['#source', 'image/heic'], ['#prompt', '']]) {
    await page.evaluate(() => { document.getElementById('alert').hidden = true; });
    await drop(zone, HEIC, 'IMG 1.HEIC', type);
    await visible('#alert');
    assert.equal(await text('#alert'), '“IMG 1.HEIC”: HEIC images cannot be read by this browser or the server.'
      + ' Save it as JPEG or PNG and choose that file.');
  }
  assert.equal(await page.locator('#source-tools').isHidden(), true);
  await drop('#source', HEIC.slice(8), 'plan.psd', 'image/vnd.adobe.photoshop');
  await waitForText('#alert', /“plan.psd”: such images cannot be read/);
});

test('says that a browser without large canvases cannot convert an image', async () => {
  await page.evaluate(() => { OffscreenCanvas.prototype.getContext = () => null; });
  await drop('#source', AVIF, 'sunset.avif', 'image/avif');
  await waitForText('#alert', /“sunset.avif” cannot be converted by this browser/);
});

test('hands the server its own result, and the file when the server has deleted it', async () => {
  await withLimits({body_bytes: 100_000});                      // less than the result has
  const submitted = page.waitForResponse(r => r.url().endsWith('v1/jobs'));
  await example('edit');
  await click('#generate');
  const {id} = await (await submitted).json();
  await waitForResult();
  await click('#edit-result');
  await waitForText('#source-title', /result 1/);
  await recordForm();
  await submitPrompt('let it snow');
  await page.waitForFunction(() => document.querySelectorAll('#history li').length === 2);
  assert.equal(await sentField('source'), `/v1/jobs/${id}/images/0`);

  await fetch(`${server.url}v1/jobs/${id}`, {method: 'DELETE'});
  await submitPrompt('make it night');
  await page.waitForFunction(() => document.querySelectorAll('#history li').length === 3);
  assert.ok((await sentField('source')).bytes < 85_000);
  await waitForText('#source-hint', /The file has 256 × 256 pixels .* It was reduced/);
});

test('inserts a result into the prompt after a reload', async () => {
  await submitPrompt('a dog');
  await waitForResult();
  await page.reload();
  await ready();
  await click('#insert-result');
  await visible('#prompt .chip');
  await click('#generate');
  await page.waitForFunction(() => document.querySelectorAll('#history li').length === 2);
});

test('says what the model can do', async () => {
  await waitForText('#model-description', /^Makes images of 32 x 32 pixels\.$/);
});

test('inserts an image whose recipe is damaged', async () => {
  const png = Buffer.from(await drawn('image/png', 20, 10), 'base64'), end = png.length - 12;
  const text = Buffer.from('tEXtmige-recipe\0{}', 'latin1'), chunk = Buffer.alloc(text.length + 8);
  chunk.writeUInt32BE(text.length - 4);
  text.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(text), text.length + 4);
  const damaged = Buffer.concat([png.subarray(0, end), chunk, png.subarray(end)]);
  await drop('#prompt', damaged.toString('base64'), 'result.png', 'image/png');
  await visible('#prompt .chip');
});
