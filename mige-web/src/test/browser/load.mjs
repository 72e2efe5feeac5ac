// Load on the server by OpenAI's official npm client with its default retries, and errors that are answered before
// the body is read.
import OpenAI, {toFile} from 'openai';
import {readFileSync} from 'node:fs';
import {samplePath} from './server.mjs';

const MIB = 1 << 20;

/** What a request of each kind must end with; status 429 is an answer to any of them once the retries are used up. */
const KINDS = {
  generation: 200,
  edit: 200,
  wrongKey: 401,      // with 8 MiB to upload
  tooLarge: 413,      // 65 MiB
};

/** One request in a hundred is too large, four have a wrong key, twenty are edits. */
function kind(i) {
  if (i % 100 === 50) return 'tooLarge';
  if (i % 25 === 7) return 'wrongKey';
  return i % 5 === 1 ? 'edit' : 'generation';
}

/** Sends requests of several clients at the same time. Returns the answers by status, those lost, and times in ms. */
export async function load(url, key, requests, clients) {
  const photograph = readFileSync(samplePath('meadow')), large = Buffer.alloc(65 * MIB);
  const file = content => toFile(content, 'image.png', {type: 'image/png'});
  const newClient = apiKey => new OpenAI({baseURL: `${url}v1`, apiKey});
  const send = {
    async generation(client, seed) {
      const response = await client.images.generate({prompt: 'a red car on a beach', seed});
      if (response.seed !== seed || !response.data[0].b64_json) throw new Error('an answer to another request');
    },
    edit: async client => client.images.edit({image: await file(photograph), prompt: 'make it night'}),
    wrongKey: async () => newClient('wrong').images.edit({image: await file(large.subarray(0, 8 * MIB)), prompt: 'a'}),
    tooLarge: async client => client.images.edit({image: await file(large), prompt: 'a'}),
  };
  const answers = {}, lost = [], times = [], workers = [];
  let next = 0;
  async function work() {
    const client = newClient(key);
    while (next < requests) {
      const i = next++, name = kind(i), start = performance.now();
      let status = 200, problem;
      try {
        await send[name](client, i);
        times.push(performance.now() - start);
      } catch (error) {
        status = error.status;
        problem = error;
      }
      if (status === KINDS[name] || status === 429) answers[status] = (answers[status] || 0) + 1;
      else lost.push(`${name}: ${problem?.cause || problem || status}`);
    }
  }
  for (let i = 0; i < clients; i++) workers.push(work());
  await Promise.all(workers);
  times.sort((a, b) => a - b);
  const quantile = q => Math.round(times[Math.min(times.length - 1, Math.floor(q * times.length))]);
  return {client: 'openai npm', clients, requests, answers, lost, p50_ms: quantile(0.5), p99_ms: quantile(0.99)};
}
