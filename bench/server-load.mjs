// Load from this process on a server in another; see server-load.sh.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import http from 'node:http';
import {loadavg} from 'node:os';
import {startServer} from '../mige-web/src/test/browser/server.mjs';

const [model, total] = [process.argv[2], Number(process.argv[3])];
const rss = pid => Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);
const cpuMillis = pid => { const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '); return 10 * (Number(stat[11]) + Number(stat[12])); };
const print = line => console.log(JSON.stringify(line));

/** One request; 429 is obeyed: wait as long as told, ask again. */
function ask(agent, port, seed, seen) {
  const body = JSON.stringify({prompt: 'a red car on a beach', seed});
  return new Promise((resolve, reject) => {
    const request = http.request({agent, port, host: '127.0.0.1', method: 'POST', path: '/v1/images/generations', headers: {'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body)}}, answer => {
      answer.resume();
      answer.on('end', () => {
        if (answer.statusCode === 429) {
          seen.busy++;
          setTimeout(() => ask(agent, port, seed, seen).then(resolve, reject), 1000 * Number(answer.headers['retry-after']));
        } else if (answer.statusCode === 200) resolve();
        else reject(new Error(`status ${answer.statusCode}`));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function run(server, clients) {
  const agent = new http.Agent({keepAlive: true, maxSockets: clients}), port = new URL(server.url).port;
  const seen = {busy: 0}, times = [];
  let next = 0, failed = 0;
  const before = rss(server.process.pid), cpu = cpuMillis(server.process.pid), start = performance.now();
  await Promise.all(Array.from({length: clients}, async () => {
    while (next < total) {
      const seed = next++, from = performance.now();
      try {
        await ask(agent, port, seed, seen);
        times.push(performance.now() - from);
      } catch {
        failed++;
      }
    }
  }));
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = share => Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))]);
  print({clients, requests: total, failed, answered_429: seen.busy, per_second: Number((times.length / seconds).toFixed(1)),
    cpu_ms_each: Number(((cpuMillis(server.process.pid) - cpu) / times.length).toFixed(1)),
    ms: {p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1)}, rss_mib: {before, after: rss(server.process.pid)}, load: loadavg()[0].toFixed(1)});
}

const classpath = readFileSync(process.env.MIGE_CLASSPATH_FILE, 'utf8').trim();
console.log(execFileSync('java', ['-Xmx700m', '-XX:+UseSerialGC', '-Dorg.bytedeco.javacpp.maxphysicalbytes=0', '-Dorg.bytedeco.javacpp.maxbytes=0', '-cp', classpath, 'dev.mige4j.web.BrowserTestServer', model, 'benchmark'],
  {encoding: 'utf8', env: {...process.env, OMP_WAIT_POLICY: 'PASSIVE'}}).trim());
const server = await startServer({model, queue: 64});
try {
  print({started: true, rss_mib: rss(server.process.pid)});
  for (const clients of [1, 8, 64, 128]) await run(server, clients);
  await new Promise(resolve => setTimeout(resolve, 500));
  print({ended: true, rss_mib: rss(server.process.pid)});
} finally {
  await server.stop();
}
