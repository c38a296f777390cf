// ResponseParser cuts a byte stream into HTTP/1.1 responses; bodies with a length or chunked.
//
// Errors: feed() throws an Error on bytes that are no HTTP response.
// Source: RFC 9112.
'use strict';

const MAX_HEAD_BYTES = 1024 * 1024;
const EMPTY = Buffer.alloc(0);

class ResponseParser {
  // onResponse({status, headers by lower-case name, body})
  constructor(onResponse) {
    this._onResponse = onResponse;
    this._pieces = [];
    this._have = 0;
    this._startResponse();
  }

  feed(piece) {
    this._pieces.push(piece);
    this._have += piece.length;
    // Pieces are only joined when there is enough to make a step: 6 MB must not be copied a hundred times.
    while (this._have >= this._need) {
      const data = this._pieces.length === 1 ? this._pieces[0] : Buffer.concat(this._pieces);
      const used = this._step(data);
      this._pieces = [data.subarray(used)];
      this._have = data.length - used;
    }
  }

  _startResponse() {
    this._step = this._readHead;
    this._need = 1;
    this._chunks = [];
  }

  _readHead(data) {
    const end = data.indexOf('\r\n\r\n');
    if (end < 0) return this._waitForMore(data);
    const lines = data.latin1Slice(0, end).split('\r\n');
    this._status = parseInt(lines[0].slice(9, 12), 10);
    if (Number.isNaN(this._status)) throw new Error(`not an HTTP response: ${lines[0].slice(0, 40)}`);
    this._headers = {};
    for (const line of lines.slice(1)) {
      const colon = line.indexOf(':');
      this._headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    if (this._status < 200) {
      this._startResponse();  // interim
    } else if ((this._headers['transfer-encoding'] || '').toLowerCase().includes('chunked')) {
      this._step = this._readChunkSize;
    } else {
      this._step = this._readBody;
      this._need = parseInt(this._headers['content-length'] || '0', 10);
    }
    return end + 4;
  }

  _readBody(data) {
    const length = this._need;
    this._finish(data.subarray(0, length));
    return length;
  }

  _readChunkSize(data) {
    const end = data.indexOf('\r\n');
    if (end < 0) return this._waitForMore(data);
    const size = parseInt(data.latin1Slice(0, end), 16);
    if (Number.isNaN(size)) throw new Error('not a chunk size');
    this._step = size === 0 ? this._readTrailer : this._readChunk;
    this._need = size === 0 ? 1 : size + 2;
    return end + 2;
  }

  _readChunk(data) {
    const length = this._need;
    this._chunks.push(data.subarray(0, length - 2));
    this._step = this._readChunkSize;
    this._need = 1;
    return length;
  }

  _readTrailer(data) {
    const end = data.indexOf('\r\n');
    if (end < 0) return this._waitForMore(data);
    if (end === 0) this._finish(Buffer.concat(this._chunks));
    else this._need = 1;
    return end + 2;
  }

  _waitForMore(data) {
    if (data.length > MAX_HEAD_BYTES) throw new Error('response head too large');
    this._need = data.length + 1;
    return 0;
  }

  _finish(body) {
    const response = { status: this._status, headers: this._headers, body: body.length > 0 ? body : EMPTY };
    this._startResponse();
    this._onResponse(response);
  }
}

module.exports = { ResponseParser };
