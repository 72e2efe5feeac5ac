// The official npm client of OpenAI's API over a real socket.
import {after, before, test} from 'node:test';
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import OpenAI, {toFile} from 'openai';
import {startServer} from './server.mjs';

const sample = name => new URL(`../../../../mige-nano/src/main/resources/dev/mige4j/nano/samples/${name}.png`, import.meta.url);
let server, client;

before(async () => {
  server = await startServer({model: 'random', key: 'sesame'});
  client = new OpenAI({baseURL: `${server.url}v1`, apiKey: 'sesame', maxRetries: 0});
});
after(() => server?.stop());

const size = picture => { const png = Buffer.from(picture.b64_json, 'base64'); return [png.readUInt32BE(16), png.readUInt32BE(20)]; };
const file = async name => toFile(readFileSync(sample(name)), `${name}.png`, {type: 'image/png'});

test('generates', async () => {
  const {data: [model]} = await client.models.list();
  const made = await client.images.generate({prompt: 'a lighthouse', model: model.id, n: 2, seed: 7});
  assert.equal(made.data.length, 2);
  assert.deepEqual(size(made.data[0]), [model.mige.size, model.mige.size]);
  assert.equal(made.seed, 7);
});

test('edits, with one picture and with several', async () => {
  assert.deepEqual(size((await client.images.edit({image: await file('meadow'), prompt: 'make it night'})).data[0]), [256, 256]);
  const made = await client.images.edit({image: [await file('table'), await file('teapot')], mask: await file('dog'), prompt: 'replace the apple with the <image>'});
  assert.deepEqual(size(made.data[0]), [256, 256]);
});

test('understands the errors', async () => {
  await assert.rejects(client.images.generate({prompt: 'a', size: '1024x1024'}), e => e instanceof OpenAI.BadRequestError && e.param === 'size');
  await assert.rejects(client.images.generate({prompt: 'a', model: 'other'}), OpenAI.NotFoundError);
  await assert.rejects(new OpenAI({baseURL: `${server.url}v1`, apiKey: 'x', maxRetries: 0}).models.list(), OpenAI.AuthenticationError);
});
