// RuntimeApi speaks the Lambda Runtime API (2018-06-01) over one kept-alive socket.
//
// A small result is not sent at once: it leaves in the same segment as the next GET /next, which saves the worker a
// wake-up. The socket keeps the event loop alive only while the runtime itself waits: during a handler the loop may run
// empty, which is how callbackWaitsForEmptyEventLoop is noticed.
//
// Errors: promises reject with an Error when the API is gone or refuses; the process then ends.
// Source: Lambda Developer Guide, "Using the Lambda runtime API"; RFC 9112.
'use strict';

const net = require('net');
const { ResponseParser } = require('./http_parser.cjs');
const log = require('./log.cjs');

const PREFIX = '/2018-06-01/runtime/';
// A larger result is sent alone and its answer awaited: a refusal (413) may close the connection under a next request.
const MAX_PIPELINED_BYTES = 64 * 1024;
const MAX_XRAY_CAUSE_BYTES = 1024 * 1024;
const MAX_CONNECT_ATTEMPTS = 3;
const ACCEPTED = 202;

const headerSafe = (text) => String(text).replace(/[^\x20-\x7e]/g, '?');

class RuntimeApi {
  constructor(address) {
    const colon = address.lastIndexOf(':');
    this._host = address.slice(0, colon);
    this._port = parseInt(address.slice(colon + 1), 10);
    this._common = `Host: ${address}\r\nUser-Agent: hearth-node\r\n`;
    this._socket = undefined;
    this._awaited = [];  // one {resolve, reject} for each request on the wire, in order
    this._unsent = [];   // finished results: {request, what}
  }

  // Ahead of the first request; whether it came about, that one will tell.
  connect() {
    const socket = this._connected();
    return new Promise((resolve) => socket.once('connect', resolve).once('close', resolve)).then(() => socket.unref());
  }

  // Delivers waiting results; resolves to {headers, body} once there is an event.
  async next() {
    let failure;
    for (let attempt = 0; attempt < MAX_CONNECT_ATTEMPTS; ++attempt) {
      try {
        await this._sendLargeResults();
        const response = await this._exchange(`GET ${PREFIX}invocation/next HTTP/1.1\r\n${this._common}\r\n`);
        if (response.status !== 200 || !response.headers['lambda-runtime-aws-request-id']) {
          throw new Error(`status ${response.status} ${response.body.toString().slice(0, 200)}`);
        }
        return response;
      } catch (error) {
        failure = error;
      }
    }
    throw new Error(`Failed to get next invocation: ${failure.message}`);
  }

  postResponse(id, body) {
    const request = this._post(`invocation/${id}/response`, body, 'Content-Type: application/json\r\n');
    this._queue(request, 'success response');
  }

  postError(id, body, errorType, xrayCause) {
    let headers = this._errorHeaders(errorType);
    if (xrayCause && xrayCause.length < MAX_XRAY_CAUSE_BYTES) {
      headers += `Lambda-Runtime-Function-XRay-Error-Cause: ${xrayCause}\r\n`;
    }
    this._queue(this._post(`invocation/${id}/error`, body, headers), 'error response');
  }

  async postInitError(body, errorType) {
    const response = await this._exchange(this._post('init/error', body, this._errorHeaders(errorType)));
    if (response.status !== ACCEPTED) throw new Error(`init/error: status ${response.status}`);
  }

  // Sends what waits, and resolves when all of it is answered.
  async flush() {
    await this._sendLargeResults();
    if (this._unsent.length > 0) await Promise.allSettled(this._takeUnsent());
  }

  // For a process that ends now: gives what waits to the kernel.
  flushNow() {
    if (this._unsent.length > 0) this._takeUnsent();
  }

  // A streamed result. The functions take and deliver what Writable's do; `answered` settles with the API's verdict.
  openStream(id, headers) {
    const common = `${this._common}${headers}Transfer-Encoding: chunked\r\n\r\n`;
    const answered = this._send(`POST ${PREFIX}invocation/${id}/response HTTP/1.1\r\n${common}`, false)
      .finally(() => this._socket?.unref());
    answered.catch(() => {});
    return {
      answered,
      write: (chunk, callback) => {
        if (chunk.length === 0) return callback();
        this._socket.cork();
        this._socket.write(`${chunk.length.toString(16)}\r\n`);
        this._socket.write(chunk);
        this._socket.write('\r\n', callback);
        this._socket.uncork();
      },
      end: (trailers) => {
        this._socket.ref();
        this._socket.write(`0\r\n${trailers}\r\n`);
      },
    };
  }

  _post(path, body, headers) {
    const length = Buffer.byteLength(body);
    return `POST ${PREFIX}${path} HTTP/1.1\r\n${this._common}${headers}Content-Length: ${length}\r\n\r\n${body}`;
  }

  _errorHeaders(errorType) {
    return `Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: ${headerSafe(errorType)}\r\n`;
  }

  _queue(request, what) {
    this._unsent.push({ request, what });
  }

  async _sendLargeResults() {
    if (this._unsent.some(({ request }) => request.length > MAX_PIPELINED_BYTES)) {
      await Promise.allSettled(this._takeUnsent());
    }
  }

  // Writes every waiting result; their promises never leave a rejection unhandled.
  _takeUnsent() {
    const results = this._unsent;
    this._unsent = [];
    return results.map(({ request, what }) => this._send(request, true).then((response) => {
      if (response.status === ACCEPTED) return;
      log.writeLine(`[ERROR] LAMBDA_RUNTIME Failed to post handler ${what}. Http response code: ${response.status}.\n`);
    }, () => {}));  // whether the result arrived is not known here; the API's state machine knows
  }

  async _exchange(request) {
    const socket = this._connected();
    socket.cork();
    this._takeUnsent();
    const answer = this._send(request, true);
    socket.uncork();
    try {
      return await answer;
    } finally {
      if (this._awaited.length === 0) this._socket?.unref();
    }
  }

  _send(request, keepsLoopAlive) {
    const socket = this._connected();
    if (keepsLoopAlive) socket.ref();
    socket.write(request);
    return new Promise((resolve, reject) => this._awaited.push({ resolve, reject }));
  }

  _connected() {
    if (this._socket !== undefined) return this._socket;
    const socket = net.connect({ host: this._host, port: this._port, noDelay: true });
    const parser = new ResponseParser((response) => {
      this._awaited.shift()?.resolve(response);
      if ((response.headers.connection || '').toLowerCase() !== 'close') return;
      lose();
      socket.destroy();
    });
    const lose = (error) => {
      if (this._socket !== socket) return;
      this._socket = undefined;
      const lost = this._awaited.splice(0);
      for (const { reject } of lost) reject(error || new Error('the Runtime API closed the connection'));
    };
    socket.on('data', (data) => {
      try {
        parser.feed(data);
      } catch (error) {
        socket.destroy(error);
      }
    });
    socket.on('error', lose);
    socket.on('close', () => lose());
    this._socket = socket;
    return socket;
  }
}

module.exports = { RuntimeApi };
