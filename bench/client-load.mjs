// Load by the official clients; run by client-load.sh.
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {promisify} from 'node:util';
import {load} from '../mige-web/src/test/browser/load.mjs';
import {startServer} from '../mige-web/src/test/browser/server.mjs';

const [requests, clients] = process.argv.slice(2), KEY = 'sesame';

const server = await startServer({model: 'random', queue: 32, key: KEY, heap: '2g'});
try {
  console.log(JSON.stringify(await load(server.url, KEY, Number(requests), Number(clients))));
  const classPath = readFileSync(process.env.MIGE_CLASSPATH_FILE, 'utf8').trim();
  const {stdout} = await promisify(execFile)(
    'java', ['-Xmx2g', '-cp', classPath, 'dev.mige4j.web.OpenAiClientLoad', server.url, KEY, requests, clients]);
  console.log(stdout.trim());
} finally {
  await server.stop();
}
