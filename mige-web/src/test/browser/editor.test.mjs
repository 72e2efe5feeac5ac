// The prompt box: chips, caret, undo, clipboard, drag and drop, composition; and the mask editor.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {samplePath} from './server.mjs';
import {click, context, drop, example, page, testPage, visible, waitForText} from './page.mjs';

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
  await expectContent('a [dog] on a beach at sunset|');
  await page.locator('#prompt').focus();
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
