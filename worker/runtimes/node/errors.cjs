// Errors in the shapes they leave the runtime: the body posted to the Runtime API, the log line, the X-Ray cause.
//
// Source: AWS's Node.js Runtime Interface Client (aws-lambda-ric 3), Errors.js and XRayError.js.
'use strict';

const util = require('util');

function runtimeError(name) {
  return { [name]: class extends Error { get name() { return `Runtime.${name}`; } } }[name];
}

const ImportModuleError = runtimeError('ImportModuleError');
const HandlerNotFound = runtimeError('HandlerNotFound');
const MalformedHandlerName = runtimeError('MalformedHandlerName');
const UserCodeSyntaxError = runtimeError('UserCodeSyntaxError');
const MalformedStreamingHandler = runtimeError('MalformedStreamingHandler');
const InvalidStreamingOperation = runtimeError('InvalidStreamingOperation');

class UnhandledPromiseRejection extends runtimeError('UnhandledPromiseRejection') {
  constructor(reason, promise) {
    super(reason);
    this.reason = reason;
    this.promise = promise;
  }
}

function looksLikeError(value) {
  return ['name', 'message', 'stack'].every((member) => value[member] && typeof value[member] === 'string');
}

// DEL is the one ASCII character above the blank that HTTP headers and some JSON readers refuse.
const withoutDel = (text) => (typeof text === 'string' ? text.replace(/\x7F/g, '%7F') : text);

// {errorType, errorMessage, trace}: what the caller of the function sees.
function toBody(error) {
  try {
    if (util.types.isNativeError(error) || looksLikeError(error)) {
      return {
        errorType: withoutDel(error.name),
        errorMessage: withoutDel(error.message),
        trace: withoutDel(error.stack).split('\n'),
      };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of ' +
        'its message, name, and stack',
    };
  }
}

const intoError = (value) => (value instanceof Error ? value : new Error(value));

function withAllMembers(_key, value) {
  if (!(value instanceof Error)) return value;
  const members = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
  if (typeof value.stack === 'string') members.stack = value.stack.split('\n');
  return members;
}

// The tail of a text log line.
function toLogText(error) {
  try {
    return `\t${JSON.stringify(error, withAllMembers)}`;
  } catch {
    return `\t${JSON.stringify(toBody(error))}`;
  }
}

function parseStackLine(stackLine) {
  const line = stackLine.trim().replace(/[()]/g, '').replace(/^\S+ /, '');
  const split = line.lastIndexOf(' ');
  const [path, number] = line.slice(split + 1).split(':');
  return { path, line: parseInt(number, 10), label: split > 0 ? line.slice(0, split) : 'anonymous' };
}

// JSON for the Lambda-Runtime-Function-XRay-Error-Cause header: ASCII only, '' where there is nothing to say.
function toXrayCause(error) {
  try {
    const stack = error.stack ? withoutDel(error.stack).split('\n').slice(1).map(parseStackLine) : [];
    const cause = {
      working_directory: process.cwd(),
      exceptions: [{ type: withoutDel(error.name), message: withoutDel(error.message), stack }],
      paths: [...new Set(stack.map((entry) => entry.path))],
    };
    const escape = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return JSON.stringify(cause).replace(/[\u007f-\uffff]/g, escape);
  } catch {
    return '';
  }
}

module.exports = {
  ImportModuleError, HandlerNotFound, MalformedHandlerName, UserCodeSyntaxError, MalformedStreamingHandler,
  InvalidStreamingOperation, UnhandledPromiseRejection, toBody, toLogText, toXrayCause, intoError,
};
