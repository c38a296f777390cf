"""RuntimeApi speaks the Lambda Runtime API (2018-06-01) over one kept-alive socket.

http.client would cost 25 ms of every cold start (it imports ssl and email), so the few lines of HTTP/1.1 that the
Runtime API needs are written here. A small result is not sent at once: it leaves in the same segment as the next
GET /next, which saves the worker a wake-up.

Errors:  RuntimeApiError when the API is gone or refuses `next`; the process then ends.
Threads: one; the invocation loop's.
Source:  Lambda Developer Guide, "Using the Lambda runtime API"; RFC 9112.
"""

import _socket

PREFIX = "/2018-06-01/runtime/"
USER_AGENT = "hearth-python"
# A larger result is sent alone and its answer awaited: a refusal (413) may close the connection under the next request.
MAX_PIPELINED_BYTES = 64 * 1024
MAX_HEAD_BYTES = 1024 * 1024
MAX_XRAY_CAUSE_BYTES = 1024 * 1024
MAX_CONNECT_ATTEMPTS = 3
RECEIVE_BYTES = 64 * 1024
ACCEPTED = 202


class RuntimeApiError(Exception):
    pass


class Invocation:
    """One event: its body (bytes) and the Lambda-Runtime-* headers. Absent headers are None."""

    __slots__ = ("body", "_headers")

    def __init__(self, headers, body):
        self._headers = headers
        self.body = body

    def header(self, name):
        value = self._headers.get(name)
        return None if value is None else value.decode("utf-8", "replace")

    @property
    def request_id(self):
        return self.header(b"lambda-runtime-aws-request-id")

    @property
    def deadline_ms(self):
        return int(self._headers.get(b"lambda-runtime-deadline-ms") or 0)

    @property
    def content_type(self):
        return self.header(b"content-type") or "application/json"


class RuntimeApi:
    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self._endpoint = (host.strip("[]"), int(port))
        self._host_line = f"Host: {address}\r\nUser-Agent: {USER_AGENT}\r\n"
        self._next_request = f"GET {PREFIX}invocation/next HTTP/1.1\r\n{self._host_line}\r\n".encode()
        self._socket = None
        self._buffer = b""
        self._unsent = b""  # a finished invocation's result, waiting for the next GET
        self._unsent_what = ""

    def next(self):
        """Delivers the waiting result and blocks until there is an event."""
        for attempt in range(MAX_CONNECT_ATTEMPTS):
            try:
                return self._next_once()
            except OSError as error:
                self._disconnect()
                failure = error
        raise RuntimeApiError(f"Failed to get next invocation: {failure}")

    def post_response(self, request_id, body, content_type):
        head = self._post_head(f"invocation/{request_id}/response", len(body), f"Content-Type: {content_type}\r\n")
        self._send_result(head, body, "success response")

    def post_error(self, request_id, body, error_type, xray_cause):
        headers = _error_headers(error_type)
        if len(xray_cause) < MAX_XRAY_CAUSE_BYTES:
            headers += f"Lambda-Runtime-Function-XRay-Error-Cause: {xray_cause}\r\n"
        head = self._post_head(f"invocation/{request_id}/error", len(body), headers)
        self._send_result(head, body, "error response")

    def post_init_error(self, body, error_type):
        self._post_now("init/error", body, _error_headers(error_type))

    def post_restore_error(self, body, error_type):
        self._post_now("restore/error", body, _error_headers(error_type))

    def restore_next(self):
        """SnapStart: returns after the restore."""
        self._send(f"GET {PREFIX}restore/next HTTP/1.1\r\n{self._host_line}\r\n".encode())
        status, _, body = self._read_response()
        if status != 200:
            raise RuntimeApiError(f"restore/next: {status} {body[:200]!r}")

    def _next_once(self):
        result, self._unsent = self._unsent, b""
        self._send(result + self._next_request)
        if result:
            self._check_accepted(self._unsent_what)
        status, headers, body = self._read_response()
        if status != 200 or not headers.get(b"lambda-runtime-aws-request-id"):
            raise RuntimeApiError(f"Failed to get next invocation: {status} {body[:200]!r}")
        return Invocation(headers, body)

    def _send_result(self, head, body, what):
        if len(body) <= MAX_PIPELINED_BYTES:
            self._unsent = head + body
            self._unsent_what = what
            return
        try:
            self._send(head + body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the refusal may be readable all the same
        try:
            self._check_accepted(what)
        except OSError:
            self._disconnect()  # whether the result arrived is not known here; the API's state machine knows

    def _post_now(self, path, body, headers):
        self._send(self._post_head(path, len(body), headers) + body)
        status, _, reply = self._read_response()
        if status != ACCEPTED:
            raise RuntimeApiError(f"{path}: {status} {reply[:200]!r}")

    def _post_head(self, path, length, headers):
        return (f"POST {PREFIX}{path} HTTP/1.1\r\n{self._host_line}{headers}Content-Length: {length}\r\n\r\n").encode()

    def _check_accepted(self, what):
        status = self._read_response()[0]
        if status != ACCEPTED:
            import sys

            print(f"[ERROR] LAMBDA_RUNTIME Failed to post handler {what}. Http response code: {status}.",
                  file=sys.stderr)

    def _connect(self):
        self._socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self._socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self._socket.connect(self._endpoint)

    def _disconnect(self):
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._buffer = b""

    def _send(self, data):
        if self._socket is None:
            self._connect()
        self._socket.sendall(data)

    def _receive(self):
        data = self._socket.recv(RECEIVE_BYTES) if self._socket is not None else b""
        if not data:
            raise ConnectionResetError("the Runtime API closed the connection")
        return data

    def _read_response(self):
        """(status, headers by lower-case name, body); interim 1xx answers are passed over."""
        while True:
            while (end := self._buffer.find(b"\r\n\r\n")) < 0:
                if len(self._buffer) > MAX_HEAD_BYTES:
                    raise RuntimeApiError("response head too large")
                self._buffer += self._receive()
            lines = self._buffer[:end].split(b"\r\n")
            self._buffer = self._buffer[end + 4:]
            status = int(lines[0][9:12])
            if status >= 200:
                break
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        body = self._read_body(headers)
        if headers.get(b"connection", b"").lower() == b"close":
            self._disconnect()
        return status, headers, body

    def _read_body(self, headers):
        length = headers.get(b"content-length")
        if length is not None:
            return self._read_exactly(int(length))
        if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
            return self._read_chunks()
        return b""

    def _read_exactly(self, length):
        have = len(self._buffer)
        if have >= length:
            body, self._buffer = self._buffer[:length], self._buffer[length:]
            return body
        body = bytearray(length)
        body[:have] = self._buffer
        self._buffer = b""
        view = memoryview(body)
        while have < length:
            received = self._socket.recv_into(view[have:])
            if not received:
                raise ConnectionResetError("the Runtime API closed the connection")
            have += received
        return body

    def _read_line(self):
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise RuntimeApiError("chunk header too large")
            self._buffer += self._receive()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2:]
        return line

    def _read_chunks(self):
        chunks = []
        while (size := int(self._read_line().partition(b";")[0], 16)) > 0:
            chunks.append(self._read_exactly(size))
            self._read_line()
        while self._read_line():
            pass  # trailers carry nothing for us
        return b"".join(chunks)


def _error_headers(error_type):
    # A class name may hold any letter; a header may not.
    safe = error_type.encode("ascii", "replace").decode()
    return f"Content-Type: application/json\r\nLambda-Runtime-Function-Error-Type: {safe}\r\n"
