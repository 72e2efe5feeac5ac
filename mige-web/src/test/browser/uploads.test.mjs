// Answers to OpenAI's npm client while it is sending, and the end of requests that it aborts.
import {after, before, test} from 'node:test';
import assert from 'node:assert/strict';
import OpenAI, {toFile} from 'openai';
import {startServer} from './server.mjs';

const MIB = 1 << 20;
let server, client;

before(async () => {
  server = await startServer({model: 'random', queue: 1, key: 'sesame'});
  client = newClient('sesame');
});
after(() => server?.stop());

const newClient = apiKey => new OpenAI({baseURL: `${server.url}v1`, apiKey, maxRetries: 0});

const upload = async (client, bytes) =>
  client.images.edit({
    image: await toFile(Buffer.alloc(bytes), 'large.png', {type: 'image/png'}), prompt: 'make it night',
  });

async function metric(name) {
  const response = await fetch(`${server.url}metrics`, {headers: {Authorization: 'Bearer sesame'}});
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(await response.text())[1]);
}

async function until(name, value) {
  while (await metric(name) !== value) await new Promise(resolve => setTimeout(resolve, 50));
}

test('reports a wrong key during an upload', async () => {
  for (let i = 0; i < 3; i++) await assert.rejects(upload(newClient('wrong'), 20 * MIB), OpenAI.AuthenticationError);
});

test('reports an upload that is too large', async () => {
  await assert.rejects(upload(client, 80 * MIB), e => e instanceof OpenAI.APIError && e.status === 413);
});

test('reports a full queue during an upload, and ends requests that are aborted', {timeout: 30_000}, async () => {
  const abort = new AbortController();
  const slow = {prompt: 'slowly', steps: 50};
  const requests = [];
  for (const queued of [0, 1]) {
    requests.push(client.images.generate(slow, {signal: abort.signal}).catch(error => error));
    await until('mige_jobs_active', 1);
    await until('mige_jobs_queued', queued);
  }
  for (let i = 0; i < 3; i++) await assert.rejects(upload(client, 20 * MIB), OpenAI.RateLimitError);
  abort.abort();
  for (const request of requests) assert.ok(await request instanceof OpenAI.APIUserAbortError);
  await until('mige_jobs_queued', 0);
  await until('mige_jobs_active', 0);
});
