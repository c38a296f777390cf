// FramedStream stands in for process.stdout or process.stderr: every line becomes one log frame, with its newline.
'use strict';

const { Writable } = require('stream');

// A line without an end is cut here: the size of the largest log event.
const MAX_LINE_BYTES = 256 * 1024;
const NEWLINE = 10;

class FramedStream extends Writable {
  constructor(fd, writeLine) {
    super({ decodeStrings: true });
    this.fd = fd;
    this._writeLine = writeLine;
    this._partial = Buffer.alloc(0);
  }

  _write(chunk, _encoding, callback) {
    let rest = this._partial.length > 0 ? Buffer.concat([this._partial, chunk]) : chunk;
    for (;;) {
      const newline = rest.indexOf(NEWLINE);
      const length = newline >= 0 ? Math.min(newline + 1, MAX_LINE_BYTES) : MAX_LINE_BYTES;
      if (newline < 0 && rest.length < MAX_LINE_BYTES) break;
      this._writeLine(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    this._partial = Buffer.from(rest);
    callback();
  }

  // Like the real ones, these streams cannot be closed by the function.
  _destroy(_error, callback) {
    callback();
  }

  finishLine() {
    if (this._partial.length === 0) return;
    const line = this._partial;
    this._partial = Buffer.alloc(0);
    this._writeLine(line);
  }
}

module.exports = { FramedStream };
