"""The managed Python runtime: load the handler, then answer one invocation after the other.

Lifetime: until the process is killed, the function ends it, or the Runtime API is gone.
Source:   Lambda Developer Guide, "Building a custom runtime"; awslambdaric, bootstrap.py.
"""

import builtins
import os
import sys

from . import assignment, handler_loader, json_codec, log_sink, logging_hook
from .context import LambdaContext
from .runtime_api import RuntimeApi

EXIT_INIT_ERROR = 1
EXIT_BEFORE_SNAPSHOT = 64
EXIT_AFTER_RESTORE = 65


class CurrentInvocation:
    """What log lines say about the invocation they belong to."""

    request_id = None
    tenant_id = None


class LogSettings:
    """What the environment asks of the log, and where its lines go."""

    def __init__(self, sink, current):
        self.sink = sink
        self.current = current
        self.json_format = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
        level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
        self.level = "DEBUG" if level == "TRACE" else level


def main():
    assignment.wait()  # all the rest is loaded
    json_codec.encode_as_runtime(os.environ.get("AWS_EXECUTION_ENV", ""))
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    sink = log_sink.open_sink()
    sink.capture_standard_streams()
    try:
        settings = LogSettings(sink, CurrentInvocation())
        handler = _initialise(api, settings)
        while True:
            _serve_one(api, handler, settings)
    finally:
        sink.finish_lines()


def _initialise(api, settings):
    try:
        _add_site_builtins()
        handler_loader.set_search_path()
        logging_hook.configure_on_import(settings)
        handler = handler_loader.load_handler(os.environ.get("_HANDLER", ""))
    except Exception as error:
        report = _log_failure(error, None, settings)
        api.post_init_error(report.body(None), report.error_type)
        sys.exit(EXIT_INIT_ERROR)
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        _wait_for_restore(api, settings)
    settings.sink.finish_lines()
    return handler


def _serve_one(api, handler, settings):
    invocation = api.next()
    request_id = invocation.request_id
    settings.current.request_id = request_id
    settings.current.tenant_id = invocation.header(b"lambda-runtime-aws-tenant-id")
    _set_trace_id(invocation.header(b"lambda-runtime-trace-id"))
    try:
        context = LambdaContext(invocation, settings.sink)
        event = json_codec.unmarshal_event(invocation.body, invocation.content_type)
        body, content_type = json_codec.marshal_result(handler(event, context))
    except Exception as error:
        report = _log_failure(error, request_id, settings)
        settings.sink.finish_lines()
        api.post_error(request_id, report.body(request_id), report.error_type, report.xray_cause())
    else:
        settings.sink.finish_lines()
        api.post_response(request_id, body, content_type)


def _log_failure(error, request_id, settings):
    from . import error_report

    report = error_report.report_of(error)
    error_report.log_report(report, request_id, settings)
    return report


def _set_trace_id(trace_id):
    if trace_id is None:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    else:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id


def _wait_for_restore(api, settings):
    import snapshot_restore_py

    try:
        for function, arguments, keywords in reversed(snapshot_restore_py.get_before_snapshot()):
            function(*arguments, **keywords)
        settings.sink.finish_lines()
        api.restore_next()
    except Exception as error:
        report = _log_failure(error, None, settings)
        api.post_init_error(report.body(None), "Runtime.BeforeSnapshotError")
        sys.exit(EXIT_BEFORE_SNAPSHOT)
    try:
        for function, arguments, keywords in snapshot_restore_py.get_after_restore():
            function(*arguments, **keywords)
    except Exception as error:
        report = _log_failure(error, None, settings)
        api.post_restore_error(report.body(None), "Runtime.AfterRestoreError")
        sys.exit(EXIT_AFTER_RESTORE)


def _add_site_builtins():
    """exit() and quit(), which the site module would have added."""

    def leave(code=None):
        raise SystemExit(code)

    if not hasattr(builtins, "exit"):
        builtins.exit = builtins.quit = leave
