// Starts and stops BrowserTestServer in a process of its own.
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {once} from 'node:events';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

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

/** Starts a server; loras: whether it has a folder of LoRAs, which it can train. */
export async function startServer({model, queue = 64, workers = 1, key, loras = false, heap = '700m'}) {
  const server = javaArguments(heap, model, '0', String(queue), ...(key ? [key] : []));
  const folder = loras ? mkdtempSync(join(tmpdir(), 'mige-loras-')) : null;
  const args = [`-Dmige.test.workers=${workers}`, ...(folder ? [`-Dmige.test.loras=${folder}`] : []), ...server];
  const env = {...process.env, OMP_WAIT_POLICY: 'PASSIVE'};
  const java = spawn(process.env.JAVA || 'java', args, {stdio: ['ignore', 'pipe', 'inherit'], env});
  const exited = once(java, 'exit');
  const stop = async () => {
    java.kill('SIGTERM');
    await exited;
    if (folder) rmSync(folder, {recursive: true, force: true});
  };
  const deleteLora = name => rmSync(join(folder, `${name}.safetensors`));
  for await (const line of createInterface({input: java.stdout})) {
    const [, port] = /^ready (\d+)$/.exec(line) || [];
    if (port) return {url: `http://127.0.0.1:${port}/`, process: java, stop, deleteLora};
  }
  throw new Error('the server did not start');
}

/** Starts `mige serve` with the embedded model and an empty folder of LoRAs. */
export async function startMige() {
  const command = process.env.MIGE_COMMAND || fileURLToPath(new URL('../../../../mige', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'mige-loras-'));
  const args = ['serve', '--port', '0', '--loras', folder, '--quiet'];
  const mige = spawn(command, args, {stdio: ['ignore', 'pipe', 'inherit'], detached: true});
  const exited = once(mige, 'exit');
  const stop = async () => {
    process.kill(-mige.pid, 'SIGTERM');
    await exited;
    rmSync(folder, {recursive: true, force: true});
  };
  for await (const line of createInterface({input: mige.stdout})) {
    const [, url] = /^Serving .* at (http:\S+)/.exec(line) || [];
    if (url) return {url, folder, stop};
  }
  rmSync(folder, {recursive: true, force: true});
  throw new Error('mige serve did not start');
}
