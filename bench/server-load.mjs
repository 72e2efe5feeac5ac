// Load test: this process sends requests to a server in another process. Run by server-load.sh.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import http from 'node:http';
import {loadavg} from 'node:os';
import {javaArguments, startServer} from '../mige-web/src/test/browser/server.mjs';

const [model, total] = [process.argv[2], Number(process.argv[3])];
const MILLIS_PER_TICK = 10;

function rssMib(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024);
}

function cpuMillis(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return MILLIS_PER_TICK * (Number(fields[11]) + Number(fields[12]));   // user and system time
}

function print(line) {
  console.log(JSON.stringify(line));
}

/** Sends one request; retries status 429 after the time in Retry-After and counts it. */
function generate(agent, port, seed, counts) {
  const body = JSON.stringify({prompt: 'a red car on a beach', seed});
  const headers = {'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body)};
  const options = {agent, port, host: '127.0.0.1', method: 'POST', path: '/v1/images/generations', headers};
  return new Promise((resolve, reject) => {
    const request = http.request(options, response => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 429) {
          counts.tooManyRequests++;
          const retry = () => generate(agent, port, seed, counts).then(resolve, reject);
          setTimeout(retry, 1000 * Number(response.headers['retry-after']));
        } else if (response.statusCode === 200) {
          resolve();
        } else {
          reject(new Error(`status ${response.statusCode}`));
        }
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function run(server, clients) {
  const agent = new http.Agent({keepAlive: true, maxSockets: clients}), port = new URL(server.url).port;
  const counts = {tooManyRequests: 0, failed: 0}, times = [];
  const {pid} = server.process;
  const rssBefore = rssMib(pid), cpuBefore = cpuMillis(pid), start = performance.now();
  let next = 0;
  await Promise.all(Array.from({length: clients}, async () => {
    while (next < total) {
      const seed = next++, requestStart = performance.now();
      try {
        await generate(agent, port, seed, counts);
        times.push(performance.now() - requestStart);
      } catch {
        counts.failed++;
      }
    }
  }));
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const quantile = q => Math.round(times[Math.min(times.length - 1, Math.floor(q * times.length))]);
  print({
    clients,
    requests: total,
    failed: counts.failed,
    status_429: counts.tooManyRequests,
    requests_per_second: Number((times.length / seconds).toFixed(1)),
    cpu_ms_per_request: Number(((cpuMillis(pid) - cpuBefore) / times.length).toFixed(1)),
    latency_ms: {p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99), max: quantile(1)},
    rss_mib: {before: rssBefore, after: rssMib(pid)},
    load_average: loadavg()[0].toFixed(1),
  });
}

const benchmark = execFileSync('java', javaArguments('700m', model, 'benchmark'), {
  encoding: 'utf8', env: {...process.env, OMP_WAIT_POLICY: 'PASSIVE'},
});
console.log(benchmark.trim());
const server = await startServer({model, queue: 64});
try {
  for (const clients of [1, 8, 64, 128]) await run(server, clients);
} finally {
  await server.stop();
}
