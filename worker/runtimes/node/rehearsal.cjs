// While a runtime waits for its function it goes through one invocation with itself: what Node loads and compiles at a
// first use (sockets above all, 5 ms and more) is there when a function comes.
//
// Nothing of it stays but warm code: the server of the rehearsal is closed, its connection gone.
'use strict';

const net = require('net');
const { BufferedInvocation } = require('./buffered_invocation.cjs');
const { RuntimeApi } = require('./runtime_api.cjs');

// What functions load most often, the AWS SDK among them.
const USUAL_MODULES = ['crypto', 'events', 'fs/promises', 'http', 'https', 'os', 'stream', 'timers', 'url', 'util', 'zlib'];
const EVENT = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: rehearsal\r\n' +
  'Lambda-Runtime-Deadline-Ms: 1000\r\nLambda-Runtime-Trace-Id: Root=0\r\nContent-Length: 2\r\n\r\n{}';
const ACCEPTED = 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n';

// Answers the first GET with an event, and what comes then, a result and the next GET in one piece, with both answers.
function stage() {
  return new Promise((resolve) => {
    const server = net.createServer((connection) => {
      connection.once('data', () => {
        connection.write(EVENT);
        connection.once('data', () => connection.end(ACCEPTED + EVENT));
      });
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

async function rehearse() {
  for (const name of USUAL_MODULES) require(name);
  const server = await stage();
  const api = new RuntimeApi(`127.0.0.1:${server.address().port}`);
  await new Promise((resolve) => {
    const runtime = { api, whenLoopIsEmpty() {}, serveNext: resolve, reportError: resolve };
    api.next().then((event) => new BufferedInvocation(runtime, event).run(async (value) => value), resolve);
  });
  await api.next().catch(() => {});
  await new Promise((resolve) => server.close(resolve));
}

module.exports = { rehearse };
