// The page in Chromium for tests: each test gets a fresh browser context and fails on script errors.
import {after, afterEach, before, beforeEach} from 'node:test';
import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {chromium} from 'playwright-core';
import {startServer} from './server.mjs';

/** If set, screenshots are saved to this folder. */
const SCREENSHOT_DIR = process.env.MIGE_SCREENSHOTS;
const TIMEOUT_MS = 60_000;                                      // generous, for busy machines
const CHROMIUM_ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
let browser, pageErrors;
/** The server of the test file, and the context and page of the running test. */
export let server, context, page;

/** Starts a server and a browser for the tests of a file, and opens the page before each of them. */
export function testPage(options) {
  before(async () => {
    server = await startServer({model: process.env.MIGE_TEST_MODEL || 'random', ...options});
    const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
    browser = await chromium.launch({executablePath, headless: true, args: CHROMIUM_ARGS});
    if (SCREENSHOT_DIR) mkdirSync(SCREENSHOT_DIR, {recursive: true});
  });
  after(async () => { await browser?.close(); await server?.stop(); });
  beforeEach(async () => { await open(); });
  afterEach(async () => {
    await context.close();
    assert.deepEqual(pageErrors, [], 'script errors or requests to other hosts');
  });
}

/** Opens the page in a new context. */
export async function open(options = {}) {
  pageErrors = [];
  context = await browser.newContext({viewport: {width: 1280, height: 900}, acceptDownloads: true, ...options});
  await openTab();
}

/** Opens the page in another tab of the context, which becomes the current one. */
export async function openTab() {
  page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  page.on('pageerror', e => pageErrors.push(String(e)));
  page.on('filechooser', () => {});                             // a listener added later can miss the first chooser
  page.on('request', r => { if (!/^(http:\/\/127\.0\.0\.1:|data:|blob:)/.test(r.url())) pageErrors.push(r.url()); });
  await page.goto(server.url);
  await ready();
}

export const ready = () => page.waitForSelector('html[data-ready=true]');
export const text = id => page.locator(id).innerText();
export const click = id => page.locator(id).click();
export const example = name => click(`[data-example=${name}]`);
export const visible = id => page.locator(id).waitFor({state: 'visible'});
export const hidden = id => page.locator(id).waitFor({state: 'hidden'});
export const screenshot = async name => {
  if (SCREENSHOT_DIR) await page.screenshot({path: join(SCREENSHOT_DIR, `${name}.png`)});
};
export const waitForText = (id, pattern) => page.waitForFunction(
  ([selector, source]) => new RegExp(source).test(document.querySelector(selector).textContent), [id, pattern.source]);

export async function waitForResult() {
  await visible('#result');
  await page.waitForFunction(() => document.getElementById('after').naturalWidth > 0);
  return page.evaluate(() => ({
    width: document.getElementById('after').naturalWidth,
    single: document.getElementById('compare').dataset.single,
    caption: document.getElementById('caption').textContent,
  }));
}

export async function submitPrompt(prompt) {
  await page.locator('#prompt').fill(prompt);
  await click('#generate');
}

/** Submits a prompt whose steps take 400 ms each. */
export async function submitSlowPrompt() {
  await click('#advanced summary');
  await page.locator('#steps').fill('60');
  await submitPrompt('a dog slowly');
  await visible('#working');
}

/** Drops a file on an element. */
export function drop(id, base64, name, type) {
  return page.evaluate(([selector, content, fileName, fileType]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(content), c => c.charCodeAt(0))], fileName, {type: fileType}));
    const event = new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true});
    document.querySelector(selector).dispatchEvent(event);
  }, [id, base64, name, type]);
}
