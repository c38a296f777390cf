"""Extensions: processes beside the runtime that every phase waits for, and that are told of the end."""

import json
import os
import time

import pytest

import function_packages as packages
from platform_fixture import ACCOUNT, wait_until

with open(os.path.join(packages.FOLDER, "extension.py"), encoding="utf-8") as file:
    EXTENSION = file.read()

HANDLER = """
import http.client, json, os, threading, time

def ask(method, verb, headers, body=None):
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.request(method, "/2020-01-01/extension/" + verb, body, headers)
    answer = api.getresponse()
    return answer.status, dict(answer.headers), json.loads(answer.read() or b"null")

def watch(identifier):
    while True:
        print("inner", json.dumps(ask("GET", "event/next", {"Lambda-Extension-Identifier": identifier})[2]), flush=True)

if os.environ.get("INNER"):
    _, headers, _ = ask("POST", "register", {"Lambda-Extension-Name": "inner"}, '{"events": ["INVOKE"]}')
    threading.Thread(target=watch, args=(headers["Lambda-Extension-Identifier"],), daemon=True).start()
print("function loaded", flush=True)

def handler(event, context):
    if event.get("do") == "hang":
        time.sleep(60)
    if event.get("do") == "register":
        return ask("POST", "register", {"Lambda-Extension-Name": event["name"]}, '{"events": []}')[::2]
    return os.getpid()
"""


@pytest.fixture
def deploy(functions):
    """Deploys the handler with extensions of these names; settings and variables as given."""
    def make(names=("outer",), variables=None, **settings):
        layers = []
        if names:
            files = {f"extensions/{name}": EXTENSION for name in names}
            layers = [functions.client.publish_layer_version(
                LayerName=functions.new_name("layer"),
                Content={"ZipFile": packages.make_zip(files, 0o755)})["LayerVersionArn"]]
        return functions.deploy(packages.python_text(HANDLER), Layers=layers,
                                Environment={"Variables": variables or {"MINE": "1"}}, **settings)
    return make


def lines_of(platform, name):
    logs = platform.client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]:
        return []
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}")
    return [event["message"].rstrip("\n") for page in pages for event in page["events"]]


def said_by(platform, name):
    return [json.loads(line) for line in lines_of(platform, name) if line.startswith('{"extension"')]


def events_of(platform, name):
    return [word["event"] for word in said_by(platform, name) if "event" in word]


def test_an_external_extension_registers_before_the_function_loads(platform, functions, deploy):
    name = deploy()
    functions.invoke(name)
    assert wait_until(lambda: any(line.startswith("REPORT") for line in lines_of(platform, name)), 10, 0.2)
    lines = lines_of(platform, name)
    registered = next(i for i, line in enumerate(lines) if '"registered"' in line)
    assert registered < lines.index("function loaded")
    assert "EXTENSION\tName: outer\tState: Ready\tEvents: [INVOKE, SHUTDOWN]" in lines
    word = json.loads(lines[registered])
    assert word["registered"] == {"functionName": name, "functionVersion": "$LATEST", "handler": "main.handler",
                                  "accountId": ACCOUNT}
    assert word["folder"] == "/"
    assert {"MINE", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_LAMBDA_FUNCTION_NAME"} <= set(word["variables"])
    assert not {"_HANDLER", "LAMBDA_TASK_ROOT", "AWS_LAMBDA_LOG_STREAM_NAME"} & set(word["variables"])


def test_an_extension_hears_of_every_invocation(platform, functions, deploy):
    name = deploy()
    ids = [functions.invoke(name).request_id for _ in range(3)]
    assert wait_until(lambda: len(events_of(platform, name)) == 3, 10, 0.2)
    heard = events_of(platform, name)
    assert [event["requestId"] for event in heard] == ids
    assert all(event["eventType"] == "INVOKE" and event["invokedFunctionArn"].endswith(name) for event in heard)
    assert all(event["tracing"]["value"].startswith("Root=1-") for event in heard)


def test_the_answer_does_not_wait_for_the_extension_and_the_environment_does(platform, functions, deploy):
    name = deploy(variables={"EXTENSION_DO": "slow"}, Timeout=10)
    functions.invoke(name)
    assert wait_until(lambda: any(line.startswith("REPORT") for line in lines_of(platform, name)), 10, 0.2)
    begun = time.monotonic()
    first = functions.invoke(name)
    assert time.monotonic() - begun < 0.9
    assert first.error is None
    assert wait_until(lambda: sum(line.startswith("REPORT") for line in lines_of(platform, name)) == 2, 10, 0.2)
    report = [line for line in lines_of(platform, name) if line.startswith("REPORT")][-1]
    assert float(report.split("Duration: ")[1].split(" ")[0]) >= 1000


def test_an_extension_that_crashes_fails_the_invocation_and_starts_anew(platform, functions, deploy):
    name = deploy(variables={"EXTENSION_DO": "crash"})
    answer = functions.invoke(name, {"do": "hang"})
    assert answer.error == "Unhandled" and answer.value["errorType"] == "Extension.Crash"
    assert functions.invoke(name, {"do": "hang"}).value["errorType"] == "Extension.Crash"
    assert wait_until(lambda: sum("registered" in word for word in said_by(platform, name)) == 2, 10, 0.2)


@pytest.mark.parametrize("what, error_type", [("never", "Extension.Crash"), ("init_error", "Extension.InitError")])
def test_an_extension_that_does_not_get_ready_fails_init(functions, deploy, what, error_type):
    name = deploy(variables={"EXTENSION_DO": what})
    assert functions.invoke(name).value["errorType"] == error_type


def test_extensions_are_told_when_their_environment_ends(platform, functions, deploy):
    name = deploy()
    functions.invoke(name)
    functions.client.update_function_configuration(FunctionName=name, Description="changed")
    assert wait_until(lambda: events_of(platform, name)[-1:] and
                      events_of(platform, name)[-1]["eventType"] == "SHUTDOWN", 15, 0.3)
    assert events_of(platform, name)[-1]["shutdownReason"] == "spindown"
    assert wait_until(lambda: any(word.get("last") for word in said_by(platform, name)), 10, 0.2)


def test_a_timeout_is_told_and_the_next_invocation_starts_everything_anew(platform, functions, deploy):
    name = deploy(Timeout=2)
    before = functions.invoke(name).value
    answer = functions.invoke(name, {"do": "hang"})
    assert "Task timed out" in answer.value["errorMessage"]
    assert wait_until(lambda: functions.invoke(name).raw.isdigit(), 15, 0.2)
    assert wait_until(lambda: any(event.get("shutdownReason") == "timeout" for event in events_of(platform, name)),
                      10, 0.2)
    assert before is not None


def test_an_extension_without_events_does_not_hold_up_anything(functions, deploy):
    name = deploy(variables={"EXTENSION_EVENTS": ""})
    assert functions.invoke(name).error is None
    assert functions.invoke(name).error is None


def test_an_internal_extension_hears_of_invocations(platform, functions, deploy):
    name = deploy(names=(), variables={"INNER": "1"})
    request_id = functions.invoke(name).request_id
    functions.invoke(name)
    assert wait_until(lambda: any(line.startswith("inner") and request_id in line
                                  for line in lines_of(platform, name)), 10, 0.2)


def test_registration_ends_with_init(functions, deploy):
    status, body = functions.invoke(deploy(names=()), {"do": "register", "name": "late"}).value
    assert (status, body["errorType"]) == (403, "Extension.RegistrationClosed")


def test_several_extensions_run_beside_one_function(platform, functions, deploy):
    name = deploy(names=("one", "three", "two"))
    functions.invoke(name)
    assert wait_until(lambda: {word["extension"] for word in said_by(platform, name) if "event" in word} ==
                      {"one", "two", "three"}, 10, 0.2)
