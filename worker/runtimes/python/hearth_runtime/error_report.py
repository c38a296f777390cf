"""What a failed invocation or initialisation looks like: the error JSON, the [ERROR] log event and the X-Ray cause.

Loaded at the first failure. The traceback package is not used: a function may bring a module of that name, and it costs
8 ms at the worst moment.
Source: awslambdaric, bootstrap.py; semantics recorded from Lambda's Python runtimes.
"""

import os
import time

from . import json_codec
from .faults import Fault
from .log_sink import ERROR_MASK, JSON_FRAME, TEXT_FRAME

NO_BREAK_SPACE = "\u00a0"
RUNTIME_DIRECTORY = os.path.dirname(__file__)
# A recursion is shown this often and then counted, as Python's own tracebacks do.
MAX_REPEATS = 3


class ErrorReport:
    """One failure, ready to be logged and posted."""

    def __init__(self, error_type, message, stack_trace, frames, xray_type=None):
        self.error_type = error_type
        self.message = message
        self.stack_trace = stack_trace
        self._frames = frames
        self._xray_type = xray_type or error_type

    def members(self, request_id):
        return {
            "errorMessage": self.message,
            "errorType": self.error_type,
            "requestId": request_id or "",
            "stackTrace": self.stack_trace,
        }

    def body(self, request_id):
        return json_codec.dumps(self.members(request_id)).encode("utf-8", "replace")

    def xray_cause(self):
        stack = [{"label": frame[2], "path": frame[0], "line": frame[1]} for frame in self._frames]
        cause = {
            "working_directory": os.getcwd(),
            "exceptions": [{"message": self.message, "type": self._xray_type, "stack": stack}],
            "paths": list(dict.fromkeys(frame[0] for frame in self._frames)),
        }
        return json_codec.dumps(cause, ensure_ascii=True)


def report_of(error):
    """The report of the exception being handled."""
    if isinstance(error, Fault):
        return ErrorReport(error.error_type, error.message, error.stack_trace, [], "LambdaValidationError")
    frames = _user_frames(extract_frames(error.__traceback__))
    return ErrorReport(type(error).__name__, _text_of(error), format_frames(frames), frames)


def log_report(report, request_id, settings):
    if settings.json_format:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        members = {"timestamp": stamp, "level": "ERROR", **report.members(request_id)}
        settings.sink.log_error([json_codec.dumps(members)], JSON_FRAME | ERROR_MASK)
        return
    parts = ["[ERROR]"]
    if report.error_type:
        parts.append(report.error_type + (":" if report.message else ""))
    if report.message:
        parts.append(report.message)
    lines = [" ".join(parts), "Traceback (most recent call last):"]
    for entry in report.stack_trace:
        # Consoles swallow leading blanks; they keep no-break spaces.
        lines += [_indent_visibly(line) for line in entry.splitlines()] or [""]
    settings.sink.log_error(lines, TEXT_FRAME | ERROR_MASK)


def extract_frames(traceback):
    """[(file, line number, function, source line)], outermost first."""
    sources = {}
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        source = sources.get(code.co_filename)
        if source is None:
            source = sources[code.co_filename] = _read_lines(code.co_filename)
        number = traceback.tb_lineno or 0
        text = source[number - 1].strip() if 0 < number <= len(source) else ""
        frames.append((code.co_filename, number, code.co_name, text))
        traceback = traceback.tb_next
    return frames


def format_frames(frames):
    entries = []
    previous, repeats = None, 0
    for frame in frames:
        repeats = repeats + 1 if frame[:3] == previous else 1
        if repeats == 1:
            previous = frame[:3]
        if repeats > MAX_REPEATS:
            if repeats > MAX_REPEATS + 1:
                entries.pop()
            more = repeats - MAX_REPEATS
            entries.append(f"  [Previous line repeated {more} more time{'s' if more > 1 else ''}]\n")
            continue
        path, number, name, text = frame
        entries.append(f'  File "{path}", line {number}, in {name}\n' + (f"    {text}\n" if text else ""))
    return entries


def _user_frames(frames):
    for index, frame in enumerate(frames):
        if not frame[0].startswith(RUNTIME_DIRECTORY):
            return frames[index:]
    return frames


def _text_of(error):
    try:
        return str(error)
    except Exception:
        return f"<{type(error).__name__} without a text>"


def _read_lines(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []


def _indent_visibly(line):
    text = line.lstrip(" ")
    return NO_BREAK_SPACE * (len(line) - len(text)) + text
