// Seeds, several tabs, history, several jobs, API key.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {startServer} from './server.mjs';
import {
  click, context, example, hidden, openTab, page, ready, screenshot, server, submitPrompt, submitSlowPrompt, testPage,
  text, visible, waitForResult, waitForText,
} from './page.mjs';

testPage({queue: 4});

const seed = () => page.locator('#seed').inputValue();
const captionSeed = async () => /seed (-?\d+)/.exec((await waitForResult()).caption)[1];
const waitForResults = n => page.waitForFunction(
  count => document.querySelectorAll('#history li').length === count, n);

test('a typed seed of 64 bits is the seed of all requests until it is changed', async () => {
  await click('#advanced summary');
  await page.locator('#seed').fill('-9223372036854775807');
  for (const [results, prompt] of [[1, 'a dog'], [2, 'a cat']]) {
    await submitPrompt(prompt);
    await waitForResults(results);
    assert.equal(await captionSeed(), '-9223372036854775807');
  }
  await click('#variation');
  await waitForResults(3);
  assert.notEqual(await captionSeed(), '-9223372036854775807');
  assert.equal(await seed(), '-9223372036854775807');
});

test('an empty seed is a random one, which one click takes over', async () => {
  await click('#advanced summary');
  await submitPrompt('a dog');
  const used = await captionSeed();
  assert.equal(await seed(), '');
  await click('#use-seed');
  assert.equal(await seed(), used);
  await click('#generate');
  await waitForResults(2);
  assert.equal(await captionSeed(), used);
  await page.locator('#seed').fill('-1').catch(async () => {
    await click('#advanced summary');
    await page.locator('#seed').fill('-1');
  });
  await click('#generate');
  await waitForResults(3);
  assert.notEqual(await captionSeed(), '-1');
});

test('enters a new random seed, and says what a seed is when it is none', async () => {
  await click('#advanced summary');
  await click('#seed-new');
  const first = await seed();
  await click('#seed-new');
  assert.match(first, /^\d+$/);
  assert.notEqual(await seed(), first);
  await click('#advanced summary');
  for (const wrong of ['1.5', 'dog', '9223372036854775808']) {
    await page.evaluate(value => { document.getElementById('seed').value = value; }, wrong);
    await submitPrompt('a dog');
    await waitForText('#alert', new RegExp(`“${wrong}” is not a whole number`));
    assert.equal(await page.evaluate(() => document.activeElement.id), 'seed');
    await visible('#seed[aria-invalid=true]');
  }
});

test('says that an API key was wrong, and the dialog can be left', async () => {
  const protectedServer = await startServer({model: 'random', queue: 2, key: 'sesame'});
  try {
    await page.goto(protectedServer.url);
    await visible('#key');
    assert.equal(await page.locator('#key-wrong').isVisible(), false);
    await page.locator('#key-input').fill('sesam');
    await click('#key-done');
    await visible('#key-wrong');
    await page.keyboard.press('Escape');
    await hidden('#key');
    await visible('#key-open');
    assert.match(await text('#server-text'), /API key needed/);
    await submitPrompt('a dog');
    await waitForText('#alert', /needs an API key/);
    assert.equal(await page.locator('#key').isVisible(), false);
    await click('#alert button');
    await click('#key-cancel');
    await click('#key-open');
    await page.locator('#key-input').fill('sesame');
    await click('#key-done');
    await page.waitForSelector('#server[data-state=ready]');
    await hidden('#key-open');
    await click('#generate');
    await waitForResult();
  } finally {
    await protectedServer.stop();
  }
});

test('two tabs share their history and keep their own drafts', async () => {
  await submitPrompt('first tab');
  await waitForResults(1);
  await page.waitForTimeout(400);                               // saving is delayed by 250 ms
  const first = page;
  await openTab();
  await waitForText('#prompt', /first tab/);                    // a new tab starts with the latest draft
  await submitPrompt('second tab');
  await waitForResults(2);
  await first.waitForFunction(() => document.querySelectorAll('#history li').length === 2);
  await first.locator('#prompt').fill('first again');
  await first.locator('#generate').click();
  await waitForResults(3);
  await page.waitForTimeout(400);
  for (const [tab, prompt] of [[first, 'first again'], [page, 'second tab']]) {
    await tab.reload();
    await tab.waitForSelector('html[data-ready=true]');
    assert.equal(await tab.locator('#prompt').innerText(), prompt);
    assert.equal(await tab.locator('#history li').count(), 3);
  }
  await first.locator('[aria-label="Delete: second tab"]').click();
  await waitForResults(2);
  await first.locator('#toast button').click();
  await waitForResults(3);
});

test('a duplicated tab gets a draft of its own', async () => {
  await page.locator('#prompt').fill('original');
  await page.waitForTimeout(400);
  const id = await page.evaluate(() => sessionStorage.getItem('mige-tab'));
  const original = page;
  await context.addInitScript(tab => sessionStorage.setItem('mige-tab', sessionStorage.getItem('mige-tab') ?? tab), id);
  await openTab();
  await page.waitForFunction(other => sessionStorage.getItem('mige-tab') !== other, id);
  await page.locator('#prompt').fill('duplicate');
  await page.waitForTimeout(400);
  await original.reload();
  await original.waitForSelector('html[data-ready=true]');
  assert.equal(await original.locator('#prompt').innerText(), 'original');
});

test('deletes single entries and the whole history, both with undo', async () => {
  for (const [n, prompt] of [[1, 'a dog'], [2, 'a cat'], [3, 'a cow']]) {
    await submitPrompt(prompt);
    await waitForResults(n);
    await waitForText('#caption', new RegExp(prompt));
  }
  await page.locator('[aria-label="Show: a cat"]').focus();
  await page.keyboard.press('Delete');
  await waitForResults(2);
  assert.equal(await page.evaluate(() => document.activeElement.title), 'a dog');
  await page.keyboard.press('Control+Z');
  await waitForResults(3);
  await page.locator('[aria-label="Delete: a cat"]').focus();
  await page.keyboard.press('Enter');
  await waitForResults(2);
  await page.locator('[aria-label="Delete: a cow"]').focus();
  await page.keyboard.press('Enter');
  await waitForResults(1);
  await waitForText('#caption', /a dog/);
  await click('#history-clear');
  await hidden('#history-card');
  await visible('#empty');
  await page.keyboard.press('Enter');                           // the button Undo has the focus
  await waitForResults(1);
  await waitForText('#caption', /a dog/);
  await page.waitForTimeout(600);                               // until it is stored again
  await page.reload();
  await ready();
  assert.equal(await page.locator('#history li').count(), 1);
  await click('#history-clear');
  await page.waitForTimeout(600);
  await page.reload();
  await ready();
  assert.equal(await page.locator('#history li').count(), 0);
});

test('restores prompt, images and settings of an entry with one click', async () => {
  await example('compose');
  await click('#advanced summary');
  await page.locator('#steps').fill('7');
  await click('#generate');
  const used = await captionSeed();
  await click('#source-remove');
  await page.locator('#steps').fill('9');
  await submitPrompt('something else');
  await waitForResults(2);
  await page.reload();
  await ready();
  await page.locator('[aria-label^="Use prompt and settings of: replace"]').click();
  await waitForText('#source-title', /table/);
  await page.waitForFunction(expected => document.getElementById('seed').value === expected, used);
  assert.equal(await page.locator('#prompt .chip').innerText(), 'teapot');
  assert.equal(await page.locator('#steps').inputValue(), '7');
  await click('#generate');
  await waitForResults(3);
  assert.equal(await captionSeed(), used);
});

test('says once that the storage is full, and goes on', async () => {
  await page.evaluate(() => {
    IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };
  });
  await submitPrompt('a dog');
  await waitForResults(1);
  await waitForText('#alert', /storage for this page is full/);
  await submitPrompt('a cat');
  await waitForResults(2);
  assert.equal(await page.locator('#alert').isVisible(), false);
});

test('does not wait for a tab with an older version, and says what to do', async () => {
  await page.goto(`${server.url}openapi.json`);
  await page.evaluate(() => new Promise(resolve => {
    indexedDB.deleteDatabase('mige').onsuccess = () => {
      indexedDB.open('mige', 2).onsuccess = ({target}) => {
        window.connection = target.result;                      // else garbage collection closes it
        resolve();
      };
    };
  }));
  const older = page;
  await openTab();
  await waitForText('#alert', /Another tab has an older version/);
  await submitPrompt('a dog');
  await waitForResults(1);
  await older.close();
  await page.reload();
  await ready();
  await page.evaluate(() => { indexedDB.open('mige', 99); });
  await waitForText('#alert', /Another tab has a newer version/);
});

test('queues several requests, shows them, and cancels each', async () => {
  await submitSlowPrompt();
  await waitForText('#progress-text', /Step/);
  assert.match(await page.title(), /^\d+ % · mige$/);
  await page.locator('#steps').fill('2');
  await submitPrompt('a cat');
  await page.waitForFunction(() => document.querySelectorAll('#queue li').length === 1);
  await submitPrompt('a cow');
  await page.waitForFunction(() => document.querySelectorAll('#queue li').length === 2);
  await waitForText('#queue li:nth-child(1)', /a cat(Next in the queue|1 request ahead of this one), /);
  await waitForText('#queue li:nth-child(2)', /a cow\d requests? ahead of this one, /);
  await screenshot('page-queue');
  await page.locator('[aria-label="Cancel: a cow"]').click();
  await page.waitForFunction(() => document.querySelectorAll('#queue li').length === 1);
  await page.reload();
  await ready();
  await visible('#working');
  await waitForText('#queue li', /a cat/);
  await click('#cancel');
  await waitForText('#caption', /a cat/);
  await hidden('#queue');
  assert.match(await page.title(), /^mige: /);
});

test('shows an older result while a job runs, and its result on request', async () => {
  await submitPrompt('a dog');
  await waitForResults(1);
  await submitPrompt('a cat slowly');
  await visible('#working');
  await page.locator('[aria-label="Show: a dog"]').click();
  await hidden('#working');
  await waitForText('#queue li', /a cat slowly/);
  await waitForText('#toast', /Image ready: a cat slowly/);
  await waitForText('#caption', /a dog/);
  await click('#toast button');
  await waitForText('#caption', /a cat slowly/);
});
