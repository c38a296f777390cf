"""Where everything a function prints or logs goes: the framed telemetry pipe, or standard output where there is none.

FramedSink writes one frame per log event to _LAMBDA_TELEMETRY_LOG_FD: 4 bytes type, 4 bytes length, 8 bytes
microseconds since the epoch, all big-endian, then the message. sys.stdout and sys.stderr are cut into lines and take
the same pipe, so print() and logging keep their order. A line keeps its newline.
Child processes write to descriptors 1 and 2 as ever.

Threads: any; a frame is never torn by another thread's.
Source:  awslambdaric, bootstrap.py, FramedTelemetryLogSink.
"""

import _thread
import io
import os
import sys
import time

TEXT_FRAME = 0xA55A0003
JSON_FRAME = 0xA55A0002
ERROR_MASK = 0x14
# A line without an end is cut here: the size of the largest log event.
MAX_LINE_BYTES = 256 * 1024


class StandardSink:
    """No telemetry pipe, as under a local emulator: lines on standard output, inner line ends written as \\r."""

    def log(self, message, frame_type=TEXT_FRAME):
        sys.stdout.write(message)
        sys.stdout.flush()

    def log_error(self, lines, frame_type):
        self.log("\r".join(lines) + "\n")

    def capture_standard_streams(self):
        sys.stdout.reconfigure(line_buffering=True)
        sys.stderr.reconfigure(line_buffering=True)

    def finish_lines(self):
        sys.stdout.flush()
        sys.stderr.flush()


class FramedSink:
    def __init__(self, fd):
        os.set_inheritable(fd, False)
        self._fd = fd
        self._lock = _thread.RLock()  # re-entrant: a signal handler may print while its thread prints
        self._streams = []
        os.register_at_fork(after_in_child=self._renew_lock)

    def log(self, message, frame_type=TEXT_FRAME):
        data = message.encode("utf-8", "replace")
        with self._lock:
            self.finish_lines()
            self.write_frames(_frame(frame_type, data))

    def log_error(self, lines, frame_type):
        self.log("\n".join(lines), frame_type)

    def capture_standard_streams(self):
        sys.stdout = sys.__stdout__ = self._framed_stream(1, "<stdout>", "strict")
        sys.stderr = sys.__stderr__ = self._framed_stream(2, "<stderr>", "backslashreplace")

    def finish_lines(self):
        """Ends the lines that have no newline yet: an event that started must not wait for the next invocation."""
        with self._lock:
            for stream in self._streams:
                try:
                    stream.flush()
                    stream.buffer.finish_line()
                except ValueError:
                    pass  # the function closed it

    def write_frames(self, frames):
        with self._lock:
            while frames:
                try:
                    written = os.write(self._fd, frames)
                except BlockingIOError:
                    import select

                    select.select([], [self._fd], [])
                    continue
                frames = frames[written:]

    def _framed_stream(self, fd, name, errors):
        lines = _LineFrames(self, fd, name)
        stream = io.TextIOWrapper(lines, encoding="utf-8", errors=errors, line_buffering=True)
        self._streams.append(stream)
        return stream

    def _renew_lock(self):
        self._lock = _thread.RLock()


class _LineFrames(io.RawIOBase):
    """The binary layer of a standard stream: whole lines become frames."""

    def __init__(self, sink, fd, name):
        self._sink = sink
        self._fd = fd
        self._partial = b""
        self.name = name
        self.mode = "wb"

    def writable(self):
        return True

    def fileno(self):
        return self._fd

    def write(self, data):
        with self._sink._lock:
            *lines, rest = (self._partial + bytes(data)).split(b"\n")
            lines = [line + b"\n" for line in lines]
            while len(rest) >= MAX_LINE_BYTES:
                lines.append(rest[:MAX_LINE_BYTES])
                rest = rest[MAX_LINE_BYTES:]
            self._partial = rest
            self._emit(lines)
        return len(data)

    def finish_line(self):
        with self._sink._lock:
            line, self._partial = self._partial, b""
            self._emit([line] if line else [])

    def _emit(self, lines):
        if lines:
            self._sink.write_frames(b"".join(_frame(TEXT_FRAME, line) for line in lines))


def _frame(frame_type, message):
    return (frame_type.to_bytes(4, "big") + len(message).to_bytes(4, "big")
            + (time.time_ns() // 1000).to_bytes(8, "big") + message)


def open_sink():
    """Takes the pipe's number out of the environment: it is the runtime's, not the function's."""
    fd = os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", None)
    if fd is None:
        return StandardSink()
    try:
        return FramedSink(int(fd))
    except (ValueError, OSError):
        return StandardSink()
