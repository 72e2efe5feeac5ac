// Seeds, several tabs, history, several jobs, API key.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {startServer} from './server.mjs';
import {click, hidden, page, submitPrompt, testPage, text, visible, waitForResult, waitForText} from './page.mjs';

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
