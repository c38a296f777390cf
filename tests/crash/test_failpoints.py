"""Every named failpoint aborts its program once; afterwards the platform serves and nothing acknowledged is lost."""

import json
import os
import re
import subprocess
import time

import botocore.exceptions
import pytest

import function_packages as packages
import leaks
from platform_fixture import Functions, wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FAILPOINT = re.compile(r"\bFAILPOINT(?:_OR_RETURN)?\(\s*\"([\w.-]+)\"\s*\)")
REFUSALS = (botocore.exceptions.ClientError, botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError)
SIGABRT = 6


def failpoints():
    found = set()
    for top in ("controller", "worker"):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in names:
                if name.endswith((".cc", ".h")) and not name.endswith("_test.cc"):
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        found |= set(FAILPOINT.findall(file.read()))
    return sorted(found)


def compiled_in():
    with open(os.path.join(leaks.BUILD_DIR, "bin", "hearth-controller"), "rb") as file:
        return b"HEARTH_FAILPOINT" in file.read()


def build_type():
    with open(os.path.join(leaks.BUILD_DIR, "CMakeCache.txt"), encoding="utf-8") as file:
        return re.search(r"^CMAKE_BUILD_TYPE:\w+=(.*)$", file.read(), re.M).group(1)


def aborted(platform, after):
    """Whether a program of the platform ended by SIGABRT, as the log says behind its byte `after`."""
    with open(platform.log_path(), encoding="utf-8", errors="replace") as log:
        log.seek(after)
        lines = [json.loads(line) for line in log if '"child ended"' in line]
    return any(os.WIFSIGNALED(int(line["status"])) and os.WTERMSIG(int(line["status"])) == SIGABRT for line in lines)


@pytest.mark.parametrize("name", failpoints())
def test_an_abort_at_a_failpoint_loses_nothing_acknowledged(make_platform, name):
    if not compiled_in():
        pytest.skip("this build has no failpoints")
    platform = make_platform().start()
    functions = Functions(platform)
    kept = functions.deploy(packages.python(), Description="kept", Environment={"Variables": {"KEPT": "yes"}})
    work = Work(platform, functions.deploy(packages.python()))
    work.do_all()
    assert work.layers and work.messages and work.events
    assert platform.stop() == 0
    begin = os.path.getsize(platform.log_path())
    platform.environment = {"HEARTH_FAILPOINT": f"{name}=abort"}
    try:
        platform.start(15)
    except AssertionError:
        pass  # aborting in a loop is what was asked for
    else:
        exercise(functions, work)
    assert wait_until(lambda: aborted(platform, begin), 10, 0.2), f"{name} was not reached:\n{platform.log_tail()}"
    platform.stop()
    assert [line for line in platform.left_behind(5) if line.startswith("process")] == []
    platform.environment = {}
    platform.start()
    assert functions.client.get_function_configuration(FunctionName=kept)["Description"] == "kept"

    def served():
        try:
            return functions.invoke(kept, {"do": "environ"}).value["KEPT"] == "yes"
        except REFUSALS:
            return False
    assert wait_until(served, 20, 0.2), platform.log_tail()
    work.check()
    assert platform.stop() == 0
    assert platform.left_behind() == []


class Work:
    """Publishes layers, sends messages and events; remembers which were acknowledged.

    The witness of an event is the record of its success in a queue, its destination: a log is shipped behind the run.
    """

    def __init__(self, platform, function):
        self.function, self.count = function, 0
        self.layers, self.messages, self.events = set(), set(), set()
        self.client, self.sqs = platform.client(), platform.client("sqs")
        self.queue = self.sqs.create_queue(QueueName="kept")["QueueUrl"]
        self.successes = self.sqs.create_queue(QueueName="successes")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.successes, AttributeNames=["QueueArn"])
        self.client.put_function_event_invoke_config(FunctionName=function, DestinationConfig={
            "OnSuccess": {"Destination": arn["Attributes"]["QueueArn"]}})

    def do_all(self):
        for action in (self.publish_layer, self.send_message, self.send_event):
            action()

    def publish_layer(self):
        content = {"ZipFile": packages.make_zip({"layer.txt": str(len(self.layers))})}
        self.layers.add(self.client.publish_layer_version(LayerName="kept", Content=content)["LayerVersionArn"])

    def send_message(self):
        self.count += 1
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=str(self.count))
        self.messages.add(str(self.count))

    def send_event(self):
        self.count += 1
        payload = json.dumps({"do": "echo", "value": str(self.count)})
        self.client.invoke(FunctionName=self.function, InvocationType="Event", Payload=payload)
        self.events.add(str(self.count))

    def check(self):
        """All that was acknowledged is there."""
        listed = self.client.list_layer_versions(LayerName="kept")["LayerVersions"]
        assert self.layers <= {version["LayerVersionArn"] for version in listed}
        self.check_queue(self.queue, self.messages, lambda body: body)
        self.check_queue(self.successes, self.events, lambda body: json.loads(body)["responsePayload"])

    def check_queue(self, queue, wanted, read):
        received = set()

        def came():
            answer = self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            received.update(read(message["Body"]) for message in answer.get("Messages", []))
            return wanted <= received
        assert wait_until(came, 20), (wanted, received)


def exercise(functions, work):
    """Touches every kind of operation; each may be refused, none may hang."""
    platform, name = functions.platform, functions.new_name()
    package = packages.python_text(f"def handler(event, context):\n    return '{name}'\n")  # no worker has it yet
    for _ in range(2):
        for action in (lambda: functions.create(package, FunctionName=name),
                       lambda: functions.wait_ready(name, 3), lambda: functions.invoke(name),
                       lambda: functions.client.update_function_configuration(FunctionName=name, Description="x"),
                       lambda: functions.client.delete_function(FunctionName=name),
                       work.publish_layer, work.send_message, work.send_event,
                       lambda: platform.hearth("keyring", "rotate", "--data-dir", platform.data_dir)):
            start = time.monotonic()
            try:
                action()
            except (AssertionError, *REFUSALS):
                pass
            assert time.monotonic() - start < 30, "an operation hangs"


def test_there_are_failpoints_to_reach():
    assert failpoints()


def test_failpoints_are_in_every_build_but_release():
    assert compiled_in() == (build_type() != "Release")


@pytest.mark.parametrize("program", ["hearth-controller", "hearth-worker"])
def test_a_misspelt_action_ends_the_start(tmp_path, program):
    if not compiled_in():
        pytest.skip("this build has no failpoints")
    environment = {**os.environ, "HEARTH_FAILPOINT": "database_before_write=panic",
                   "HEARTH_CONTROLLER_DATA_DIRECTORY": str(tmp_path), "HEARTH_WORKER_DATA_DIRECTORY": str(tmp_path)}
    ended = subprocess.run([os.path.join(leaks.BUILD_DIR, "bin", program)], env=environment, capture_output=True,
                           text=True, timeout=20, stdin=subprocess.DEVNULL)
    assert ended.returncode != 0 and "'database_before_write=panic' is not name=abort" in ended.stderr, ended
