// The managed Node.js runtime: load the handler, then answer one invocation after the other.
//
// Exit codes: 129 uncaught exception, 128 unhandled rejection, 13 an initialisation that can never end.
// Source: Lambda Developer Guide, "Building a custom runtime"; aws-lambda-ric 3, Runtime.js and index.mjs.
'use strict';

const heapFlags = require('./heap_flags.cjs');
heapFlags.hide();  // before anything else is loaded

const assignment = require('./assignment.cjs');
const errors = require('./errors.cjs');
const loader = require('./handler_loader.cjs');
const log = require('./log.cjs');
const { BufferedInvocation } = require('./buffered_invocation.cjs');
const { RuntimeApi } = require('./runtime_api.cjs');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const EXIT_REJECTION = 128;
const EXIT_EXCEPTION = 129;
const EXIT_NEVER_READY = 13;

class Runtime {
  constructor(api) {
    this.api = api;
    this._handler = undefined;
    this._requestId = undefined;  // of the invocation that is running
    this._onEmptyLoop = () => process.exit(EXIT_NEVER_READY);
  }

  async start(taskRoot, handlerName) {
    process.on('uncaughtException', (error) => this._die('Uncaught Exception', error, EXIT_EXCEPTION));
    process.on('unhandledRejection', (reason, promise) => this._die('Unhandled Promise Rejection',
      new errors.UnhandledPromiseRejection(reason, promise), EXIT_REJECTION));
    process.on('beforeExit', () => this._onEmptyLoop());
    process.on('exit', () => {
      log.finishLines();
      this.api.flushNow();
    });
    loader.setSearchPath(taskRoot);
    try {
      offerStreaming();
      this._handler = await loader.loadHandler(taskRoot, handlerName);
      this._streaming = isStreaming(this._handler);
    } catch (error) {
      await this._die('Uncaught Exception', error, EXIT_EXCEPTION);
    }
    log.finishLines();
    heapFlags.restore();
    this._serveOne();
  }

  // What to do when the event loop has nothing left; undefined: nothing.
  whenLoopIsEmpty(action) {
    this._onEmptyLoop = action ?? (() => {});
  }

  // Ends the running invocation. Code after the completion still gets its turn before the environment may be frozen.
  serveNext() {
    setImmediate(() => this._serveOne());
  }

  reportError(error, requestId) {
    const body = errors.toBody(error);
    this.api.postError(requestId, JSON.stringify(body), body.errorType, errors.toXrayCause(error));
  }

  async _serveOne() {
    log.finishLines();
    let event;
    try {
      event = await this.api.next();
    } catch (error) {
      log.writeLine(`[ERROR] LAMBDA_RUNTIME ${error.message}\n`);
      process.exit(1);
    }
    this._requestId = event.headers['lambda-runtime-aws-request-id'];
    log.setInvocation(this._requestId, event.headers['lambda-runtime-aws-tenant-id']);
    this._invocation(event).run(this._handler);
  }

  _invocation(event) {
    if (!this._streaming) return new BufferedInvocation(this, event);
    const { StreamedInvocation } = require('./streamed_invocation.cjs');
    return new StreamedInvocation(this, event, { highWaterMark: highWaterMarkOf(this._handler) });
  }

  async _die(what, error, exitCode) {
    log.logError(what, error);
    log.finishLines();
    try {
      if (this._requestId === undefined) {
        const body = errors.toBody(error);
        await this.api.postInitError(JSON.stringify(body), body.errorType);
      } else {
        this.reportError(error, this._requestId);
        await this.api.flush();
      }
    } catch (failure) {
      log.writeLine(`[ERROR] LAMBDA_RUNTIME ${failure.message}\n`);
    }
    process.exit(exitCode);
  }
}

function isStreaming(handler) {
  const mode = handler[STREAMING];
  if (mode === undefined || mode === null || mode === false) return false;
  if (mode === 'response') return true;
  throw new errors.MalformedStreamingHandler('Only response streaming is supported.');
}

function highWaterMarkOf(handler) {
  const bytes = parseInt(handler[HIGH_WATER_MARK], 10);
  return Number.isNaN(bytes) ? undefined : bytes;
}

function offerStreaming() {
  if (['1', 'true'].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = {
    streamifyResponse(handler, options) {
      handler[STREAMING] = 'response';
      if (typeof options?.highWaterMark === 'number') handler[HIGH_WATER_MARK] = options.highWaterMark;
      return handler;
    },
    get HttpResponseStream() { return require('./streamed_invocation.cjs').HttpResponseStream; },
  };
}

// The connection of a parked runtime waits in the kernel until the worker opens the Runtime API to it.
async function park(api) {
  await require('./rehearsal.cjs').rehearse();
  await api.connect();
  assignment.wait();
}

async function main() {
  const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
  if (assignment.isAwaited()) await park(api);
  log.install();
  await new Runtime(api).start(process.env.LAMBDA_TASK_ROOT || process.cwd(), process.env._HANDLER || '');
}

main();
