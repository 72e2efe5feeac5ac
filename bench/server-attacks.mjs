// Attacks on the server, one after another, each beside probes of /healthz and normal edits. Run by server-attacks.sh.
//
// Three processes: the server, the attacker (niced, because a real one brings its own processor) and this one, which probes.
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import {getPriority, loadavg, setPriority} from 'node:os';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {progressiveJpeg, wideGif} from './attack-images.mjs';
import {samplePath, startServer} from '../mige-web/src/test/browser/server.mjs';

const PROBE_INTERVAL_MS = 20;
const MEASURED_MS = 12_000;      // of each attack
const RECOVERY_LIMIT_MS = 30_000;
const STEPS = 5;                 // of an edit, so that there are several during an attack

// ---- the attacker

const url = process.env.MIGE_ATTACKED_URL, port = url && Number(new URL(url).port);
const FOREVER = 600_000;

/** Opens a connection that stays open, sends some bytes, and ignores everything else that happens to it. */
function connect(...chunks) {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  for (const chunk of chunks) socket.write(chunk);
  return socket;
}

const head = (path, type, length) =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;

/** Sends the same request again and again over `clients` connections and counts the answers by status. */
async function flood(clients, path, type, body) {
  const agent = new http.Agent({keepAlive: false, maxSockets: clients});
  const headers = {'Content-Type': type, 'Content-Length': body.length};
  const post = () => new Promise(resolve => {
    const request = http.request({agent, port, host: '127.0.0.1', method: 'POST', path, headers}, response => {
      response.resume();
      response.on('close', () => resolve(response.statusCode));
    });
    request.on('error', error => resolve(error.code));
    request.end(body);
  });
  await Promise.all(Array.from({length: clients}, async () => {
    for (;;) {
      report(await post());
      await sleep(100);
    }
  }));
}

const answers = {};
function report(status) {
  answers[status] = (answers[status] || 0) + 1;
}

/** Announces a body of each length over a connection of its own, and sends `bytesPerSecond` of each. */
async function trickle(path, lengths, bytesPerSecond) {
  const sockets = lengths.map(length => {
    const socket = connect(head(path, 'application/json', length), '{');
    socket.on('data', data => report(String(data).slice(9, 12)));
    return socket;
  });
  for (;;) {
    await sleep(500);
    for (const socket of sockets) if (socket.writable) socket.write(' '.repeat(bytesPerSecond / 2));
  }
}

const form = parts => Buffer.concat([
  ...Object.entries({prompt: 'make it night', steps: STEPS, ...parts}).flatMap(([name, value]) => [
    Buffer.from(`--B\r\nContent-Disposition: form-data; name="${name}"${Buffer.isBuffer(value) ? '; filename="f"' : ''}\r\n\r\n`),
    Buffer.from(value instanceof Buffer ? value : String(value)),
    Buffer.from('\r\n'),
  ]),
  Buffer.from('--B--\r\n'),
]);
/** An edit that is refused once its image is decoded: its mask, of the same shape, is dark. */
const refusedForm = (image, width, height) => form({image, mask: wideGif(width / 10, height / 10)});
const FORM = 'multipart/form-data; boundary=B';
const EDITS = '/v1/images/edits', GENERATIONS = '/v1/images/generations';
const repeated = (start, text, bytes, end) => Buffer.from(start + text.repeat(Math.floor(bytes / text.length)) + end);

const ATTACKS = {
  'none': () => sleep(FOREVER),
  'GIF, 10 x 10 screen, 8000 x 7990 frame': () => flood(8, EDITS, FORM, refusedForm(wideGif(8000, 7990), 8000, 7990)),
  'JPEG, 24 megapixels, 490 scans': () => flood(2, EDITS, FORM, refusedForm(progressiveJpeg(6000, 4000, 490), 6000, 4000)),
  'JPEG, 64 megapixels, 12 scans': () => flood(2, EDITS, FORM, refusedForm(progressiveJpeg(8000, 8000, 12), 8000, 8000)),
  'JPEG, 1 megapixel, 240 scans': () => flood(16, EDITS, FORM, refusedForm(progressiveJpeg(1000, 1000, 240), 1000, 1000)),
  'photograph, 24 megapixels': () => flood(64, EDITS, FORM, refusedForm(progressiveJpeg(6000, 4000, 1), 6000, 4000)),
  '33 MB of {}': () => flood(2, GENERATIONS, 'application/json', repeated('{"prompt":"a","image":[', '{},', 33e6, '{}]}')),
  'a million unknown keys': () => {
    const keys = Array.from({length: 1e6}, (_, i) => `"k${i}":0`);
    return flood(2, GENERATIONS, 'application/json', Buffer.from(`{"prompt":"a",${keys.join(',')}}`));
  },
  '40 slow uploads, 25 MB to 4 KB': () => trickle(EDITS, Array.from({length: 40}, (_, i) => Math.round(25e6 * 0.8 ** i)), 4096),
  '256 slow posts': () => trickle('/v1/jobs', Array(256).fill(60_000), 1200),
  '400 half requests': () => {
    for (let i = 0; i < 400; i++) connect('POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
    return sleep(FOREVER);
  },
  '100 slow readers': () => {
    const requests = 'GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(200);
    for (let i = 0; i < 100; i++) connect(requests).pause();
    return sleep(FOREVER);
  },
  '1000 idle connections': () => {
    for (let i = 0; i < 1000; i++) connect();
    return sleep(FOREVER);
  },
  '300 event streams': async () => {
    const job = await fetch(`${url}v1/jobs`, {
      method: 'POST', headers: {'Content-Type': 'application/json'},
      body: JSON.stringify({prompt: 'a dog, slowly', steps: 200}),
    });
    const {id} = await job.json();
    for (let i = 0; i < 300; i++) connect(`GET /v1/jobs/${id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`).resume();
    process.once('message', () => fetch(`${url}v1/jobs/${id}`, {method: 'DELETE'}).finally(() => process.exit()));
    return sleep(FOREVER);
  },
};

async function attack(name) {
  setPriority(Math.min(19, getPriority() + 5));
  process.once('message', () => setTimeout(() => process.exit(), 1000));
  setInterval(() => process.send(answers), 500);
  await ATTACKS[name]();
}

// ---- the probes

/** Times a request in milliseconds; rejects if its status is not 200. */
function timed(options, body) {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.request({host: '127.0.0.1', agent: false, ...options}, response => {
      response.resume();
      response.on('end', () => response.statusCode === 200
        ? resolve(performance.now() - start)
        : reject(new Error(String(response.statusCode))));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Probes until stopped. A slow answer counts once more for each probe that it delayed. */
async function probeHealth(port, stopped) {
  const times = [];
  while (!stopped()) {
    const start = performance.now();
    const millis = await timed({port, path: '/healthz', timeout: 0}).catch(() => performance.now() - start + 1000);
    for (let rest = millis; rest > 0; rest -= PROBE_INTERVAL_MS) times.push(rest);
    await sleep(Math.max(0, PROBE_INTERVAL_MS - millis));
  }
  return times;
}

async function probeEdits(port, stopped) {
  const body = form({image: readFileSync(samplePath('meadow'))});
  const options = {port, path: EDITS, method: 'POST', headers: {'Content-Type': FORM, 'Content-Length': body.length}};
  const times = [], refused = {};
  while (!stopped()) {
    try {
      times.push(await timed(options, body));
    } catch (error) {
      const reason = error.code || error.message;
      refused[reason] = (refused[reason] || 0) + 1;
      await sleep(500);
    }
  }
  return {times, refused};
}

function quantile(times, q) {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted.length ? Math.round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]) : NaN;
}

const memory = (pid, what) =>
  Math.round(Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);

async function startWarmServer() {
  const server = await startServer({model: 'embedded', queue: 64, heap: '2g', workers: 2});
  const port = Number(new URL(server.url).port);
  const until = performance.now() + 8000;
  await probeEdits(port, () => performance.now() > until);
  return server;
}

async function measure(server, name) {
  const port = Number(new URL(server.url).port), {pid} = server.process;
  const attacker = fork(fileURLToPath(import.meta.url), ['attack', name], {
    env: {...process.env, MIGE_ATTACKED_URL: server.url},
  });
  const exited = once(attacker, 'exit');
  let answered = {};
  attacker.on('message', counts => { answered = counts; });
  await sleep(1500);             // the attack is prepared and under way
  const until = performance.now() + MEASURED_MS, stopped = () => performance.now() > until;
  let peak = 0;
  const watch = setInterval(() => { peak = Math.max(peak, memory(pid, 'VmRSS')); }, 200);
  const giveUp = sleep(MEASURED_MS + RECOVERY_LIMIT_MS, null, {ref: false});
  const [health, edits] = await Promise.all([
    Promise.race([probeHealth(port, stopped), giveUp]),
    Promise.race([probeEdits(port, stopped), giveUp]),
  ]);
  clearInterval(watch);
  attacker.send('stop');
  await exited;
  const stalled = !health || !edits;
  const {times, refused} = edits || {times: [], refused: {}};
  return {
    stalled,
    row: [
      name,
      ...(health ? [quantile(health, 0.5), quantile(health, 0.99), quantile(health, 1)] : ['', '', `> ${MEASURED_MS + RECOVERY_LIMIT_MS}`]),
      edits ? `${quantile(times, 0.5)} (${times.length})` : 'none',
      edits ? quantile(times, 1) : 'none',
      Object.entries(refused).map(([k, v]) => `${k}: ${v}`).join(' '),
      `${peak} / ${memory(pid, 'VmRSS')}`,
      loadavg()[0].toFixed(1),
      Object.entries(answered).map(([k, v]) => `${k}: ${v}`).join(' '),
    ],
  };
}

async function main(selected) {
  console.log('| attack | /healthz p50 ms | p99 | max | edit p50 ms (edits) | max | edits refused | RSS MiB, peak / after | load | attacker\'s answers |');
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  for (const name of Object.keys(ATTACKS).filter(name => !selected.length || selected.some(part => name.includes(part)))) {
    const server = await startWarmServer();
    const {stalled, row} = await measure(server, name);
    console.log(`| ${row.join(' | ')} |`);
    if (stalled) server.process.kill('SIGKILL');
    else await server.stop();
  }
}

if (process.argv[2] === 'attack') await attack(process.argv[3]);
else await main(process.argv.slice(2));
