// The function's log: console.* in Lambda's line format, as frames on the telemetry pipe or lines on standard output.
//
// Frame:  4 bytes type, 4 bytes length, 8 bytes microseconds since the epoch, all big-endian; then the message.
// Order:  process.stdout and process.stderr take the same pipe, cut into lines, and keep their order with console.*.
// Source: AWS's Node.js Runtime Interface Client (aws-lambda-ric 3), LogPatch.js.
'use strict';

const fs = require('fs');
const util = require('util');
const errors = require('./errors.cjs');

const TEXT_FRAME = 0xa55a0003;
const JSON_FRAME = 0xa55a0002;
const FRAME_HEAD_BYTES = 16;
const LEVELS = {
  TRACE: { name: 'TRACE', priority: 1, mask: 0x04 },
  DEBUG: { name: 'DEBUG', priority: 2, mask: 0x08 },
  INFO: { name: 'INFO', priority: 3, mask: 0x0c },
  WARN: { name: 'WARN', priority: 4, mask: 0x10 },
  ERROR: { name: 'ERROR', priority: 5, mask: 0x14 },
  FATAL: { name: 'FATAL', priority: 6, mask: 0x18 },
};
const METHODS = { trace: 'TRACE', debug: 'DEBUG', info: 'INFO', log: 'INFO', warn: 'WARN', error: 'ERROR' };

// Tools find the invocation by these symbols, as on Lambda.
const REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId');
const TENANT_ID = Symbol.for('aws.lambda.runtime.tenantId');

let jsonFormat = false;
let telemetryFd;
const framedStreams = [];

function writeFully(fd, data) {
  for (let at = 0; at < data.length;) {
    try {
      at += fs.writeSync(fd, data, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);  // a full pipe: let the reader work
    }
  }
}

function writeFrame(type, message, timeMs) {
  const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + Buffer.byteLength(message));
  frame.writeUInt32BE(type >>> 0, 0);
  frame.writeUInt32BE(frame.length - FRAME_HEAD_BYTES, 4);
  frame.writeBigUInt64BE(BigInt(timeMs) * 1000n, 8);
  if (typeof message === 'string') frame.write(message, FRAME_HEAD_BYTES);
  else message.copy(frame, FRAME_HEAD_BYTES);
  writeFully(telemetryFd, frame);
}

// A line (Buffer or string, with its newline) that is no console call.
function writeLine(line) {
  if (telemetryFd === undefined) writeFully(2, Buffer.from(line));
  else writeFrame(TEXT_FRAME, line, Date.now());
}

function textLine(level, date, params) {
  return `${date.toISOString()}\t${globalThis[REQUEST_ID]}\t${level.name}\t${util.format(...params)}\n`;
}

function describeError(error) {
  return {
    errorType: error?.constructor?.name ?? 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
  };
}

function jsonLine(level, date, params) {
  const line = { timestamp: date.toISOString(), level: level.name, requestId: globalThis[REQUEST_ID] };
  if (globalThis[TENANT_ID] != null) line.tenantId = globalThis[TENANT_ID];
  if (params.length === 1) {
    try {
      const expandErrors = (_key, value) => (value instanceof Error ? { ...describeError(value), ...value } : value);
      return JSON.stringify({ ...line, message: params[0] }, expandErrors);
    } catch {
      return JSON.stringify({ ...line, message: util.format(params[0]) });
    }
  }
  const error = params.find((param) => param instanceof Error);
  return JSON.stringify({ ...line, message: util.format(...params), ...(error && describeError(error)) });
}

function log(level, params) {
  const date = new Date();
  const line = jsonFormat ? jsonLine(level, date, params) : textLine(level, date, params);
  if (telemetryFd === undefined) {
    const text = line.endsWith('\n') ? line.slice(0, -1) : line;
    writeFully(1, Buffer.from(`${text.replace(/\n/g, '\r')}\n`));
    return;
  }
  finishLines();
  writeFrame((jsonFormat ? JSON_FRAME : TEXT_FRAME) | level.mask, line, date.getTime());
}

function patchConsole() {
  const threshold = (LEVELS[(process.env.AWS_LAMBDA_LOG_LEVEL || '').toUpperCase()] || LEVELS.TRACE).priority;
  for (const [method, name] of Object.entries(METHODS)) {
    const level = LEVELS[name];
    console[method] = level.priority >= threshold ? (message, ...params) => log(level, [message, ...params]) : () => {};
  }
  console.fatal = (message, ...params) => log(LEVELS.FATAL, [message, ...params]);
}

function captureStream(name, fd) {
  let stream;
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    get() {
      if (stream === undefined) {
        const { FramedStream } = require('./framed_stream.cjs');  // most functions only use console
        stream = new FramedStream(fd, writeLine);
        framedStreams.push(stream);
      }
      return stream;
    },
  });
}

// Takes over the log. The pipe's number leaves the environment: it is the runtime's, not the function's.
function install() {
  jsonFormat = (process.env.AWS_LAMBDA_LOG_FORMAT || '').toUpperCase() === 'JSON';
  const fd = parseInt(process.env._LAMBDA_TELEMETRY_LOG_FD, 10);
  delete process.env._LAMBDA_TELEMETRY_LOG_FD;
  if (!Number.isNaN(fd)) {
    telemetryFd = fd;
    captureStream('stdout', 1);
    captureStream('stderr', 2);
  }
  patchConsole();
}

// Ends the lines that have no newline yet: they must not wait for the next invocation.
function finishLines() {
  for (const stream of framedStreams) stream.finishLine();
}

function setInvocation(requestId, tenantId) {
  globalThis[REQUEST_ID] = requestId;
  globalThis[TENANT_ID] = tenantId;
}

function logError(message, error) {
  if (jsonFormat) console.error(errors.intoError(error));
  else console.error(message, errors.toLogText(errors.intoError(error)));
}

module.exports = { install, setInvocation, logError, writeLine, finishLines };
