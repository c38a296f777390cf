"""Invoke: types, headers, payloads, log tail, client context."""

import base64
import json

import pytest

import function_packages as packages


def test_a_synchronous_invoke_answers_200_with_the_result(api, shared):
    answer = api.invoke(shared, b'{"do": "echo", "value": {"a": [1, "\xc3\xbc"]}}')
    assert answer.status == 200
    assert json.loads(answer.body) == {"a": [1, "ü"]}
    assert answer.headers["X-Amz-Executed-Version"] == "$LATEST"
    assert "X-Amz-Function-Error" not in answer.headers and "X-Amz-Log-Result" not in answer.headers


def test_a_handler_that_returns_nothing_answers_null(api, shared):
    assert api.invoke(shared, b'{"do": "echo"}').body == b"null"


def test_a_function_error_is_a_200_with_its_header(api, shared):
    answer = api.invoke(shared, b'{"do": "fail"}')
    assert (answer.status, answer.headers["X-Amz-Function-Error"]) == (200, "Unhandled")
    assert json.loads(answer.body)["errorType"] == "ValueError"
    assert answer.headers["X-Amz-Executed-Version"] == "$LATEST"


def test_a_dry_run_answers_204_and_runs_nothing(api, functions):
    name = functions.deploy(packages.python())
    answer = api.invoke(name, b'{"do": "count"}', headers={"X-Amz-Invocation-Type": "DryRun"})
    assert (answer.status, answer.body) == (204, b"")
    assert json.loads(api.invoke(name, b'{"do": "count"}').body)["count"] == 1


def test_a_dry_run_of_an_absent_function_is_not_found(api):
    assert api.invoke("absent", headers={"X-Amz-Invocation-Type": "DryRun"}).status == 404


def test_request_response_may_be_named(api, shared):
    answer = api.invoke(shared, b'{"do": "echo", "value": 1}', headers={"X-Amz-Invocation-Type": "RequestResponse"})
    assert (answer.status, answer.body) == (200, b"1")


@pytest.mark.parametrize("header, value, where", [("X-Amz-Invocation-Type", "Sometimes", "invocationType"),
                                                  ("X-Amz-Log-Type", "Everything", "logType")])
def test_an_unknown_type_is_refused(api, shared, header, value, where):
    answer = api.invoke(shared, headers={header: value})
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationException")
    assert f"at '{where}' failed to satisfy constraint: Member must satisfy enum value set" in answer.body.decode()


def test_the_log_tail_is_base64_in_a_header(api, shared):
    answer = api.invoke(shared, b'{"do": "lines", "out": ["seen"]}', headers={"X-Amz-Log-Type": "Tail"})
    lines = base64.b64decode(answer.headers["X-Amz-Log-Result"]).decode().splitlines()
    request_id = answer.headers["x-amzn-RequestId"]
    assert lines[0] == f"START RequestId: {request_id} Version: $LATEST" and "seen" in lines
    assert lines[-1].startswith(f"REPORT RequestId: {request_id}\t")


def test_the_tail_of_a_failed_invocation_comes_too(api, shared):
    answer = api.invoke(shared, b'{"do": "fail"}', headers={"X-Amz-Log-Type": "Tail"})
    assert b"[ERROR] ValueError: on purpose" in base64.b64decode(answer.headers["X-Amz-Log-Result"])


def test_the_client_context_reaches_the_handler_decoded(api, shared):
    context = base64.b64encode(json.dumps({"custom": {"colour": "blau"}}).encode()).decode()
    answer = api.invoke(shared, b'{"do": "context"}', headers={"X-Amz-Client-Context": context})
    assert json.loads(answer.body)["client_context"] == {"colour": "blau"}


@pytest.mark.parametrize("size, status", [(3580, 200), (3584, 400)])  # base64 comes in fours: 3,583 lies between
def test_a_client_context_has_3583_bytes_at_most(api, shared, size, status):
    text = json.dumps({"custom": {"colour": "x" * (size // 4 * 3 - len('{"custom": {"colour": ""}}'))}})
    context = base64.b64encode(text.encode()).decode()
    assert len(context) == size
    answer = api.invoke(shared, b'{"do": "context"}', headers={"X-Amz-Client-Context": context})
    assert answer.status == status, answer
    if status == 200:
        assert json.loads(answer.body)["client_context"] == json.loads(text)["custom"]


@pytest.mark.parametrize("context", ["!!!", base64.b64encode(b"no json").decode(), base64.b64encode(b"1").decode(),
                                     base64.b64encode(b'"text"').decode(), "QUFB" * 1000])
def test_a_client_context_that_is_none_is_refused(api, shared, context):
    answer = api.invoke(shared, b'{"do": "context"}', headers={"X-Amz-Client-Context": context})
    assert answer.status == 400
    assert answer.headers["x-amzn-ErrorType"] in ("InvalidRequestContentException", "ValidationException",
                                                  "InvalidParameterValueException")


def test_an_empty_payload_is_an_empty_event(api, functions):
    name = functions.deploy(packages.python_text("def handler(event, context): return repr(event)"))
    assert api.invoke(name, b"").body == b'"{}"'


@pytest.mark.parametrize("payload", [b"1", b"null", b'"text"', b"[1,2]", b"true", b' {"a" : 1}\n', b"-0.5e3"])
def test_any_json_value_is_a_payload(api, functions, payload):
    name = functions.deploy(packages.python_text("def handler(event, context): return event"))
    answer = api.invoke(name, payload)
    assert answer.status == 200 and json.loads(answer.body) == json.loads(payload)


@pytest.mark.parametrize("payload", [b"{", b"nul", b"'a'", b"{}{}", b"\xff", b'"\xc3"', b"01", b"[1,]", b'{"a":1,}'])
def test_a_payload_that_is_no_json_is_refused(api, shared, payload):
    answer = api.invoke(shared, payload)
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "InvalidRequestContentException")


def test_the_content_type_of_the_payload_does_not_matter(api, shared):
    for content_type in ("application/json", "text/plain", "application/octet-stream"):
        answer = api.invoke(shared, b'{"do": "echo", "value": 1}', headers={"Content-Type": content_type})
        assert answer.body == b"1"


def test_the_payload_arrives_byte_for_byte(api, functions):
    name = functions.deploy(packages.native())
    payload = '{"z":1, "a" : [1.10, 1e2], "ü":"\\u00fc", "z":2}'.encode()
    assert api.invoke(name, payload).body == payload


def test_a_trace_header_is_answered_with_one(api, shared):
    trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    answer = api.invoke(shared, b'{"do": "echo"}', headers={"X-Amzn-Trace-Id": trace})
    assert answer.headers["X-Amzn-Trace-Id"].lower().startswith("root=1-5759e988-bd862e3fe1be46a994272793")


def test_a_pending_function_is_not_invocable_yet_or_just_works(api, functions):
    name = functions.new_name()
    assert api.create(name).status == 201
    answer = api.invoke(name, b'{"do": "echo", "value": 1}')
    assert answer.status in (200, 409)
    if answer.status == 409:
        assert answer.headers["x-amzn-ErrorType"] == "ResourceConflictException"
        assert b"The function is currently in the following state: Pending" in answer.body
    functions.wait_ready(name)
