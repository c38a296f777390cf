"""LoggingConfig.LogFormat JSON: what the platform and the runtimes write, and what the levels leave out."""

import json
import re
import time

import pytest

import function_packages as packages
from platform_fixture import wait_until

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

PYTHON = """
import logging, os
log = logging.getLogger("app")
def handler(event, context):
    if event.get("exit"):
        os._exit(3)
    log.debug("a debug")
    log.info("an info", extra={"order": 7})
    log.error("an error")
    print("printed")
    print('{"timestamp":"2026-01-31T09:30:00Z","level":"ERROR","mine":true}')
    return [os.environ.get("AWS_LAMBDA_LOG_FORMAT"), os.environ.get("AWS_LAMBDA_LOG_LEVEL")]
"""

NODE = """
exports.handler = async () => {
  console.debug('a debug'); console.info('an info'); console.error('an error');
  process.stdout.write('printed\\n');
  return [process.env.AWS_LAMBDA_LOG_FORMAT, process.env.AWS_LAMBDA_LOG_LEVEL];
};
"""


def node_package():
    return packages.Package("nodejs20.x", "index.handler", packages.make_zip({"index.js": NODE}))


class Log:
    """The events of one function's log, parsed where they are JSON."""

    def __init__(self, platform, functions, package, **levels):
        self.client = platform.client("logs")
        self.group = f"/json/{time.time_ns()}"
        self.name = functions.deploy(package)
        config = {"LogFormat": "JSON", "LogGroup": self.group, **levels}
        answer = platform.request("PUT", f"/2015-03-31/functions/{self.name}/configuration",
                                  packages.to_json({"LoggingConfig": config}))
        assert answer.status == 200, answer
        functions.wait_ready(self.name)

    def read(self):
        try:
            page = self.client.filter_log_events(logGroupName=self.group)
        except self.client.exceptions.ResourceNotFoundException:
            return []
        return [parse(event["message"].rstrip("\n")) for event in page["events"]]

    def after(self, is_last, seconds=10):
        """All events once one of them is_last."""
        assert wait_until(lambda: any(is_last(event) for event in self.read()), seconds, 0.1), self.read()
        return self.read()


def parse(text):
    return json.loads(text) if text.startswith("{") else text


def types(events):
    return [event["type"] for event in events if isinstance(event, dict) and "type" in event]


def messages(events):
    """What the function itself wrote: messages of JSON records, other lines as they are."""
    return [event if isinstance(event, str) else event.get("message", event)
            for event in events if isinstance(event, str) or "type" not in event]


def is_report(event):
    return isinstance(event, dict) and event.get("type") == "platform.report"


def test_a_cold_invocation_in_records(platform, functions):
    log = Log(platform, functions, packages.python_text(PYTHON), SystemLogLevel="DEBUG", ApplicationLogLevel="DEBUG")
    answer = functions.invoke(log.name)
    assert answer.value == ["JSON", "DEBUG"]
    events = log.after(is_report)
    assert types(events) == ["platform.initStart", "platform.initRuntimeDone", "platform.initReport",
                             "platform.start", "platform.runtimeDone", "platform.report"]
    platform_events = {event["type"]: event for event in events if isinstance(event, dict) and "type" in event}
    assert all(TIME.fullmatch(event["time"]) for event in platform_events.values())
    start = platform_events["platform.start"]["record"]
    assert start == {"requestId": answer.request_id, "version": "$LATEST"}
    init = platform_events["platform.initStart"]["record"]
    assert (init["functionName"], init["functionVersion"], init["phase"]) == (log.name, "$LATEST", "init")
    report = platform_events["platform.report"]["record"]
    assert (report["requestId"], report["status"]) == (answer.request_id, "success")
    assert set(report["metrics"]) == {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB",
                                      "initDurationMs"}
    info = next(event for event in events if isinstance(event, dict) and event.get("message") == "an info")
    assert TIME.fullmatch(info.pop("timestamp").replace("Z", ".000Z"))
    assert info == {"level": "INFO", "message": "an info", "logger": "app", "order": 7, "requestId": answer.request_id}


def test_the_default_levels_leave_debug_out(platform, functions):
    log = Log(platform, functions, packages.python_text(PYTHON))
    assert functions.invoke(log.name).value == ["JSON", "INFO"]
    events = log.after(is_report)
    assert types(events) == ["platform.initStart", "platform.start", "platform.report"]
    assert messages(events)[:3] == ["an info", "an error", "printed"]


def test_node_writes_records_of_its_own_form(platform, functions):
    log = Log(platform, functions, node_package())
    answer = functions.invoke(log.name)
    assert answer.value == ["JSON", "INFO"]
    events = log.after(is_report)
    assert messages(events) == ["an info", "an error", "printed"]
    error = next(event for event in events if isinstance(event, dict) and event.get("message") == "an error")
    assert TIME.fullmatch(error.pop("timestamp"))
    assert error == {"level": "ERROR", "requestId": answer.request_id, "message": "an error"}


@pytest.mark.parametrize("package", [packages.python_text(PYTHON), node_package()], ids=["python", "node"])
def test_lines_without_a_level_count_as_info(platform, functions, package):
    log = Log(platform, functions, package, ApplicationLogLevel="ERROR")
    functions.invoke(log.name)
    kept = messages(log.after(is_report))
    assert kept[0] == "an error" and "printed" not in kept
    if package.runtime.startswith("python"):
        assert kept[1]["mine"] is True and len(kept) == 2


def test_with_the_system_level_warn_only_failures_are_reported(platform, functions):
    log = Log(platform, functions, packages.python_text(PYTHON), SystemLogLevel="WARN", ApplicationLogLevel="FATAL")
    functions.invoke(log.name)
    assert functions.invoke(log.name, {"exit": True}).error == "Unhandled"
    events = log.after(is_report)
    assert types(events) == ["platform.runtimeDone", "platform.report"]
    assert all((event["record"]["status"], event["record"]["errorType"]) == ("error", "Runtime.ExitError")
               for event in events)
    assert len(events) == 2
