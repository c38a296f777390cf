// A runtime that is booted before its function is known waits here for the function's environment.
//
// Wire: on the socket _HEARTH_ASSIGNMENT_FD names, one byte from us once we have booted; then "NAME=value" strings,
//       each with a zero byte at its end, until the end of the socket. They replace the environment.
// Source: docs/decisions/0012; worker/environments/parked/parked_environment.h is the other end.
'use strict';

const fs = require('fs');
const Module = require('module');

const VARIABLE = '_HEARTH_ASSIGNMENT_FD';
const RECEIVE_BYTES = 64 * 1024;

function receive(fd) {
  fs.writeSync(fd, '!');
  const parts = [];
  for (;;) {
    const part = Buffer.allocUnsafe(RECEIVE_BYTES);
    const size = fs.readSync(fd, part);
    if (size === 0) break;
    parts.push(part.subarray(0, size));
  }
  fs.closeSync(fd);
  return Buffer.concat(parts).toString().split('\0').slice(0, -1);
}

const isAwaited = () => process.env[VARIABLE] !== undefined;

// Sleeps until there is a function: nothing else happens meanwhile.
function wait() {
  const strings = receive(parseInt(process.env[VARIABLE], 10));
  if (strings.length === 0) process.exit(0);  // the worker is gone
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const string of strings) {
    const end = string.indexOf('=');
    process.env[string.slice(0, end)] = string.slice(end + 1);
  }
  Module._initPaths();  // NODE_PATH
  process.chdir(process.env.LAMBDA_TASK_ROOT || '/var/task');
}

module.exports = { isAwaited, wait };
