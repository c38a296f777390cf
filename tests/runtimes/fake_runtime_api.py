"""A Runtime API for tests: hands out the events it was given, and records every request it receives.

Keep-alive, pipelining, content-length and chunked bodies with trailers, as the worker's server has them.
Source: Lambda Developer Guide, "Using the Lambda runtime API".
"""

import collections
import io
import json
import socketserver
import threading
import time


ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:tested:live"
TRACE = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"

# segment: which receive on its connection brought it
Request = collections.namedtuple("Request", "method path headers body trailers segment")


class Event:
    """One invocation. `headers` replaces or (None) removes standard headers; `chunked` sends the body in chunks."""

    def __init__(self, payload, request_id=None, headers=None, deadline_in_s=3.0, chunked=False):
        self.body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.request_id = request_id or ID
        self.chunked = chunked
        self.headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + deadline_in_s) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
            "Lambda-Runtime-Trace-Id": TRACE,
            **(headers or {}),
        }


class FakeRuntimeApi:
    """`replies` maps the end of a path to the (status, body[, headers]) that replaces the usual answer.

    A reply of "Connection: close" closes the connection.
    """

    def __init__(self, events, replies=None):
        self.requests = []
        self.drained = threading.Event()  # set when `next` is called with no event left
        self._events = collections.deque(events)
        self._replies = replies or {}
        self._closing = threading.Event()
        self._lock = threading.Lock()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            disable_nagle_algorithm = True

            def handle(self):
                outer._serve(CountingReader(self.connection), self.wfile)

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        socketserver.ThreadingTCPServer.daemon_threads = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.address = "127.0.0.1:%d" % self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def results(self):
        """What was posted, in order."""
        return [request for request in self.requests if request.method == "POST"]

    def _serve(self, reader, writer):
        try:
            while (request := read_request(reader)) is not None:
                with self._lock:
                    self.requests.append(request._replace(segment=reader.raw.receives))
                answer = self._answer(request)
                writer.write(answer)
                if b"\r\nConnection: close\r\n" in answer:
                    return
        except OSError:
            pass

    def _answer(self, request):
        for suffix, reply in self._replies.items():
            if request.path.endswith(suffix):
                return response(*reply)
        if request.path.endswith("/invocation/next"):
            with self._lock:
                event = self._events.popleft() if self._events else None
            if event is None:
                self.drained.set()
                self._closing.wait()
                raise ConnectionAbortedError
            return response(200, event.body, event.headers, event.chunked)
        if request.path.endswith("/restore/next"):
            return response(200, b"")
        return response(202, b'{"status":"OK"}')


class CountingSocket(io.RawIOBase):
    def __init__(self, connection):
        self._connection = connection
        self.receives = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.receives += 1
        return self._connection.recv_into(buffer)


class CountingReader(io.BufferedReader):
    def __init__(self, connection):
        super().__init__(CountingSocket(connection), 1024 * 1024)


def read_request(reader):
    line = reader.readline()
    if not line:
        return None
    method, path, _ = line.decode().split(" ")
    headers = read_headers(reader)
    trailers = {}
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while (size := int(reader.readline(), 16)) > 0:
            body += reader.read(size)
            assert reader.readline() == b"\r\n"
        trailers = read_headers(reader)
    else:
        body = reader.read(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body, trailers, None)


def read_headers(reader):
    headers = {}
    while (line := reader.readline().strip()):
        name, _, value = line.partition(b":")
        headers[name.decode().lower()] = value.strip().decode("utf-8")
    return headers


def response(status, body, headers=None, chunked=False):
    lines = [f"HTTP/1.1 {status} Status"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items() if value is not None]
    if not chunked:
        return "\r\n".join(lines + [f"Content-Length: {len(body)}", "", ""]).encode() + body
    head = "\r\n".join(lines + ["Transfer-Encoding: chunked", "", ""]).encode()
    middle = len(body) // 2
    chunks = [part for part in (body[:middle], body[middle:]) if part]
    return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in chunks) + b"0\r\n\r\n"
