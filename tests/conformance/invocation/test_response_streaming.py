"""InvokeWithResponseStream: pieces as they are written, what ends them, what a buffered Invoke makes of a stream."""

import base64
import concurrent.futures
import json
import os
import socket
import sys
import time
import urllib.parse

import pytest
from botocore.exceptions import ClientError

import function_packages as packages
from platform_fixture import Functions, wait_until

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import streaming_client  # noqa: E402

PATH = "/2021-11-15/functions/{}/response-streaming-invocations"
FIRST_BURST_BYTES = 6 << 20


@pytest.fixture(scope="module")
def client(platform):
    return streaming_client.make(platform)


@pytest.fixture(scope="module")
def streaming(platform):
    """A Node.js function that streams as its event says."""
    made = Functions(platform)
    yield made.deploy(packages.node("streaming.js"), stem="streaming")
    made.remove_all()


def stream(client, name, event, **settings):
    """[(seconds since the call, kind, content)] and the answer itself."""
    begun = time.monotonic()
    answer = client.invoke_with_response_stream(FunctionName=name, Payload=json.dumps(event).encode(), **settings)
    events = []
    for one in answer["EventStream"]:
        kind = next(iter(one))
        content = one[kind]["Payload"] if kind == "PayloadChunk" else one[kind]
        events.append((time.monotonic() - begun, kind, content))
    return events, answer


def body_of(events):
    assert [kind for _, kind, _ in events[:-1]] == ["PayloadChunk"] * (len(events) - 1)
    assert events[-1][1] == "InvokeComplete"
    return b"".join(content for _, _, content in events[:-1])


def test_pieces_reach_the_client_before_the_function_ends(client, streaming):
    event = {"do": "pieces", "pieces": ["one ", "two ", "three"], "pause_ms": 500}
    stream(client, streaming, event)  # warm
    events, answer = stream(client, streaming, event)
    assert body_of(events) == b"one two three"
    assert events[0][0] < 0.45 < 1.4 < events[-1][0]
    assert answer["StatusCode"] == 200 and answer["ExecutedVersion"] == "$LATEST"
    assert answer["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
    assert events[-1][2] == {}


def test_the_head_of_the_answer_comes_with_the_first_word(client, streaming):
    answer = client.invoke_with_response_stream(
        FunctionName=streaming, Payload=b'{"do": "pieces", "pieces": ["a"], "pause_ms": 10}')
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert headers["transfer-encoding"] == "chunked" and "content-length" not in headers
    assert headers["x-amzn-requestid"] and headers["x-amzn-trace-id"].startswith("root=1-")
    assert body_of([(0, next(iter(e)), e[next(iter(e))].get("Payload")) for e in answer["EventStream"]]) == b"a"


def test_a_custom_runtime_streams(client, functions):
    name = functions.deploy(packages.native("stream_bootstrap.c"))
    stream(client, name, {})
    events, _ = stream(client, name, {})
    assert body_of(events) == b"native stream" and events[0][0] < 0.25 < events[-1][0]


def test_error_trailers_of_a_custom_runtime_end_the_stream(client, functions):
    name = functions.deploy(packages.native("stream_bootstrap.c"))
    events, _ = stream(client, name, "trailers")
    assert body_of(events) == b"native stream"
    assert events[-1][2] == {"ErrorCode": "Custom.Broken", "ErrorDetails": '{"errorType":"Custom.Broken"}'}


def test_a_response_that_breaks_off_is_truncated_and_the_environment_lives(client, functions):
    name = functions.deploy(packages.native("stream_bootstrap.c"))
    events, _ = stream(client, name, "cut")
    assert body_of(events) == b"native stream"
    assert events[-1][2]["ErrorCode"] == "Runtime.TruncatedResponse"
    assert body_of(stream(client, name, {})[0]) == b"native stream"


def test_an_error_midway_is_told_at_the_end(client, streaming):
    events, _ = stream(client, streaming, {"do": "fail"})
    assert body_of(events) == b"half"
    assert events[-1][2]["ErrorCode"] == "RangeError"
    assert json.loads(events[-1][2]["ErrorDetails"])["errorMessage"] == "midway"


def test_an_error_before_the_first_byte_is_a_chunk_and_its_details(client, streaming):
    events, answer = stream(client, streaming, {"do": "refuse"})
    assert answer["StatusCode"] == 200
    assert json.loads(body_of(events))["errorMessage"] == "early"
    assert events[-1][2]["ErrorCode"] == "RangeError"
    assert json.loads(events[-1][2]["ErrorDetails"])["errorMessage"] == "early"


def test_an_exit_midway_truncates_the_stream(client, streaming):
    events, _ = stream(client, streaming, {"do": "exit"})
    assert body_of(events) == b"half"
    assert events[-1][2]["ErrorCode"] == "Runtime.TruncatedResponse"
    assert "exit status 3" in events[-1][2]["ErrorDetails"]


def test_a_timeout_midway_ends_the_stream(client, functions):
    name = functions.deploy(packages.node("streaming.js"), Timeout=1)
    events, _ = stream(client, name, {"do": "hang"}, LogType="Tail")
    assert body_of(events) == b"half"
    assert events[-1][2]["ErrorCode"] == "Sandbox.Timeout"
    assert "Task timed out after 1.00 seconds" in events[-1][2]["ErrorDetails"]
    assert b"Status: timeout" in base64.b64decode(events[-1][2]["LogResult"])


def test_a_buffered_function_is_one_chunk(client, shared):
    events, _ = stream(client, shared, {"do": "echo", "value": "x" * 300000})
    assert len(events) == 2 and json.loads(body_of(events)) == "x" * 300000


def test_an_error_of_a_buffered_function_is_its_chunk_and_its_details(client, shared):
    events, _ = stream(client, shared, {"do": "fail"})
    assert json.loads(body_of(events))["errorType"] == "ValueError"
    assert json.loads(events[-1][2]["ErrorDetails"])["errorType"] == "ValueError"
    assert events[-1][2]["ErrorCode"]


def test_the_log_tail_comes_with_the_end(client, streaming):
    events, answer = stream(client, streaming, {"do": "pieces", "pieces": ["a"]}, LogType="Tail")
    lines = base64.b64decode(events[-1][2]["LogResult"]).decode().splitlines()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert lines[0].startswith(f"START RequestId: {request_id}") and lines[-1].startswith("REPORT ")


def test_a_buffered_invoke_collects_the_stream(functions, streaming):
    answer = functions.invoke(streaming, {"do": "pieces", "pieces": ["one ", "two"]})
    assert (answer.status, answer.error, answer.raw) == (200, None, b"one two")


def test_a_buffered_invoke_of_a_stream_that_fails_is_its_error(functions, streaming):
    answer = functions.invoke(streaming, {"do": "fail"})
    assert answer.error == "Unhandled" and answer.value["errorMessage"] == "midway"
    answer = functions.invoke(streaming, {"do": "exit"})
    assert answer.error == "Unhandled" and answer.value["errorType"] == "Runtime.ExitError"


def test_a_buffered_invoke_takes_six_megabytes_of_a_stream(functions):
    name = functions.deploy(packages.node("streaming.js"), MemorySize=512, Timeout=30)
    answer = functions.invoke(name, {"do": "flood", "bytes": FIRST_BURST_BYTES + 65536})
    assert answer.error == "Unhandled" and answer.value["errorType"] == "Function.ResponseSizeTooLarge"
    assert len(functions.invoke(name, {"do": "flood", "bytes": FIRST_BURST_BYTES - 65536}).raw) < FIRST_BURST_BYTES


def test_more_than_a_buffered_answer_streams_and_slows_down_after_the_burst(client, functions):
    name = functions.deploy(packages.node("streaming.js"), MemorySize=512, Timeout=30)
    events, _ = stream(client, name, {"do": "flood", "bytes": FIRST_BURST_BYTES + (3 << 20)})
    assert len(body_of(events)) == FIRST_BURST_BYTES + (3 << 20)
    assert events[-1][2] == {}
    assert events[-1][0] > 1.2  # 3 MiB at 2 MiB a second


def test_a_version_and_an_alias_are_streamed_and_named(client, functions):
    name = functions.deploy(packages.node("streaming.js"))
    version = functions.client.publish_version(FunctionName=name)["Version"]
    functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    events, answer = stream(client, name, {"do": "pieces", "pieces": ["a"]}, Qualifier="live")
    assert body_of(events) == b"a" and answer["ExecutedVersion"] == version == "1"


def test_a_dry_run_runs_nothing(api, streaming):
    answer = api.call("POST", PATH.format(streaming), b"{}", headers={"X-Amz-Invocation-Type": "DryRun"})
    assert (answer.status, answer.body) == (204, b"")


def test_an_event_cannot_be_streamed(api, streaming):
    answer = api.call("POST", PATH.format(streaming), b"{}", headers={"X-Amz-Invocation-Type": "Event"})
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationException")


def test_what_is_no_json_is_refused(api, streaming):
    answer = api.call("POST", PATH.format(streaming), b"{no")
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "InvalidRequestContentException")


def test_an_absent_function_is_not_found(client):
    with pytest.raises(ClientError) as error:
        stream(client, "absent", {})
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_without_reserved_concurrency_it_is_throttled(client, functions):
    name = functions.deploy(packages.node("streaming.js"))
    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as error:
        stream(client, name, {"do": "finished"})
    assert error.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


def test_a_caller_needs_invoke_function(client, platform, functions, streaming):
    _, key, secret = platform.create_account()
    stranger = streaming_client.make(platform, keys=(key, secret))
    arn = functions.client.get_function_configuration(FunctionName=streaming)["FunctionArn"]
    with pytest.raises(ClientError) as error:
        stream(stranger, arn, {"do": "finished"})
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "lambda:InvokeFunction" in error.value.response["Error"]["Message"]


class SlowReader:
    """A client whose socket takes little and that reads only when it is told to."""

    def __init__(self, platform, name, event):
        target, body = PATH.format(urllib.parse.quote(name)), json.dumps(event).encode()
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self._socket.settimeout(30)
        self._socket.connect(("127.0.0.1", platform.port))
        headers = {**platform.signed("POST", target, body), "Host": f"127.0.0.1:{platform.port}",
                   "Content-Length": str(len(body)), "Connection": "close"}
        head = f"POST {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._socket.sendall(head.encode() + b"\r\n" + body)

    def read_all(self):
        received = b""
        while piece := self._socket.recv(1 << 20):
            received += piece
        return received

    def close(self):
        self._socket.close()


def log_of(platform, name):
    events = platform.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    return "".join(event["message"] for event in events)


def memory_of(platform, *programs):
    """Resident MiB of the platform's daemons."""
    total = 0
    for program in programs:
        with open(f"/proc/{platform.pid(program)}/status", encoding="utf-8") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024
    return total


def test_slow_clients_grow_no_memory_and_hold_up_nobody_else(platform, functions, shared):
    name = functions.deploy(packages.node("streaming.js"), MemorySize=256, Timeout=60)
    functions.invoke(name, {"do": "finished"})
    functions.invoke(shared, {"do": "echo"})
    before = memory_of(platform, "hearth-controller", "hearth-worker")
    readers = [SlowReader(platform, name, {"do": "flood", "bytes": 4 * FIRST_BURST_BYTES}) for _ in range(8)]
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        begun = time.monotonic()
        assert functions.invoke(shared, {"do": "echo", "value": 1}).value == 1
        assert time.monotonic() - begun < 1.5
        assert memory_of(platform, "hearth-controller", "hearth-worker") - before < 32  # of the 120 written until then
        time.sleep(0.2)
    received = readers[0].read_all()
    assert received.count(b"x") >= 4 * FIRST_BURST_BYTES and b"InvokeComplete" in received
    for reader in readers:
        reader.close()


def test_a_function_runs_on_when_its_client_leaves(platform, functions):
    name = functions.deploy(packages.node("streaming.js"), MemorySize=512, Timeout=30)
    functions.invoke(name, {"do": "finished"})
    reader = SlowReader(platform, name, {"do": "flood", "bytes": FIRST_BURST_BYTES})
    time.sleep(0.5)
    reader.close()
    assert wait_until(lambda: "wrote all" in log_of(platform, name), 20, 0.2)
    # 1 where the flood found the first environment not yet free and ran in another; 0 would be one made anew.
    assert functions.invoke(name, {"do": "finished"}).raw in (b"1", b"2")


def test_many_streams_at_once_keep_their_own_bytes(client, functions):
    name = functions.deploy(packages.node("streaming.js"))
    texts = [f"stream {i} " * 200 for i in range(12)]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        bodies = list(pool.map(lambda text: body_of(stream(
            client, name, {"do": "pieces", "pieces": [text] * 5, "pause_ms": 20})[0]), texts))
    assert bodies == [text.encode() * 5 for text in texts]
