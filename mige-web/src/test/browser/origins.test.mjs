// What a page of another origin, on another port of this computer, can do in Chromium: show results, and nothing else.
import {after, before, test} from 'node:test';
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {once} from 'node:events';
import {page, server, testPage} from './page.mjs';

testPage({});
const other = createServer((request, response) => response.setHeader('Content-Type', 'text/html').end('<p>other'));
before(async () => { other.listen(0, '127.0.0.1'); await once(other, 'listening'); });
after(() => other.close());

const loads = (tag, url) => page.evaluate(([name, address]) => new Promise(resolve => {
  const element = document.createElement(name);
  element.onload = () => resolve(true);
  element.onerror = () => resolve(false);
  element.src = address;
  document.body.append(element);
}), [tag, url]);

test('a page of another origin can show results by their URL, and use nothing else', async () => {
  const body = JSON.stringify({prompt: 'a dog', steps: 2, response_format: 'url'});
  const headers = {'Content-Type': 'application/json'};
  const answer = await (await fetch(`${server.url}v1/images/generations`, {method: 'POST', headers, body})).json();
  await page.goto(`http://127.0.0.1:${other.address().port}/`);
  assert.equal(await loads('img', answer.data[0].url), true);
  assert.equal(await loads('img', `${server.url}icon.svg`), false);
  assert.equal(await loads('script', `${server.url}js/dom.js`), false);
  const used = await page.evaluate(
    url => fetch(url, {mode: 'no-cors'}).then(() => true, () => false), `${server.url}v1/models`);
  assert.equal(used, false);
  await page.evaluate(url => { location = url; }, server.url);
  await page.waitForSelector('html[data-ready=true]');
});
