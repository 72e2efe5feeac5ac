// The prompt box: chips, caret, undo, clipboard, drag and drop, composition; and the mask editor.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {samplePath} from './server.mjs';
import {click, context, drop, example, open, page, testPage, visible, waitForText} from './page.mjs';

testPage({queue: 2});

const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
const type = text => page.keyboard.type(text);

/** The content of the prompt box with chips as [name] and the caret as |. */
const content = () => page.evaluate(() => {
  const box = document.getElementById('prompt'), {focusNode, focusOffset} = getSelection();
  const mark = document.createTextNode('|'), range = document.createRange();
  if (box.contains(focusNode)) {
    range.setStart(focusNode, focusOffset);
    range.insertNode(mark);
  }
  const text = [...box.childNodes]
    .map(node => node.classList?.contains('chip') ? `[${node.dataset.name}]` : node.textContent).join('');
  mark.remove();
  box.normalize();
  return text.replaceAll('\u200b', '').replaceAll('\u00a0', ' ');
});
const expectContent = async expected => assert.equal(await content(), expected);

/** Pastes an image or a text as a user does, with whatever has the focus. */
async function paste(text, type = 'text/plain') {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(async ([value, mediaType]) => {
    const bytes = mediaType === 'text/plain' ? value : Uint8Array.from(atob(value), c => c.charCodeAt(0));
    await navigator.clipboard.write([new ClipboardItem({[mediaType]: new Blob([bytes], {type: mediaType})})]);
  }, [text, type]);
  await press('Control+V');
}

const sample = name => readFileSync(samplePath(name)).toString('base64');
const chips = n => page.waitForFunction(count => document.querySelectorAll('#prompt .chip').length === count, n);

test('takes back and repeats typed text, pasted and menu-inserted chips, deleted chips and examples', async () => {
  await page.locator('#prompt').focus();
  await type('a ');
  await paste(sample('dog'), 'image/png');
  await chips(1);
  await expectContent('a [image]|');
  await type(' and @ima');
  await press('Enter');
  await expectContent('a [image] and [image]|');
  await press('Backspace');
  await expectContent('a [image] and |');
  await press('Control+Z');
  await expectContent('a [image] and [image]|');
  await press('Control+Z');
  await expectContent('a [image] and @ima|');
  await press('Control+Z', 'Control+Z');
  await expectContent('a |');
  await press('Control+Shift+Z');
  await expectContent('a [image]|');
  await press('Control+Y', 'Control+Y');
  await expectContent('a [image] and [image]|');
  await example('generation');
  await chips(1);
  await page.locator('#prompt').focus();
  await expectContent('a [dog] on a beach at sunset|');
  await press('Control+Z');
  await expectContent('a [image] and [image]|');
});

test('moves, selects and deletes a chip as one character', async () => {
  await example('generation');
  await chips(1);
  await page.locator('#prompt').focus();
  await press('Control+Home', 'ArrowRight', 'ArrowRight');
  await expectContent('a |[dog] on a beach at sunset');
  await press('ArrowRight');
  await expectContent('a [dog]| on a beach at sunset');
  await press('ArrowRight');
  await expectContent('a [dog] |on a beach at sunset');
  await press('ArrowLeft', 'ArrowLeft');
  await expectContent('a |[dog] on a beach at sunset');
  await type('big ');
  await press('Delete');
  await expectContent('a big | on a beach at sunset');
  await press('Control+Z');
  await expectContent('a big |[dog] on a beach at sunset');
  await press('Shift+ArrowRight', 'Backspace');
  await expectContent('a big | on a beach at sunset');
  await press('Control+Z', 'ArrowRight');
  await press('Control+End', 'Control+Shift+Home', 'x');
  await expectContent('x|');
  await press('Control+Z');
  assert.match(await content(), /\[dog\]/);
  await press('Control+A', 'Backspace');
  await expectContent('|');
  await press('Control+Z');
  assert.match(await content(), /\[dog\]/);
});

test('types between chips, before the first and behind the last one', async () => {
  await example('generation');
  await chips(1);
  await page.locator('#prompt').focus();
  await press('Control+A');
  await page.evaluate(() => document.execCommand('delete'));
  for (let i = 0; i < 2; i++) {
    await type('@dog');
    await press('Enter');
  }
  await expectContent('[dog][dog]|');
  await type('c');
  await press('ArrowLeft', 'ArrowLeft');
  await expectContent('[dog]|[dog]c');
  await type('b');
  await press('ArrowLeft', 'ArrowLeft');
  await type('a');
  await expectContent('a|[dog]b[dog]c');
});

test('cuts, copies and pastes text with chips and line breaks', async () => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await example('generation');
  await chips(1);
  await page.locator('#prompt').focus();
  await press('Control+A', 'Control+X');
  await expectContent('|');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'a <image:dog> on a beach at sunset');
  await press('Control+V', 'Control+V');
  await expectContent('a [dog] on a beach at sunseta [dog] on a beach at sunset|');
  await press('Control+A', 'Backspace');
  await paste('two\r\nlines\n');
  await expectContent('two\nlines\n|');
  await type('three');
  await press('Enter', 'Enter', 'Backspace');
  await type('four');
  await expectContent('two\nlines\nthree\nfour|');
  const request = page.waitForRequest(r => r.url().endsWith('/v1/jobs'));
  await click('#generate');
  assert.match((await request).postData(), /two lines three four/);
});

test('inserts an image that is pasted or dropped anywhere without a click', async () => {
  await paste(sample('dog'), 'image/png');
  await chips(1);
  await page.locator('#advanced summary').click();
  await page.locator('#seed').focus();
  await paste(sample('dog'), 'image/png');
  await chips(2);
  await page.locator('#seed').focus();
  await paste('42');
  assert.equal(await page.locator('#seed').inputValue(), '42');
  await drop('header', sample('dog'), 'a dog.png', 'image/png');
  await chips(3);
  await page.locator('#prompt').focus();
  await press('Control+Z');
  await chips(2);
});

test('moves dragged text within the prompt and inserts dropped text', async () => {
  await example('generation');
  await chips(1);
  await page.evaluate(() => {
    const box = document.getElementById('prompt'), rect = box.querySelector('.chip').getBoundingClientRect();
    const data = new DataTransfer();
    data.setData('text/plain', 'tall <image:dog> ');
    box.dispatchEvent(new DragEvent('drop', {
      dataTransfer: data, bubbles: true, cancelable: true, clientX: rect.left - 1, clientY: rect.top + rect.height / 2,
    }));
  });
  await expectContent('a tall [dog] |[dog] on a beach at sunset');
  await page.keyboard.press('Control+Z');
  await expectContent('a [dog] on a beach at sunset|');
});

test('keeps composed text and takes it back in one step', async () => {
  await example('generation');
  await chips(1);
  await page.locator('#prompt').focus();
  await press('Control+End');
  const client = await context.newCDPSession(page);
  for (const text of ['か', 'かわ', '川']) {
    await client.send('Input.imeSetComposition', {text, selectionStart: text.length, selectionEnd: text.length});
  }
  await client.send('Input.insertText', {text: '川'});
  await expectContent('a [dog] on a beach at sunset川|');
  await press('Control+Z');
  await expectContent('a [dog] on a beach at sunset|');
});

test('mends a chip whose image is missing, by mouse and keyboard', async () => {
  await example('generation');
  await chips(1);
  await page.locator('#prompt').focus();
  await press('Control+A');
  await paste('a <image:lost> near <image:gone>');
  await chips(2);
  await click('#generate');
  await waitForText('#alert', /missing image/);
  await click('#alert button');
  await visible('#menu');
  await press('Enter');
  await expectContent('a [dog]| near [gone]');
  await page.locator('#prompt .chip[data-missing=true]').focus();
  await press('Enter');
  await visible('#menu');
  await press('Enter');
  await expectContent('a [dog] near [dog]|');
});

test('the placeholder of the prompt is no content for screen readers', async () => {
  const client = await context.newCDPSession(page);
  const {nodes} = await client.send('Accessibility.getFullAXTree');
  const prompt = nodes.find(node => node.role?.value === 'textbox' && /^Prompt/.test(node.name?.value));
  assert.deepEqual(prompt.value?.value ?? '', '');
  assert.equal(prompt.childIds.length, 0);
  assert.ok(!nodes.some(node => !node.ignored && /“a ▣ dog on a beach”/.test(node.name?.value)));
  assert.equal(await page.locator('#prompt').getAttribute('aria-placeholder'), 'Describe the image.');
});

/** Painted pixels of the mask editor's canvas in percent. */
const painted = () => page.evaluate(() => {
  const canvas = document.getElementById('mask-canvas');
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 3; i < data.length; i += 4) count += data[i] > 127;
  return Math.round(100 * count / canvas.width / canvas.height);
});

async function openMask() {
  await click('#mask-open');
  await page.waitForFunction(() => document.getElementById('mask-canvas').clientWidth > 100);
  return page.locator('#mask-canvas').boundingBox();
}

test('paints, erases, inverts, clears and takes back in the mask editor', async () => {
  await example('edit');
  const {x, y, width, height} = await openMask();
  await page.mouse.move(x + width * 0.3, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.7, y + height / 2, {steps: 5});
  await page.mouse.up();
  const line = await painted();
  assert.ok(line > 3 && line < 10, `${line} %`);
  await page.locator('#erase').check();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.up();
  const erased = await painted();
  assert.ok(erased < line, `${erased} of ${line} %`);
  await click('#mask-invert');
  assert.ok(Math.abs(await painted() - (100 - erased)) <= 1);
  await click('#mask-clear');
  assert.equal(await painted(), 0);
  await press('Control+Z', 'Control+Z');
  assert.equal(await painted(), erased);
  await click('#mask-undo');
  assert.equal(await painted(), line);
  await click('#mask-redo');
  assert.equal(await painted(), erased);
  await click('#mask-apply');
  await waitForText('#mask-open', /✓/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'mask-open');
  await openMask();
  assert.equal(await painted(), erased);
});

test('paints a mask with the keyboard alone', async () => {
  await example('edit');
  await openMask();
  await press(' ', 'Shift+ArrowRight', 'Shift+ArrowRight', ']', ']', 'ArrowDown', ' ');
  const before = await painted();
  assert.ok(before > 2);
  await press('Control+Z', 'e', 'ArrowUp', ' ');
  assert.ok(await painted() < before);
  await press('i', '+', '+');
  assert.match(await page.locator('#mask-zoom').innerText(), /225/);
  await press('ArrowDown', 'ArrowDown', '0');
  assert.match(await page.locator('#mask-zoom').innerText(), /100/);
});

test('a mask of a large photograph is small, and is painted in full detail when zoomed', async () => {
  const photograph = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(6000, 4000), context = canvas.getContext('2d');
    context.fillStyle = '#486';
    context.fillRect(0, 0, 6000, 4000);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({type: 'image/jpeg', quality: 0.1})).arrayBuffer());
    return btoa(bytes.reduce((binary, byte) => binary + String.fromCharCode(byte), ''));
  });
  await drop('#source', photograph, 'photograph.jpg', 'image/jpeg');
  await visible('#mask-open');
  const {x, y, width, height} = await openMask();
  assert.deepEqual(
    await page.locator('#mask-canvas').evaluate(canvas => [canvas.width, canvas.height]), [1024, 683]);
  await page.mouse.move(x + width / 4, y + height / 4);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -400);
  await page.keyboard.up('Control');
  await page.waitForFunction(() => document.getElementById('mask-zoom').textContent === '506 %');
  await page.mouse.down();
  await page.mouse.up();
  const [left, top] = await page.evaluate(() => {
    const {width: w, height: h} = document.getElementById('mask-canvas');
    const {data} = document.getElementById('mask-canvas').getContext('2d').getImageData(0, 0, w, h);
    const points = [...Array(w * h).keys()].filter(i => data[4 * i + 3] > 127);
    const mean = f => points.reduce((sum, i) => sum + f(i), 0) / points.length;
    return [mean(i => i % w) / w, mean(i => Math.floor(i / w)) / h];
  });
  assert.ok(Math.abs(left - 0.25) < 0.01 && Math.abs(top - 0.25) < 0.01, `painted at ${left}, ${top}`);
});

test('zooms the mask editor with two fingers without painting, and paints with one', async () => {
  await context.close();
  await open({viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true});
  await example('edit');
  await waitForText('#source-title', /meadow/);
  const {x, y, width, height} = await openMask(), touch = await context.newCDPSession(page);
  const send = (type, ...distances) => touch.send('Input.dispatchTouchEvent', {
    type, touchPoints: distances.map((d, id) => ({x: x + width / 2 + d, y: y + height / 2, id})),
  });
  await send('touchStart', -30);
  await send('touchStart', -30, 30);
  await send('touchMove', -60, 60);
  await send('touchEnd');
  await page.waitForFunction(() => Math.abs(parseInt(document.getElementById('mask-zoom').textContent) - 200) < 5);
  assert.equal(await painted(), 0);
  await send('touchStart', 0);
  await send('touchEnd');
  assert.ok(await painted() > 0);
});
