// One invocation of an awslambda.streamifyResponse handler: the result is posted in chunks while the handler writes.
//
// An error before the first byte is an ordinary function error; after it, it travels in the announced trailers.
// Source: Lambda Developer Guide, "Response streaming" and "Using the Lambda runtime API"; aws-lambda-ric 3,
//         ResponseStream.js, HttpResponseStream.js and Runtime.js.
'use strict';

const { Writable } = require('stream');
const errors = require('./errors.cjs');
const { fillContext } = require('./context.cjs');
const log = require('./log.cjs');

const TYPE_TRAILER = 'Lambda-Runtime-Function-Error-Type';
const BODY_TRAILER = 'Lambda-Runtime-Function-Error-Body';
const HTTP_CONTENT_TYPE = 'application/vnd.awslambda.http-integration-response';
const PRELUDE_END = Buffer.alloc(8);

class ResponseStream extends Writable {
  constructor(api, id, options) {
    super({ highWaterMark: options.highWaterMark, decodeStrings: true });
    this._api = api;
    this._id = id;
    this._contentType = 'application/octet-stream';
    this._wire = undefined;     // set once the head is sent
    this._trailers = '';
    this._onBeforeFirstWrite = undefined;
  }

  setContentType(contentType) {
    if (this._wire) throw new errors.InvalidStreamingOperation('Cannot set content-type, too late.');
    this._contentType = String(contentType).replace(/[^\x20-\x7e]/g, '?');
  }

  write(chunk, ...rest) {
    const isBytes = typeof chunk === 'string' || chunk instanceof Uint8Array;
    return super.write(isBytes ? chunk : JSON.stringify(chunk), ...rest);
  }

  get started() {
    return this._wire !== undefined;
  }

  // Settles when the API has answered; only after the first byte or the end.
  get answered() {
    return this._wire.answered;
  }

  // Ends the stream with an error in its trailers.
  fail(error) {
    const body = errors.toBody(error);
    const type = String(body.errorType).replace(/[^\x20-\x7e]/g, '?');
    const encoded = Buffer.from(JSON.stringify(body)).toString('base64');
    this._trailers = `${TYPE_TRAILER}: ${type}\r\n${BODY_TRAILER}: ${encoded}\r\n`;
    if (this.writableEnded && !this.destroyed) return;
    if (this.destroyed) this._wire.end(this._trailers);
    else this.end();
  }

  _start() {
    if (this._wire) return;
    this._wire = this._api.openStream(this._id, 'Lambda-Runtime-Function-Response-Mode: streaming\r\n' +
      `Trailer: ${TYPE_TRAILER}, ${BODY_TRAILER}\r\nContent-Type: ${this._contentType}\r\n`);
    this._onBeforeFirstWrite?.((data) => this._wire.write(Buffer.from(data), () => {}));
  }

  _write(chunk, _encoding, callback) {
    this._start();
    this._wire.write(chunk, callback);
  }

  _final(callback) {
    this._start();
    this._wire.end(this._trailers);
    callback();
  }
}

// awslambda.HttpResponseStream: status, headers and cookies in front of the body.
const HttpResponseStream = {
  from(stream, metadata) {
    stream.setContentType(HTTP_CONTENT_TYPE);
    stream._onBeforeFirstWrite = (write) => {
      write(JSON.stringify(metadata));
      write(PRELUDE_END);
    };
    return stream;
  },
};

class StreamedInvocation {
  constructor(runtime, event, options) {
    this._runtime = runtime;
    this._event = event;
    this._id = event.headers['lambda-runtime-aws-request-id'];
    this._stream = new ResponseStream(runtime.api, this._id, options);
    this._waitsForEmptyLoop = true;
    this._over = false;
  }

  async run(handler) {
    // An empty loop means that nobody is left to end the stream.
    this._runtime.whenLoopIsEmpty(() => this._fail('Response stream is not finished.'));
    this._stream.on('error', (error) => this._fail(error));
    try {
      const context = fillContext(this._context(), this._event.headers);
      const promise = handler(JSON.parse(this._event.body.toString()), this._stream, context);
      if (typeof promise?.then !== 'function') return this._fail('Streaming does not support non-async handlers.');
      const result = await promise;
      if (result !== undefined) console.warn('Streaming handlers ignore return values.');
      await this._ended();
      await this._finish();
    } catch (error) {
      await this._fail(error);
    }
  }

  _context() {
    const invocation = this;
    return {
      get callbackWaitsForEmptyEventLoop() { return invocation._waitsForEmptyLoop; },
      set callbackWaitsForEmptyEventLoop(value) { invocation._waitsForEmptyLoop = value; },
    };
  }

  _ended() {
    if (this._stream.writableFinished) return undefined;
    return new Promise((resolve) => this._stream.once('finish', resolve));
  }

  async _finish() {
    if (this._over) return;
    this._over = true;
    const response = await this._stream.answered.catch(() => undefined);
    if (response && response.status !== 202) {
      const code = response.status;
      log.writeLine(`[ERROR] LAMBDA_RUNTIME Failed to stream handler response. Http response code: ${code}.\n`);
    }
    this._serveNext();
  }

  async _fail(error) {
    if (this._over) return;
    log.logError('Invoke Error', error);
    if (!this._stream.started) {
      this._over = true;
      this._runtime.reportError(error, this._id);
      this._serveNext();
      return;
    }
    this._stream.fail(error);
    await this._finish();
  }

  _serveNext() {
    this._runtime.whenLoopIsEmpty(undefined);
    if (this._waitsForEmptyLoop) this._runtime.whenLoopIsEmpty(() => this._runtime.serveNext());
    else this._runtime.serveNext();
  }
}

module.exports = { StreamedInvocation, HttpResponseStream };
