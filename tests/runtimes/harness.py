"""Runs one runtime client against the fake Runtime API and collects everything that came out of it."""

import json
import os
import pathlib
import socket
import subprocess
import tempfile
import textwrap
import threading

from fake_runtime_api import ID, Event, FakeRuntimeApi  # noqa: F401 (tests take ID from here)

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUNTIMES = pathlib.Path(os.environ.get("HEARTH_RUNTIMES", ROOT / "worker" / "runtimes"))
LIMIT_S = 30
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
TEXT_FRAME = 0xA55A0003
JSON_FRAME = 0xA55A0002

BASE_ENVIRONMENT = {
    "AWS_LAMBDA_FUNCTION_NAME": "tested",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/tested",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/02/[7]0123456789abcdef0123456789abcdef",
    "AWS_REGION": "us-east-1",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
}

PARKED = False  # set by conftest.py
# Variables an interpreter reads when it starts: functions that have one are never given to a parked runtime.
READ_AT_START = ("PYTHON", "NODE_", "LD_", "LANG", "LC_", "AWS_LAMBDA_EXEC_WRAPPER")


class Frame:
    def __init__(self, frame_type, micros, message):
        self.type = frame_type
        self.micros = micros
        self.text = message.decode("utf-8")

    def __repr__(self):
        return f"Frame({self.type:#x}, {self.text!r})"


class Outcome:
    def __init__(self, api, process, stdout, stderr, frames, task):
        self.requests = api.requests
        self.posts = api.results()
        self.exit_code = process.returncode
        self.stdout = stdout
        self.stderr = stderr
        self.frames = frames
        self.task = task

    def result(self, index=0):
        """The value a handler returned."""
        post = self.posts[index]
        assert post.path.endswith("/response"), post
        return json.loads(post.body)

    def error(self, index=0):
        post = self.posts[index]
        assert post.path.endswith("/error"), post
        return json.loads(post.body)

    @property
    def lines(self):
        return [frame.text for frame in self.frames]


class _Drain(threading.Thread):
    def __init__(self, fd):
        super().__init__(daemon=True)
        self._file = os.fdopen(fd, "rb")
        self.data = b""
        self.start()

    def run(self):
        self.data = self._file.read()
        self._file.close()


def parse_frames(data):
    frames = []
    while data:
        frame_type, length = (int.from_bytes(data[at:at + 4], "big") for at in (0, 4))
        frames.append(Frame(frame_type, int.from_bytes(data[8:16], "big"), data[16:16 + length]))
        assert len(data) >= 16 + length, "torn frame"
        data = data[16 + length:]
    return frames


def write_files(folder, files):
    for name, text in files.items():
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")


def run_command(command, files, handler, events=({},), env=None, framed=True, replies=None, task=None, when_idle=None):
    """Serves the events, waits until they are answered or the process ends, and stops it.

    `when_idle` is called with the process once it waits for an event that never comes.
    """
    with tempfile.TemporaryDirectory(prefix="hearth-runtime-") as folder:
        task = str(task or folder)
        write_files(folder, files)
        api = FakeRuntimeApi([e if isinstance(e, Event) else Event(e) for e in events], replies)
        environment = {
            **BASE_ENVIRONMENT, "AWS_LAMBDA_RUNTIME_API": api.address, "LAMBDA_TASK_ROOT": task, "_HANDLER": handler,
            **(env or {}),
        }
        pipes = [os.pipe() for _ in range(3)]
        drains = [_Drain(read_end) for read_end, _ in pipes]
        out, err, telemetry = (write_end for _, write_end in pipes)
        if framed:
            environment["_LAMBDA_TELEMETRY_LOG_FD"] = str(telemetry)
        start = start_parked if PARKED and fits_parked(command, env or {}) else start_at_once
        process = start([str(part) for part in command], task, environment,
                        {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err, "start_new_session": True},
                        telemetry)
        for write_end in (out, err, telemetry):
            os.close(write_end)
        try:
            _wait(process, api)
            if when_idle is not None:
                when_idle(process)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, 9)
            process.wait()
            api.close()
        for drain in drains:
            drain.join(LIMIT_S)
        texts = [drain.data.decode("utf-8", "replace") for drain in drains[:2]]
        return Outcome(api, process, *texts, parse_frames(drains[2].data), task)


def fits_parked(command, variables):
    return RUNTIMES in pathlib.Path(command[0]).parents and not any(
        name.startswith(READ_AT_START) for name in variables)


def start_at_once(command, task, environment, how, telemetry):
    return subprocess.Popen(command, cwd=task, env=environment, pass_fds=(telemetry,), **how)


def start_parked(command, _task, environment, how, telemetry):
    """Boots the runtime and, once it waits, hands over the environment as the worker does."""
    ours, theirs = socket.socketpair()
    boot = {"PATH": BASE_ENVIRONMENT["PATH"], "LANG": "en_US.UTF-8", "TZ": ":UTC", "PYTHONPATH": "/var/runtime",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
            "AWS_LAMBDA_RUNTIME_API": environment["AWS_LAMBDA_RUNTIME_API"],
            "_HEARTH_ASSIGNMENT_FD": str(theirs.fileno())}
    with ours, theirs:
        ours.settimeout(LIMIT_S)
        process = subprocess.Popen(command, cwd="/", env=boot, pass_fds=(telemetry, theirs.fileno()), **how)
        theirs.close()
        assert ours.recv(1), "the runtime ended while it booted"
        ours.sendall(b"".join(f"{name}={value}".encode() + b"\0" for name, value in environment.items()))
    return process


def run_python(source, events=({},), handler="app.handler", **more):
    files = source if isinstance(source, dict) else {"app.py": source}
    return run_command([RUNTIMES / "python" / "bootstrap"], files, handler, events, **more)


def run_node(source, events=({},), handler="app.handler", **more):
    files = source if isinstance(source, dict) else {"app.js": source}
    return run_command([RUNTIMES / "node" / "bootstrap"], files, handler, events, **more)


def _wait(process, api):
    waited_s = 0.0
    while process.poll() is None and not api.drained.wait(0.01):
        waited_s += 0.01
        assert waited_s < LIMIT_S, f"nothing happens; received: {[r.path for r in api.requests]}"
