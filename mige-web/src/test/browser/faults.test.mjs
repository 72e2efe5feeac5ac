// Faults that need a process of their own: a server told to stop while it works, clients that send a few bytes a second.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {connect} from 'node:net';
import {startServer} from './server.mjs';

const generate = (server, prompt) => fetch(`${server.url}v1/images/generations`, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({prompt})});

test('finishes the running job and gives back the waiting one on SIGTERM', async () => {
  const server = await startServer({model: 'random'});
  const running = generate(server, 'a dog slowly');
  for (let now; !/mige_jobs_active 1/.test(now);) now = await (await fetch(`${server.url}metrics`)).text();
  const waiting = generate(server, 'a cat slowly');
  for (let now; !/mige_jobs_queued 1/.test(now);) now = await (await fetch(`${server.url}metrics`)).text();
  const gone = once(server.process, 'exit'), told = Date.now();
  server.process.kill('SIGTERM');
  assert.equal((await waiting).status, 503);
  assert.ok([200, 503].includes((await running).status));
  await gone;
  assert.ok(Date.now() - told < 20_000);
});

test('lets go of a client that sends its body a byte at a time, and serves the others meanwhile', async () => {
  const server = await startServer({model: 'random'});
  try {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', data => { answer += data; });
    socket.on('error', () => {});
    socket.write('POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"prompt":"');
    const drip = setInterval(() => socket.write('a'), 200), closed = once(socket, 'close');
    const start = Date.now();
    assert.equal((await generate(server, 'a dog')).status, 200);
    await closed;
    clearInterval(drip);
    assert.ok(Date.now() - start < 60_000);
    if (answer) assert.match(answer, /^HTTP\/1.1 408/);
    assert.equal((await generate(server, 'a dog')).status, 200);
  } finally {
    await server.stop();
  }
});
