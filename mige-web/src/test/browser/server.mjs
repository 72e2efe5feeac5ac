// Starts the test server of mige-web's test classes, and stops it.
import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {once} from 'node:events';
import {createInterface} from 'node:readline';

export async function startServer({model, queue = 64, key, heap = '700m'}) {
  const classpath = readFileSync(process.env.MIGE_CLASSPATH_FILE, 'utf8').trim();
  const java = spawn(process.env.JAVA || 'java', [`-Xmx${heap}`, '-XX:+UseSerialGC', '-Dorg.bytedeco.javacpp.maxphysicalbytes=0', '-Dorg.bytedeco.javacpp.maxbytes=0',
    '-Djava.awt.headless=true', '-cp', classpath, 'dev.mige4j.web.BrowserTestServer', model, '0', String(queue), ...(key ? [key] : [])],
  {stdio: ['ignore', 'pipe', 'inherit'], env: {...process.env, OMP_WAIT_POLICY: 'PASSIVE'}});
  const gone = once(java, 'exit');
  for await (const line of createInterface({input: java.stdout})) {
    const [, port] = /^ready (\d+)$/.exec(line) || [];
    if (port) return {url: `http://127.0.0.1:${port}/`, process: java, stop: async () => { java.kill('SIGTERM'); await gone; }};
  }
  throw new Error('the server did not start');
}
