// A function that streams its answer; the event's `do` says how.
'use strict';

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const written = (out, piece) => new Promise((resolve) => { out.write(piece, resolve); });
let finished = 0;

const actions = {
  async pieces(event, out) {
    for (const piece of event.pieces) {
      await written(out, piece);
      await pause(event.pause_ms || 0);
    }
  },
  async flood(event, out) {
    const piece = Buffer.alloc(65536, 'x');
    for (let sent = 0; sent < event.bytes; sent += piece.length) await written(out, piece);
    console.log('wrote all');
  },
  async fail(event, out) {
    await written(out, 'half');
    throw new RangeError('midway');
  },
  async refuse() { throw new RangeError('early'); },
  async exit(event, out) {
    await written(out, 'half');
    await pause(100);
    process.exit(3);
  },
  async hang(event, out) {
    await written(out, 'half');
    await pause(60000);
  },
  async finished(event, out) { await written(out, String(finished)); },
};

exports.handler = awslambda.streamifyResponse(async (event, out) => {
  out.setContentType('text/plain');
  await actions[event.do](event, out);
  finished += 1;
  out.end();
});
