// Starts and stops BrowserTestServer in a process of its own.
import {spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {once} from 'node:events';
import {createInterface} from 'node:readline';

const SAMPLES = '../../../../mige-nano/src/main/resources/dev/mige4j/nano/samples/';

/** URL of a sample image. */
export const samplePath = name => new URL(`${SAMPLES}${name}.png`, import.meta.url);

/** Arguments for a Java process that runs BrowserTestServer. */
export function javaArguments(heap, ...args) {
  const classpath = readFileSync(process.env.MIGE_CLASSPATH_FILE, 'utf8').trim();
  return [
    `-Xmx${heap}`, '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-Dorg.bytedeco.javacpp.maxphysicalbytes=0',
    '-Dorg.bytedeco.javacpp.maxbytes=0', '-Djava.awt.headless=true',
    '-cp', classpath, 'dev.mige4j.web.BrowserTestServer', ...args,
  ];
}

export async function startServer({model, queue = 64, workers = 1, key, heap = '700m'}) {
  const server = javaArguments(heap, model, '0', String(queue), ...(key ? [key] : []));
  const args = [`-Dmige.test.workers=${workers}`, ...server];
  const env = {...process.env, OMP_WAIT_POLICY: 'PASSIVE'};
  const java = spawn(process.env.JAVA || 'java', args, {stdio: ['ignore', 'pipe', 'inherit'], env});
  const exited = once(java, 'exit');
  const stop = async () => { java.kill('SIGTERM'); await exited; };
  for await (const line of createInterface({input: java.stdout})) {
    const [, port] = /^ready (\d+)$/.exec(line) || [];
    if (port) return {url: `http://127.0.0.1:${port}/`, process: java, stop};
  }
  throw new Error('the server did not start');
}
