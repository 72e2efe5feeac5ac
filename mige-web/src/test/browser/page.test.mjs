// The page in a real browser: from an empty page to a picture, and everything that can go otherwise.
import {fileURLToPath} from 'node:url';
import {after, before, beforeEach, afterEach, test} from 'node:test';
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright-core';
import {startServer} from './server.mjs';

const SHOTS = process.env.MIGE_SHOTS;          // a folder: take the README's pictures on the way
const PATIENCE = 60_000;                       // for a machine with much else to do
let browser, server, context, page, faults;

before(async () => {
  server = await startServer({model: process.env.MIGE_TEST_MODEL || 'random', queue: 2});
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  if (SHOTS) mkdirSync(SHOTS, {recursive: true});
});
after(async () => { await browser?.close(); await server?.stop(); });

beforeEach(async () => { await open(); });
afterEach(async () => {
  await context.close();
  assert.deepEqual(faults, [], 'the page threw, or asked another host');
});

async function open(options = {}) {
  context = await browser.newContext({viewport: {width: 1280, height: 900}, acceptDownloads: true, ...options});
  page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  faults = [];
  page.on('pageerror', e => faults.push(String(e)));
  page.on('filechooser', () => {});              // from the start: a chooser may open before a late listener has reached the browser
  page.on('request', r => { if (!/^(http:\/\/127\.0\.0\.1:|data:|blob:)/.test(r.url())) faults.push(r.url()); });
  await page.goto(server.url);
  await ready();
}

const ready = () => page.waitForSelector('html[data-ready=true]');
const text = id => page.locator(id).innerText();
const example = name => page.locator(`[data-example=${name}]`).click();
const sample = name => fileURLToPath(new URL(`../../../../mige-nano/src/main/resources/dev/mige4j/nano/samples/${name}.png`, import.meta.url));
const visible = id => page.locator(id).waitFor({state: 'visible'});
const hidden = id => page.locator(id).waitFor({state: 'hidden'});
const shot = async name => { if (SHOTS) await page.screenshot({path: join(SHOTS, `${name}.png`)}); };

async function made() {
  await visible('#result');
  await page.waitForFunction(() => document.getElementById('after').naturalWidth > 0);
  return page.evaluate(() => ({width: document.getElementById('after').naturalWidth, single: document.getElementById('compare').dataset.single, caption: document.getElementById('caption').textContent}));
}

async function make(words) {
  await page.locator('#words').fill(words);
  await page.locator('#make').click();
}

async function slowly(words = 'a dog slowly') {
  await page.locator('#more summary').click();
  await page.locator('#steps').fill('60');
  await make(words);
  await visible('#working');
}

test('makes a new picture with a subject', async () => {
  await shot('page-empty');
  await example('generation');
  assert.equal(await page.locator('#words .chip').innerText(), 'dog');
  await page.locator('#make').click();
  const result = await made();
  assert.equal(result.single, 'true');
  assert.match(result.caption, /a ▣ dog on a beach at sunset · seed \d+/);
  assert.equal(await page.locator('#history li').count(), 1);
  await shot('page-generation');
});

test('changes a picture, with a slider between before and after', async () => {
  await example('edit');
  await page.locator('#make').click();
  const result = await made();
  assert.deepEqual([result.width, result.single], [256, 'false']);
  const clip = () => page.evaluate(() => getComputedStyle(document.getElementById('before-clip')).clipPath);
  const middle = await clip();
  await page.locator('#slider').focus();
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowRight');
  assert.notEqual(await clip(), middle);
  await shot('page-edit');
});

test('puts one picture into another', async () => {
  await example('compose');
  await page.locator('#make').click();
  assert.equal((await made()).width, 256);
  await shot('page-compose');
});

test('writes, inserts pictures and sends by keyboard alone', async () => {
  await page.locator('#words').focus();
  await page.keyboard.type('a @');
  await visible('#menu');
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(sample('penguin'));
  await visible('#words .chip');
  await page.keyboard.type(' beside another @pen');
  await page.waitForSelector('#menu [aria-selected=true] img');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('#words .chip').count(), 2);
  await page.keyboard.press('Control+Enter');
  assert.match((await made()).caption, /^a ▣ penguin beside another ▣ penguin · /);
});

test('takes pictures that are dropped and pasted', async () => {
  const png = readFileSync(sample('dog')).toString('base64');
  await page.evaluate(async base64 => {
    const file = new File([Uint8Array.from(atob(base64), c => c.charCodeAt(0))], 'my dog.png', {type: 'image/png'});
    const bring = type => { const data = new DataTransfer(); data.items.add(file); return data; };
    document.getElementById('words').focus();
    document.getElementById('words').dispatchEvent(new ClipboardEvent('paste', {clipboardData: bring(), bubbles: true, cancelable: true}));
    document.getElementById('source').dispatchEvent(new DragEvent('drop', {dataTransfer: bring(), bubbles: true, cancelable: true}));
  }, png);
  await visible('#words .chip');
  await visible('#source-tools');
  assert.match(await text('#source-title'), /Change “my dog/);
});

test('takes kinds of pictures that only the browser knows', async () => {
  await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(40, 30);
    canvas.getContext('2d').fillRect(5, 5, 20, 20);
    const file = new File([await canvas.convertToBlob({type: 'image/webp'})], 'square.webp', {type: 'image/webp'}), data = new DataTransfer();
    data.items.add(file);
    document.getElementById('source').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
  });
  await visible('#source-tools');
  await make('make it red');
  assert.equal((await made()).width, 40);
});

test('shows progress and a preview, and cancels', async () => {
  await slowly();
  await page.waitForFunction(() => /Step \d+ of 60, (about \d+ s left|done)/.test(document.getElementById('progress-text').textContent));
  await page.waitForFunction(() => document.getElementById('preview').src.startsWith('data:image/png'));
  assert.ok(Number(await page.locator('#progress').getAttribute('aria-valuenow')) > 0);
  await shot('page-working');
  await page.locator('#cancel').click();
  await hidden('#working');
  assert.equal(await page.locator('#make').isEnabled(), true);
  await make('a dog');
  await made();
});

test('goes on with a job after a reload', async () => {
  await slowly();
  await page.waitForFunction(() => /Step/.test(document.getElementById('progress-text').textContent));
  await page.reload();
  await ready();
  await visible('#working');
  assert.equal(await text('#words'), 'a dog slowly');
  await page.waitForFunction(() => /Step [1-9]/.test(document.getElementById('progress-text').textContent));
  await page.locator('#cancel').click();
  await hidden('#working');
});

test('keeps words, pictures and results over a reload', async () => {
  await example('edit');
  await page.locator('#make').click();
  await made();
  await page.waitForTimeout(400);
  await page.reload();
  await ready();
  assert.equal((await made()).width, 256);
  assert.equal(await text('#source-title'), 'Change “meadow”');
});

test('takes several turns', async () => {
  await example('edit');
  await page.locator('#make').click();
  await made();
  for (const [turn, words] of [[2, 'let it snow'], [3, 'remove the cow']]) {
    await page.locator('#continue').click();
    await page.waitForFunction(() => /result/.test(document.getElementById('source-title').textContent));
    await make(words);
    await page.waitForFunction(n => document.querySelectorAll('#history li').length === n, turn);
    await made();
  }
  assert.equal(await page.locator('#history li').count(), 3);
  await shot('page-turns');
  await page.locator('#history li button').last().click();
  assert.match(await text('#caption'), /^make it a night scene/);
});

test('changes only what the mask opens', async () => {
  await example('edit');
  await page.locator('#mask-open').click();
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
  await shot('page-mask');
  await page.locator('#mask-done').click();
  assert.match(await text('#mask-open'), /✓/);
  await page.locator('#make').click();
  await made();
  const differs = await page.evaluate(async () => {
    const pixels = image => { const c = new OffscreenCanvas(256, 256).getContext('2d'); c.drawImage(image, 0, 0); return c.getImageData(0, 0, 256, 256).data; };
    const a = pixels(document.getElementById('before')), b = pixels(document.getElementById('after'));
    let inside = 0, outside = 0;
    for (let i = 0; i < a.length; i += 4) {
      const x = i / 4 % 256, y = Math.floor(i / 1024), differ = a[i] !== b[i] || a[i + 1] !== b[i + 1] || a[i + 2] !== b[i + 2];
      if (differ) { if (y > 128 && x > 100) inside++; else outside++; }
    }
    return {inside, outside};
  });
  assert.equal(differs.outside, 0);
  assert.ok(differs.inside > 100, `${differs.inside} pixels changed inside`);
});

test('downloads a PNG whose recipe it can restore', async () => {
  await example('edit');
  await page.locator('#make').click();
  await made();
  const seed = await page.locator('#seed').inputValue();
  const waiting = page.waitForEvent('download');
  await page.locator('#download').click();
  const folder = mkdtempSync(join(tmpdir(), 'mige-')), file = join(folder, 'made.png');
  await (await waiting).saveAs(file);
  const bytes = readFileSync(file);
  assert.ok(bytes.includes('mige-recipe'));
  rmSync(folder, {recursive: true});
  await page.locator('#words').fill('something else');
  await page.evaluate(() => { document.getElementById('seed').value = '1'; });
  await page.evaluate(base64 => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), c => c.charCodeAt(0))], 'made.png', {type: 'image/png'}));
    document.getElementById('words').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
  }, bytes.toString('base64'));
  await page.waitForFunction(s => document.getElementById('seed').value === s, seed);
  assert.equal(await text('#words'), 'make it a night scene');
  assert.equal(await text('#source-title'), 'Change “meadow”');
  assert.equal(await page.locator('#seed-lock').isChecked(), true);
  await page.locator('#make').click();
  await page.waitForFunction(() => document.querySelectorAll('#history li').length === 2);
  const same = await page.evaluate(async () => {
    const pixels = async image => { await image.decode(); const c = new OffscreenCanvas(256, 256).getContext('2d'); c.drawImage(image, 0, 0); return c.getImageData(0, 0, 256, 256).data; };
    const [a, b] = await Promise.all([...document.querySelectorAll('#history img')].map(pixels));
    return a.every((v, i) => v === b[i]);
  });
  assert.ok(same, 'the same seed gave another picture');
});

test('says what is wrong', async () => {
  await page.locator('#make').click();
  assert.match(await text('#alert'), /Say what to make first/);
  await make('explode please');
  await visible('#alert button');
  assert.match(await text('#alert'), /The server failed at this request/);
  await make('a <image> without a picture');
  await page.waitForFunction(() => /1 <image> mark but 0 pictures/.test(document.getElementById('alert').textContent));
  await page.locator('#words').fill('');
  const chooser = page.waitForEvent('filechooser');
  await page.locator('#add').click();
  await (await chooser).setFiles({name: 'letter.png', mimeType: 'image/png', buffer: Buffer.from('Dear Sir')});
  await page.waitForFunction(() => /“letter.png” is no picture/.test(document.getElementById('alert').textContent));
});

test('says that the server is busy, and takes the request again later', async () => {
  const ids = [];
  for (let i = 0; i < 3; i++) {
    const answer = await fetch(`${server.url}v1/jobs`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({prompt: 'a cat slowly', steps: 200})});
    ids.push((await answer.json()).id);
    if (i === 0) await new Promise(resolve => setTimeout(resolve, 500));
  }
  await make('a dog');
  await visible('#alert button');
  assert.match(await text('#alert'), /The server is busy/);
  for (const id of ids) await fetch(`${server.url}v1/jobs/${id}`, {method: 'DELETE'});
  await page.locator('#alert button').click();
  await made();
});

test('says that the server is gone, and finds it again', async () => {
  await page.route('**/v1/jobs', route => route.abort());
  await make('a dog');
  await visible('#alert button');
  assert.match(await text('#alert'), /The server does not answer/);
  assert.equal(await page.locator('#server').getAttribute('data-state'), 'gone');
  await page.unroute('**/v1/jobs');
  await page.locator('#alert button').click();
  await made();
});

test('asks for the key where there is one', async () => {
  const locked = await startServer({model: 'random', queue: 2, key: 'sesame'});
  try {
    await page.goto(locked.url);
    await visible('#key');
    await page.locator('#key-input').fill('sesame');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#server[data-state=ready]');
    await make('a dog');
    await made();
  } finally {
    await locked.stop();
  }
});

test('fits a phone, in the dark', async () => {
  await context.close();
  await open({viewport: {width: 390, height: 844}, colorScheme: 'dark', isMobile: true, hasTouch: true});
  await shot('phone-empty');
  await example('compose');
  await page.locator('#make').click();
  await made();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, `the page is ${wide} px wider than the phone`);
  await shot('phone-result');
});

test('every control has a name', async () => {
  await example('edit');
  await page.locator('#make').click();
  await made();
  await page.locator('#more summary').click();
  const nameless = await page.evaluate(() => [...document.querySelectorAll('button, a, input:not([hidden]), [role]')].filter(e => e.checkVisibility())
    .filter(e => !(e.innerText || e.getAttribute('aria-label') || e.getAttribute('alt') || e.labels?.length || e.title || ['status', 'alert'].includes(e.getAttribute('role')))).map(e => e.outerHTML));
  assert.deepEqual(nameless, []);
});
