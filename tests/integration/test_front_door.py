"""Hostile and clumsy clients of the HTTP endpoint: refused, bounded, and no one else notices."""

import concurrent.futures
import contextlib
import os
import re
import socket
import time

import pytest

import function_packages as packages
import leaks

SETTINGS = "/2016-08-19/account-settings"


def connect(platform, timeout=20):
    return socket.create_connection(("127.0.0.1", platform.port), timeout=timeout)


def until_closed(connection):
    """All the server says until it closes; raises when it keeps the connection open too long."""
    received = b""
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while True:
            part = connection.recv(65536)
            if not part:
                break
            received += part
    return received


def exchange(platform, raw):
    """Sends raw bytes; returns the answer up to the close of the connection."""
    with connect(platform) as connection:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(raw)
        return until_closed(connection)


def assert_served(platform):
    assert platform.request("GET", SETTINGS).status == 200


def get(more, path=b"/", version=b"HTTP/1.1"):
    return b"GET " + path + b" " + version + b"\r\nHost: x\r\n" + more + b"\r\n"


def post(headers, body=b""):
    return b"POST / HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked"
MALFORMED = {
    "no request": b"hello\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "HTTP/3": get(b"", version=b"HTTP/3.0"),
    "a NUL in the path": get(b"", path=b"/\0"),
    "a NUL in a header": get(b"A: b\0c\r\n"),
    "a header without colon": get(b"broken\r\n"),
    "a blank before the colon": post(b"Content-Length : 5", b"hello"),
    "a folded header": get(b"A: b\r\n c\r\n"),
    "two lengths": post(b"Content-Length: 5\r\nContent-Length: 6", b"hello!"),
    "a length and chunks": post(b"Content-Length: 5\r\n" + CHUNKED, b"0\r\n\r\n"),
    "a negative length": post(b"Content-Length: -1"),
    "a length that is no number": post(b"Content-Length: 5x", b"hello"),
    "a length beyond all bounds": post(b"Content-Length: 99999999999999999999"),
    "an unknown coding": post(b"Transfer-Encoding: gzip"),
    "a disguised coding": post(b"Transfer-Encoding: xchunked", b"0\r\n\r\n"),
    "a chunk size that is no number": post(CHUNKED, b"zz\r\nhello\r\n0\r\n\r\n"),
    "a chunk size beyond all bounds": post(CHUNKED, b"ffffffffffffffffff\r\n"),
    "a chunk without its end": post(CHUNKED, b"2\r\nhello\r\n0\r\n\r\n"),
    "a path of 2 MB": get(b"", path=b"/" + b"a" * (2 << 20)),
    "a header of 2 MB": get(b"A: " + b"a" * (2 << 20) + b"\r\n"),
    "two hundred thousand headers": get(b"A: b\r\n" * 200000),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_request_is_refused_and_its_connection_closed(platform, kind):
    answer = exchange(platform, MALFORMED[kind])
    status = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    assert answer == b"" or 400 <= int(status.group(1)) < 506, answer[:300]
    assert b"HTTP/1.1 200" not in answer
    assert_served(platform)


def test_what_follows_a_doubtful_request_is_not_read_as_another(platform):
    headers = platform.signed("GET", SETTINGS)
    second = f"GET {SETTINGS} HTTP/1.1\r\nHost: 127.0.0.1:{platform.port}\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    first = post(b"Content-Length: 5\r\n" + CHUNKED, b"0\r\n\r\n")
    assert b"AccountLimit" not in exchange(platform, first + second.encode())


def test_two_requests_sent_at_once_are_answered_in_order(platform):
    def text(target):
        headers = platform.signed("GET", target)
        return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{platform.port}\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in headers.items())
    with connect(platform) as connection:
        raw = text(SETTINGS) + "\r\n" + text("/2015-03-31/functions/absent") + "Connection: close\r\n\r\n"
        connection.sendall(raw.encode())
        answer = until_closed(connection)
    assert answer.index(b"HTTP/1.1 200") < answer.index(b"AccountLimit") < answer.index(b"HTTP/1.1 404")


def test_a_body_over_the_limit_is_refused_before_it_is_sent(platform):
    start = time.monotonic()
    with connect(platform) as connection:
        connection.sendall(b"POST /2015-03-31/functions/x/invocations HTTP/1.1\r\nHost: x\r\n"
                           b"Content-Length: 900000000\r\n\r\n")
        assert b" 413 " in connection.recv(65536).split(b"\r\n")[0]
    assert time.monotonic() - start < 2


def test_idle_and_slow_connections_do_not_hold_up_others_and_end(platform):
    connections = [connect(platform, 40) for _ in range(300)]
    try:
        for number, connection in enumerate(connections):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: " if number % 2 else b"G")
        start = time.monotonic()
        for _ in range(20):
            assert_served(platform)
        assert time.monotonic() - start < 4
        for connection in connections:
            until_closed(connection)
        assert time.monotonic() - start < 30
    finally:
        for connection in connections:
            connection.close()


def test_a_body_that_trickles_is_cut_off(platform):
    with connect(platform, 60) as connection:
        connection.sendall(b"POST /2015-03-31/functions HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        start = time.monotonic()
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            while time.monotonic() - start < 60:
                connection.sendall(b"x")
                time.sleep(0.2)
        assert time.monotonic() - start < 45


def test_a_flood_of_connections_is_survived(platform):
    connections = []
    try:
        with contextlib.suppress(OSError):
            for _ in range(900):
                connections.append(connect(platform, 5))
        assert len(connections) > 500
    finally:
        for connection in connections:
            connection.close()
    start = time.monotonic()
    assert_served(platform)
    assert time.monotonic() - start < 2


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_closed_connections_give_their_descriptors_back(platform):
    controller = platform.pid("hearth-controller")
    assert_served(platform)
    before = open_files(controller)
    for _ in range(200):
        connect(platform).close()
    time.sleep(1)
    assert open_files(controller) <= before + 5


def test_a_caller_who_hangs_up_leaves_the_environment_usable(platform, functions):
    name = functions.deploy(packages.python(), Timeout=20)
    first = functions.invoke(name, {"do": "count"}).value
    target, body = f"/2015-03-31/functions/{name}/invocations", packages.to_json({"do": "sleep", "seconds": 2})
    headers = platform.signed("POST", target, body)
    with connect(platform) as connection:
        head = f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1:{platform.port}\r\nContent-Length: {len(body)}\r\n"
        head += "".join(f"{key}: {value}\r\n" for key, value in headers.items() if key.lower() != "content-length")
        connection.sendall(head.encode() + b"\r\n" + body)
        time.sleep(0.5)
    time.sleep(3)
    second = functions.invoke(name, {"do": "count"}).value
    assert second["environment"] == first["environment"] and second["count"] == 2


def test_memory_stays_bounded_under_many_large_requests(platform, functions):
    name = functions.deploy(packages.native(), MemorySize=256)
    controller = platform.pid("hearth-controller")
    payload = b'"' + b"x" * (5 << 20) + b'"'
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert all(len(one.raw) == len(payload)
                   for one in pool.map(lambda _: functions.invoke(name, Payload=payload), range(40)))
    peak = int(re.search(r"VmHWM:\s+(\d+)", leaks._read(f"/proc/{controller}/status")).group(1)) // 1024
    assert peak < 700
