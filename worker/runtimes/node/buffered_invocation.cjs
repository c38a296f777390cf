// One invocation whose result is posted whole: async handlers, callbacks and context.succeed/fail/done.
//
// The first completion counts. A callback waits for an empty event loop unless the handler switched that off; a promise
// does not. A handler that completes by no means until the loop is empty has answered null.
// Source: aws-lambda-ric 3, CallbackContext.js and Runtime.js.
'use strict';

const { fillContext } = require('./context.cjs');
const log = require('./log.cjs');

const isThenable = (value) => value && typeof value.then === 'function';

class BufferedInvocation {
  // `runtime` has api, serveNext(), whenLoopIsEmpty(callback or undefined) and reportError(error, id).
  constructor(runtime, event) {
    this._runtime = runtime;
    this._event = event;
    this._id = event.headers['lambda-runtime-aws-request-id'];
    this._finished = false;   // a completion function was called
    this._posted = false;
    this._waitsForEmptyLoop = true;
  }

  run(handler) {
    const callback = this._firstOnly((error, result) => this._callback(error, result));
    this._runtime.whenLoopIsEmpty(() => this._post(null));
    try {
      const context = fillContext(this._completionContext(), this._event.headers);
      const result = handler(JSON.parse(this._event.body.toString()), context, callback);
      if (isThenable(result)) result.then(context.succeed, context.fail).catch(context.fail);
    } catch (error) {
      callback(error);
    }
  }

  _completionContext() {
    const invocation = this;
    const done = this._firstOnly((error, result) => this._done(error, result));
    return {
      get callbackWaitsForEmptyEventLoop() { return invocation._waitsForEmptyLoop; },
      set callbackWaitsForEmptyEventLoop(value) { invocation._waitsForEmptyLoop = value; },
      succeed: (result) => done(null, result),
      fail: (error) => done(error ?? 'handled'),
      done,
    };
  }

  // A completion that throws (an unencodable result) has not happened: another may follow.
  _firstOnly(complete) {
    return (error, result) => {
      if (this._finished) return;
      complete(error, result);
      this._finished = true;
    };
  }

  _callback(error, result) {
    this._runtime.whenLoopIsEmpty(undefined);
    if (error !== undefined && error !== null) this._fail(error);
    else if (!this._waitsForEmptyLoop) this._post(result);
    else this._runtime.whenLoopIsEmpty(() => this._post(result));
  }

  _done(error, result) {
    this._runtime.whenLoopIsEmpty(undefined);
    if (error !== undefined && error !== null) this._fail(error);
    else this._post(result);
  }

  _fail(error) {
    log.logError('Invoke Error', error);
    this._runtime.reportError(error, this._id);
    this._runtime.serveNext();
  }

  _post(result) {
    if (this._posted) {
      console.error('Invocation has already been reported as done. ' +
        'Cannot call complete more than once per invocation.');
      return;
    }
    const body = stringify(result);
    this._posted = true;
    this._runtime.api.postResponse(this._id, body);
    this._runtime.serveNext();
  }
}

function stringify(result) {
  let body;
  try {
    body = JSON.stringify(result === undefined ? null : result);
  } catch {
    throw new Error('Unable to stringify response body');
  }
  return body ?? 'null';
}

module.exports = { BufferedInvocation };
