// Compatibility with OpenAI's official npm client.
import {after, before, test} from 'node:test';
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import OpenAI, {toFile} from 'openai';
import {load} from './load.mjs';
import {samplePath, startServer} from './server.mjs';

let server, client;

before(async () => {
  server = await startServer({model: 'random', key: 'sesame'});
  client = newClient('sesame');
});
after(() => server?.stop());

const newClient = apiKey => new OpenAI({baseURL: `${server.url}v1`, apiKey, maxRetries: 0});
const file = async name => toFile(readFileSync(samplePath(name)), `${name}.png`, {type: 'image/png'});

/** Width and height from the header of the first image, a PNG. */
function firstSize(response) {
  const png = Buffer.from(response.data[0].b64_json, 'base64');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

test('generates images', async () => {
  const {data: [model]} = await client.models.list();
  const response = await client.images.generate({prompt: 'a lighthouse', model: model.id, n: 2, seed: 7});
  assert.equal(response.data.length, 2);
  assert.deepEqual(firstSize(response), [model.mige.size, model.mige.size]);
  assert.equal(response.seed, 7);
});

test('edits one image', async () => {
  const response = await client.images.edit({image: await file('meadow'), prompt: 'make it night'});
  assert.deepEqual(firstSize(response), [256, 256]);
});

test('edits an image with a subject image and a mask', async () => {
  const image = [await file('table'), await file('teapot')], mask = await file('dog');
  const response = await client.images.edit({image, mask, prompt: 'replace the apple with the <image>'});
  assert.deepEqual(firstSize(response), [256, 256]);
});

test("generates with the names, sizes and URLs of OpenAI's models", async () => {
  const response = await client.images.generate(
    {prompt: 'a', model: 'gpt-image-1', size: '1536x1024', quality: 'high'});
  assert.deepEqual(firstSize(response), [1536, 1024]);
  assert.equal(response.size, '1536x1024');
  const {data: [{url}]} = await client.images.generate({prompt: 'a', model: 'dall-e-3', size: '1024x1024'});
  const result = await fetch(url);
  assert.equal(result.headers.get('content-type'), 'image/png');
});

test('streams a generated and an edited image', async () => {
  const events = async stream => {
    const seen = [];
    for await (const event of stream) seen.push([event.type, event.b64_json.length > 99]);
    return seen;
  };
  assert.deepEqual(
    await events(await client.images.generate({prompt: 'a', model: 'gpt-image-1', stream: true})),
    [['image_generation.completed', true]]);
  assert.deepEqual(
    (await events(await client.images.edit(
      {image: await file('meadow'), prompt: 'a', stream: true, partial_images: 2}))).at(-1),
    ['image_edit.completed', true]);
});

test('maps errors to client exceptions', async () => {
  const isSizeError = e => e instanceof OpenAI.BadRequestError && e.param === 'size';
  await assert.rejects(client.images.generate({prompt: 'a', size: '8x8'}), isSizeError);
  await assert.rejects(client.images.generate({prompt: 'a', model: 'other'}), OpenAI.NotFoundError);
  await assert.rejects(newClient('wrong').models.list(), OpenAI.AuthenticationError);
});

// bench/client-load.sh sends 1,000 of 64 clients
test('loses no answer of 100 requests of 16 clients', async () => {
  const {answers, lost} = await load(server.url, 'sesame', 100, 16);
  assert.deepEqual(lost, []);
  assert.equal(Object.values(answers).reduce((sum, count) => sum + count), 100);
});
