// The web page in a real browser: generation, editing, input methods, persistence, errors.
import {fileURLToPath} from 'node:url';
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {samplePath} from './server.mjs';
import {
  click, context, drop, example, hidden, open, page, ready, screenshot, server, submitPrompt, submitSlowPrompt,
  testPage, text, visible, waitForResult, waitForText,
} from './page.mjs';

testPage({queue: 2});

test('generates an image with a subject', async () => {
  await screenshot('page-empty');
  await example('generation');
  assert.equal(await page.locator('#prompt .chip').innerText(), 'dog');
  await click('#generate');
  const result = await waitForResult();
  assert.equal(result.single, 'true');
  assert.match(result.caption, /a ▣ dog on a beach at sunset · seed \d+/);
  assert.equal(await page.locator('#history li').count(), 1);
  await screenshot('page-generation');
});

test('edits an image and compares before and after with a slider', async () => {
  await example('edit');
  await waitForText('#generate', /Edit/);
  await click('#generate');
  const result = await waitForResult();
  assert.deepEqual([result.width, result.single], [256, 'false']);
  const clip = () => page.evaluate(() => getComputedStyle(document.getElementById('before-clip')).clipPath);
  const middle = await clip();
  await page.locator('#slider').focus();
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowRight');
  assert.notEqual(await clip(), middle);
  await screenshot('page-edit');
});

test('combines two images', async () => {
  await example('compose');
  await click('#generate');
  assert.equal((await waitForResult()).width, 256);
  await screenshot('page-compose');
});

test('is usable with the keyboard alone', async () => {
  await page.locator('#prompt').focus();
  await page.keyboard.type('a @');
  await visible('#menu');
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(fileURLToPath(samplePath('penguin')));
  await visible('#prompt .chip');
  await page.keyboard.type(' beside another @pen');
  await page.waitForSelector('#menu [aria-selected=true] img');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('#prompt .chip').count(), 2);
  await page.keyboard.press('Control+Enter');
  assert.match((await waitForResult()).caption, /^a ▣ penguin beside another ▣ penguin · /);
});

test('accepts dropped and pasted images', async () => {
  const png = readFileSync(samplePath('dog')).toString('base64');
  await page.evaluate(base64 => {
    const data = new DataTransfer();
    const content = Uint8Array.from(atob(base64), c => c.charCodeAt(0));
    data.items.add(new File([content], 'my dog.png', {type: 'image/png'}));
    document.getElementById('prompt').focus();
    const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
    document.getElementById('prompt').dispatchEvent(event);
  }, png);
  await visible('#prompt .chip');
  await drop('#source', png, 'my dog.png', 'image/png');
  await visible('#source-tools');
  assert.match(await text('#source-title'), /Source: “my dog/);
});

test('converts image formats that only the browser supports', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="20" height="20"/></svg>';
  await drop('#source', Buffer.from(svg).toString('base64'), 'square.svg', 'image/svg+xml');
  await visible('#source-tools');
  await submitPrompt('make it red');
  assert.equal((await waitForResult()).width, 40);
});

/** An uncompressed TIFF file of one colour. */
function tiff(width, height) {
  const offset = 8 + 2 + 12 * 9 + 4, size = 3 * width * height, file = Buffer.alloc(offset + 6 + size, 200);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(8, 4);
  file.writeUInt16LE(9, 8);
  const entries = [
    [256, 4, 1, width], [257, 4, 1, height], [258, 3, 3, offset], [259, 3, 1, 1], [262, 3, 1, 2],
    [273, 4, 1, offset + 6], [277, 3, 1, 3], [278, 4, 1, height], [279, 4, 1, size],
  ];
  entries.forEach(([tag, type, count, value], i) => {
    const at = 10 + 12 * i;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(count, at + 4);
    file.writeUInt32LE(value, at + 8);
  });
  file.writeUInt32LE(0, offset - 4);
  for (let i = 0; i < 3; i++) file.writeUInt16LE(8, offset + 2 * i);
  return file;
}

test('edits an image that the browser cannot display', async () => {
  await drop('#source', tiff(40, 30).toString('base64'), 'scan.tif', 'image/tiff');
  await visible('#source-tools');
  assert.match(await page.locator('#source-image').getAttribute('src'), /^data:image\/svg.*TIF%3C/);
  assert.match(await text('#source-hint'), /cannot display the image/);
  await screenshot('page-tiff');
  await submitPrompt('make it red');
  const {width, single} = await waitForResult();
  assert.deepEqual([width, single], [40, 'true']);
});

test('accepts the formats of the server in its file dialog', async () => {
  await page.waitForFunction(() => document.getElementById('file').accept.includes('.tiff'));
  assert.match(await page.locator('#file').getAttribute('accept'), /^image\/png,\.png,image\/jpeg,\.jpg/);
});

test('generates with fast sampling', async () => {
  await click('#advanced summary');
  const steps = await text('#steps-out');
  await page.locator('#fast').check();
  assert.notEqual(await text('#steps-out'), steps);
  assert.match(await text('#steps-out'), /^\d+ \(default\)$/);
  await submitPrompt('a dog');
  await waitForResult();
  assert.match(await text('#caption'), new RegExp(`, ${(await text('#steps-out')).split(' ')[0]} steps`));
});

test('shows notices beside the result', async () => {
  await submitPrompt(`slowly ${'a dog '.repeat(120)}`);
  await waitForText('#working-notices', /too long/);
  await waitForResult();
  assert.match(await text('#notices'), /too long/);
  await screenshot('page-notice');
});

test('downloads a result in other formats with its recipe', async () => {
  await submitPrompt('a dog & a “cat”');
  await waitForResult();
  const [, seed] = /seed (\d+)/.exec(await text('#caption'));
  for (const [format, name, signature] of [
    ['jpeg', /^mige-\d+-0\.jpg$/, 'ffd8ff'], ['webp', /^mige-\d+-0\.webp$/, '52494646'],
    ['png', /^mige-\d+-0\.png$/, '89504e47'],
  ]) {
    await page.locator('#download-format').selectOption(format);
    const downloading = page.waitForEvent('download');
    await click('#download');
    const download = await downloading, file = readFileSync(await download.path());
    assert.match(download.suggestedFilename(), name);
    assert.ok(file.toString('hex').startsWith(signature));
    await page.locator('#prompt').fill('something else');
    await drop('#prompt', file.toString('base64'), download.suggestedFilename(), `image/${format}`);
    await waitForText('#prompt', /a dog & a “cat”/);
    assert.equal(await page.locator('#seed').inputValue(), seed);
  }
});

test('shows transparency on a checkerboard', async () => {
  const cutOut = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(64, 64), context = canvas.getContext('2d');
    context.fillStyle = '#c33';
    context.fillRect(16, 16, 32, 32);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({type: 'image/png'})).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
  });
  await drop('#source', cutOut, 'cut-out.png', 'image/png');
  await visible('#source-tools');
  await click('#mask-open');
  await visible('#mask-canvas');
  await page.locator('#mask-canvas').focus();
  await page.keyboard.press(' ');
  await click('#mask-apply');
  await submitPrompt('make it blue');
  await waitForResult();
  await page.waitForFunction(() => document.getElementById('compare').dataset.alpha === 'true');
  await screenshot('page-alpha');
});

test('shows progress and a preview, and cancels', async () => {
  await submitSlowPrompt();
  await waitForText('#progress-text', /Step \d+ of 60, (about \d+ s left|almost done)/);
  await page.waitForFunction(() => document.getElementById('preview').src.startsWith('data:image/png'));
  assert.ok(Number(await page.locator('#progress').getAttribute('aria-valuenow')) > 0);
  await screenshot('page-working');
  await click('#cancel');
  await hidden('#working');
  assert.equal(await page.locator('#generate').isEnabled(), true);
  await submitPrompt('a dog');
  await waitForResult();
});

test('continues to follow a job after a reload', async () => {
  await submitSlowPrompt();
  await waitForText('#progress-text', /Step/);
  await page.reload();
  await ready();
  await visible('#working');
  assert.equal(await text('#prompt'), 'a dog slowly');
  await waitForText('#progress-text', /Step [1-9]/);
  await click('#cancel');
  await hidden('#working');
});

test('restores prompt, images and results after a reload', async () => {
  await example('edit');
  await click('#generate');
  await waitForResult();
  await page.waitForTimeout(400);                               // saving is delayed by 250 ms
  await page.reload();
  await ready();
  assert.equal((await waitForResult()).width, 256);
  assert.equal(await text('#prompt'), 'make it a night scene');
  assert.equal(await text('#source-title'), 'Source: “meadow”');
});

test('edits a result repeatedly', async () => {
  await example('edit');
  await click('#generate');
  await waitForResult();
  for (const [turn, prompt] of [[2, 'let it snow'], [3, 'remove the cow']]) {
    await click('#edit-result');
    await waitForText('#source-title', /result/);
    await submitPrompt(prompt);
    await page.waitForFunction(n => document.querySelectorAll('#history li').length === n, turn);
    await waitForResult();
  }
  assert.equal(await page.locator('#history li').count(), 3);
  await screenshot('page-turns');
  await page.locator('#history .entry').last().click();
  assert.match(await text('#caption'), /^make it a night scene/);
});

test('changes pixels inside the mask only', async () => {
  await example('edit');
  await click('#mask-open');
  await visible('#mask-canvas');
  await page.waitForFunction(() => document.getElementById('mask-canvas').clientWidth > 100);
  const box = await page.locator('#mask-canvas').boundingBox();
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.7);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + box.height * 0.75, {steps: 5});
  await page.mouse.up();
  await page.locator('#mask-canvas').focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press(' ');
  await screenshot('page-mask');
  await click('#mask-apply');
  assert.match(await text('#mask-open'), /✓/);
  await click('#generate');
  await waitForResult();
  const changed = await page.evaluate(() => {
    const [before, after] = ['before', 'after'].map(id => {
      const drawing = new OffscreenCanvas(256, 256).getContext('2d');
      drawing.drawImage(document.getElementById(id), 0, 0);
      return drawing.getImageData(0, 0, 256, 256).data;
    });
    const count = {inside: 0, outside: 0};
    for (let i = 0; i < before.length; i += 4) {
      const x = i / 4 % 256, y = Math.floor(i / 1024);
      if ([0, 1, 2].some(c => before[i + c] !== after[i + c])) count[y > 128 && x > 100 ? 'inside' : 'outside']++;
    }
    return count;
  });
  assert.equal(changed.outside, 0);
  assert.ok(changed.inside > 100, `${changed.inside} pixels changed inside the mask`);
});

test('restores the recipe of a downloaded PNG', async () => {
  const seed = '9007199254740993';                              // 2^53 + 1, which is no number of JavaScript
  await example('edit');
  await click('#advanced summary');
  await page.locator('#seed').fill(seed);
  await click('#generate');
  assert.match((await waitForResult()).caption, new RegExp(`seed ${seed}`));
  assert.equal(await page.locator('#seed').inputValue(), seed);
  const downloading = page.waitForEvent('download');
  await click('#download');
  const folder = mkdtempSync(join(tmpdir(), 'mige-')), file = join(folder, 'result.png');
  await (await downloading).saveAs(file);
  const png = readFileSync(file);
  rmSync(folder, {recursive: true});
  assert.ok(png.includes('mige-recipe'));

  await page.locator('#prompt').fill('something else');
  await page.evaluate(() => { document.getElementById('seed').value = '1'; });
  await drop('#prompt', png.toString('base64'), 'result.png', 'image/png');
  await page.waitForFunction(expected => document.getElementById('seed').value === expected, seed);
  assert.equal(await text('#prompt'), 'make it a night scene');
  assert.equal(await text('#source-title'), 'Source: “meadow”');

  await click('#generate');
  await page.waitForFunction(() => document.querySelectorAll('#history li').length === 2);
  const isSame = await page.evaluate(async () => {
    const [a, b] = await Promise.all([...document.querySelectorAll('#history img')].map(async image => {
      await image.decode();
      const drawing = new OffscreenCanvas(256, 256).getContext('2d');
      drawing.drawImage(image, 0, 0);
      return drawing.getImageData(0, 0, 256, 256).data;
    }));
    return a.every((value, i) => value === b[i]);
  });
  assert.ok(isSame, 'the same seed generated a different image');
});

test('reports invalid input and failed jobs', async () => {
  await click('#generate');
  assert.match(await text('#alert'), /Enter a prompt first/);
  await submitPrompt('explode please');
  await visible('#alert button');
  assert.match(await text('#alert'), /Internal server error/);
  await submitPrompt('a <image> without a file');
  await waitForText('#alert', /1 <image> \w+ but 0 \w+/);
  await page.locator('#prompt').fill('');
  const chooser = page.waitForEvent('filechooser');
  await click('#add');
  await (await chooser).setFiles({name: 'letter.png', mimeType: 'image/png', buffer: Buffer.from('Dear Sir')});
  await waitForText('#alert', /“letter.png” is damaged or not an image/);
});

test('reports a full queue and retries on request', async () => {
  const ids = [];
  for (let i = 0; i < 3; i++) {
    const body = JSON.stringify({prompt: 'a cat slowly', steps: 200}), headers = {'Content-Type': 'application/json'};
    ids.push((await (await fetch(`${server.url}v1/jobs`, {method: 'POST', headers, body})).json()).id);
    if (i === 0) await new Promise(resolve => setTimeout(resolve, 500));
  }
  await submitPrompt('a dog');
  await visible('#alert button');
  assert.match(await text('#alert'), /The server is busy/);
  for (const id of ids) await fetch(`${server.url}v1/jobs/${id}`, {method: 'DELETE'});
  await click('#alert button');
  await waitForResult();
});

test('reports an unreachable server and reconnects', async () => {
  await page.route('**/v1/jobs', route => route.abort());
  await submitPrompt('a dog');
  await visible('#alert button');
  assert.match(await text('#alert'), /Cannot reach the server/);
  assert.equal(await page.locator('#server').getAttribute('data-state'), 'offline');
  await page.unroute('**/v1/jobs');
  await click('#alert button');
  await waitForResult();
});

test('fits a phone in dark mode', async () => {
  await context.close();
  await open({viewport: {width: 390, height: 844}, colorScheme: 'dark', isMobile: true, hasTouch: true});
  await screenshot('phone-empty');
  await example('compose');
  await click('#generate');
  await waitForResult();
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(overflow, 0, `the page is ${overflow} px wider than the screen`);
  await screenshot('phone-result');
});
