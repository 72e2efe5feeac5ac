// Failures that need a separate server process: shutdown during a job, very slow clients.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {connect} from 'node:net';
import {startServer} from './server.mjs';

function generate(server, prompt) {
  const headers = {'Content-Type': 'application/json'}, body = JSON.stringify({prompt});
  return fetch(`${server.url}v1/images/generations`, {method: 'POST', headers, body});
}

async function waitForMetric(server, line) {
  for (let metrics = ''; !metrics.includes(line);) metrics = await (await fetch(`${server.url}metrics`)).text();
}

test('on SIGTERM, finishes the running job and rejects the queued one', async () => {
  const server = await startServer({model: 'random'});
  const running = generate(server, 'a dog slowly');
  await waitForMetric(server, 'mige_jobs_active 1');
  const queued = generate(server, 'a cat slowly');
  await waitForMetric(server, 'mige_jobs_queued 1');
  const exited = once(server.process, 'exit'), start = Date.now();
  server.process.kill('SIGTERM');
  assert.equal((await queued).status, 503);
  assert.ok([200, 503].includes((await running).status));
  await exited;
  assert.ok(Date.now() - start < 20_000);
});

test('disconnects a client that sends its body one byte at a time, and serves others meanwhile', async () => {
  const server = await startServer({model: 'random'});
  try {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let response = '';
    socket.on('data', data => { response += data; });
    socket.on('error', () => {});
    socket.write('POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
      + 'Content-Length: 100000\r\n\r\n{"prompt":"');
    const timer = setInterval(() => socket.write('a'), 200), closed = once(socket, 'close');
    const start = Date.now();
    assert.equal((await generate(server, 'a dog')).status, 200);
    await closed;
    clearInterval(timer);
    assert.ok(Date.now() - start < 60_000);
    if (response) assert.match(response, /^HTTP\/1.1 408/);
    assert.equal((await generate(server, 'a dog')).status, 200);
  } finally {
    await server.stop();
  }
});
