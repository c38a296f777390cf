"""What Hearth's figures are held against in the same run: nginx in front of a Python server, bare interpreters."""

import http.server
import os
import pathlib
import socket
import statistics
import subprocess
import threading
import time

RUNTIME_IMPORTS = {
    # What an interpreter must load before it can ask for an event with its standard library.
    "python": ["/usr/bin/python3", "-c", "import json, logging, http.client"],
    "node": ["/usr/bin/node", "-e", "require('http'); require('net')"],
}


class Answer(http.server.BaseHTTPRequestHandler):
    """The smallest useful back end: reads the body, answers it."""

    protocol_version = "HTTP/1.1"
    # Head and body leave in one segment; two would meet Nagle's algorithm and a delayed acknowledgement (40 ms).
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class NginxToPython:
    """nginx (one worker, keep-alive to the back end) proxying to Answer in a process of its own; use as a context."""

    CONFIG = """
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  keepalive_requests 10000000;
  upstream back {{ server 127.0.0.1:{back}; keepalive 64; keepalive_requests 10000000; }}
  server {{
    listen 127.0.0.1:{front};
    location / {{ proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.front, self.back = free_port(), free_port()

    def __enter__(self):
        config = self.folder / "nginx.conf"
        config.write_text(self.CONFIG.format(folder=self.folder, front=self.front, back=self.back))
        self.server = subprocess.Popen(["/usr/bin/python3", __file__, str(self.back)])
        self.nginx = subprocess.Popen(["/usr/sbin/nginx", "-c", str(config), "-g", "daemon off;"],
                                      stderr=subprocess.DEVNULL)
        for port in (self.back, self.front):
            wait_for_port(port)
        return self

    def __exit__(self, *unused):
        for process in (self.nginx, self.server):
            process.terminate()
            process.wait(10)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.front}/"


def wait_for_port(port, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port}")


def bare_start_ms(command):
    begin = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True,
                   env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
    return 1000 * (time.perf_counter() - begin)


def summary(samples):
    ordered = sorted(samples)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"count": len(ordered), "p50": statistics.median(ordered), "p99": p99}


def serve(port):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.2)


if __name__ == "__main__":
    import sys

    serve(int(sys.argv[1]))
