"""The managed Python runtime against a fake Runtime API."""

import json
import re

import pytest
from fake_runtime_api import ARN, TRACE, Event
from harness import ID, TEXT_FRAME, run_python as run

NBSP = "\u00a0"


# Results.


def test_the_event_reaches_the_handler_and_the_result_the_caller():
    outcome = run("def handler(event, context): return {'got': event}", [{"a": [1, 2.5, None, True, "ü"]}])
    assert outcome.result() == {"got": {"a": [1, 2.5, None, True, "ü"]}}
    assert outcome.posts[0].path == f"/2018-06-01/runtime/invocation/{ID}/response"
    assert outcome.posts[0].headers["content-type"] == "application/json"


def test_a_handler_without_a_result_answers_null():
    assert run("def handler(event, context): pass").posts[0].body == b"null"


def test_events_are_answered_in_order_by_one_process():
    source = """
        count = 0
        def handler(event, context):
            global count
            count += 1
            return [count, event, context.aws_request_id]
    """
    outcome = run(source, [Event(number, f"id-{number}") for number in range(5)])
    assert [json.loads(post.body) for post in outcome.posts] == [[n + 1, n, f"id-{n}"] for n in range(5)]


def test_a_result_and_the_next_request_travel_together():
    outcome = run("def handler(event, context): return event", [1, 2, 3])
    segments = [request.segment for request in outcome.requests]
    assert segments == [1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize(
    "expression, body",
    [
        ("'ü'", b'"\\u00fc"'),
        ("__import__('decimal').Decimal('1.10')", b"1.10"),
        ("[__import__('decimal').Decimal('NaN'), __import__('decimal').Decimal(3), 'x']", b'[NaN, 3, "x"]'),
        ("float('nan')", b"NaN"),
        ("{'b': b'raw', 1: (2, 3), None: True}", b'{"b": "raw", "1": [2, 3], "null": true}'),
        ("__import__('collections').namedtuple('P', 'x y')(1, [2])", b'{"x": 1, "y": [2]}'),
        ("{b'k': [{b'l': 1}]}", b'{"k": [{"l": 1}]}'),
        ("{'a': 1e100, 'b': -0.0}", b'{"a": 1e+100, "b": -0.0}'),
    ],
)
def test_results_are_encoded_as_by_the_public_client(expression, body):
    assert run(f"def handler(event, context): return {expression}").posts[0].body == body


@pytest.mark.parametrize(
    "version, body", [("3.11", b'"\\u00fc"'), ("3.12", '"ü"'.encode()), ("3.13", '"ü"'.encode())])
def test_runtimes_from_3_12_write_non_ascii_text_unescaped(version, body):
    env = {"AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}"}
    assert run("def handler(event, context): return 'ü'", env=env).posts[0].body == body


def test_bytes_are_passed_on_untouched():
    post = run("def handler(event, context): return b'\\x00\\xff'").posts[0]
    assert (post.body, post.headers["content-type"]) == (b"\x00\xff", "application/unknown")


def test_an_event_of_another_content_type_stays_bytes():
    event = Event(b"\x01\x02", headers={"Content-Type": "application/octet-stream"})
    assert run("def handler(event, context): return list(event)", [event]).result() == [1, 2]


@pytest.mark.parametrize("chunked", [False, True])
def test_events_and_results_of_six_megabytes_pass(chunked):
    payload = "x" * (6 * 1024 * 1024 - 2)
    outcome = run("def handler(event, context): return event", [Event(payload, chunked=chunked), 1])
    assert outcome.result(0) == payload and outcome.result(1) == 1


def test_a_result_refused_as_too_large_does_not_end_the_runtime():
    source = "def handler(event, context): return 'x' * event"
    outcome = run(source, [Event(6291557, "big"), Event(1, "small")], replies={"/big/response": (413, b"{}")})
    assert outcome.result(1) == "x"
    assert "[ERROR] LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413.\n" in outcome.lines


# Context.


def test_the_context_has_every_documented_member():
    source = """
        import os
        def handler(event, context):
            names = ('function_name function_version invoked_function_arn memory_limit_in_mb aws_request_id '
                     'log_group_name log_stream_name tenant_id').split()
            client = context.client_context
            return [
                {name: getattr(context, name) for name in names},
                [client.client.app_title, client.client.installation_id, client.custom, client.env],
                [context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id],
                context.w3c(), context.get_remaining_time_in_millis(), os.environ['_X_AMZN_TRACE_ID'],
            ]
    """
    client = {"client": {"app_title": "ä"}, "custom": {"k": 1}, "env": {"e": 2}, "w3c": {"traceparent": "00-1"}}
    event = Event({}, headers={
        "Lambda-Runtime-Client-Context": json.dumps(client),
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
        "Lambda-Runtime-Aws-Tenant-Id": "blue",
    })
    members, client, identity, w3c, remaining_ms, trace = run(source, [event]).result()
    assert members == {
        "function_name": "tested", "function_version": "7", "invoked_function_arn": ARN, "memory_limit_in_mb": "256",
        "aws_request_id": ID, "log_group_name": "/aws/lambda/tested", "tenant_id": "blue",
        "log_stream_name": "2026/01/02/[7]0123456789abcdef0123456789abcdef",
    }
    assert client == ["ä", None, {"k": 1}, {"e": 2}]
    assert identity == ["i", "p"] and w3c == {"traceparent": "00-1"} and trace == TRACE
    assert 0 < remaining_ms <= 3000


def test_absent_context_parts_are_none():
    source = """
        import os
        def handler(event, context):
            return [context.client_context, context.identity.cognito_identity_id, context.tenant_id,
                    os.environ.get('_X_AMZN_TRACE_ID'), context.get_remaining_time_in_millis()]
    """
    late = Event({}, headers={"Lambda-Runtime-Trace-Id": None}, deadline_in_s=-5)
    outcome = run(source, [{}, late])
    assert outcome.result(0)[:4] == [None, None, None, TRACE]
    assert outcome.result(1) == [None, None, None, None, 0]


def test_a_broken_client_context_is_an_error_of_the_runtime():
    outcome = run("def handler(event, context): pass", [Event({}, headers={"Lambda-Runtime-Client-Context": "{"})])
    assert outcome.error()["errorType"] == "Runtime.LambdaContextUnmarshalError"
    assert outcome.error()["errorMessage"].startswith("Unable to parse Client Context JSON: ")


# Errors.


def test_an_exception_is_reported_exactly_as_by_the_public_client():
    source = "def inner():\n    raise ValueError('bad  thing')\n\ndef handler(event, context):\n    inner()\n"
    outcome = run(source)
    path = f"{outcome.task}/app.py"
    assert list(outcome.error().items()) == [
        ("errorMessage", "bad  thing"),
        ("errorType", "ValueError"),
        ("requestId", ID),
        ("stackTrace", [
            f'  File "{path}", line 5, in handler\n    inner()\n',
            f"  File \"{path}\", line 2, in inner\n    raise ValueError('bad  thing')\n",
        ]),
    ]
    assert outcome.posts[0].path == f"/2018-06-01/runtime/invocation/{ID}/error"
    assert outcome.posts[0].headers["lambda-runtime-function-error-type"] == "ValueError"
    cause = json.loads(outcome.posts[0].headers["lambda-runtime-function-xray-error-cause"])
    assert cause["exceptions"][0]["stack"][1] == {"label": "inner", "path": path, "line": 2}
    assert cause["paths"] == [path] and cause["working_directory"] == outcome.task
    (frame,) = outcome.frames
    assert frame.type == TEXT_FRAME | 0x14
    assert frame.text == "\n".join([
        "[ERROR] ValueError: bad  thing", "Traceback (most recent call last):",
        f'{NBSP * 2}File "{path}", line 5, in handler', f"{NBSP * 4}inner()",
        f'{NBSP * 2}File "{path}", line 2, in inner', f"{NBSP * 4}raise ValueError('bad  thing')",
    ])


def test_without_the_log_pipe_an_error_is_one_line_on_standard_output():
    outcome = run("def handler(event, context): raise KeyError('k')", framed=False)
    assert outcome.stdout.startswith("[ERROR] KeyError: 'k'\rTraceback (most recent call last):\r" + NBSP * 2 + "File ")
    assert outcome.stdout.count("\n") == 1


def test_endless_recursion_is_shown_shortened():
    outcome = run("def handler(event, context):\n    return handler(event, context)\n")
    assert outcome.error()["errorType"] == "RecursionError"
    trace = outcome.error()["stackTrace"]
    assert len(trace) == 4 and re.fullmatch(r"  \[Previous line repeated \d+ more times\]\n", trace[3])


@pytest.mark.parametrize(
    "result, message",
    [
        ("{1}", "Unable to marshal response: Object of type set is not JSON serializable"),
        ("object", "Unable to marshal response: Object of type type is not JSON serializable"),
        ("{(1,): 2}", "Unable to marshal response: keys must be str, int, float, bool or None, not tuple"),
    ],
)
def test_an_unencodable_result_is_a_marshal_error(result, message):
    error = run(f"def handler(event, context): return {result}").error()
    assert error == {"errorMessage": message, "errorType": "Runtime.MarshalError", "requestId": ID, "stackTrace": []}


def test_an_undecodable_event_is_an_unmarshal_error():
    error = run("def handler(event, context): pass", [Event(b"{broken")]).error()
    assert error["errorType"] == "Runtime.UnmarshalError"
    assert error["errorMessage"].startswith("Unable to unmarshal input: Expecting property name")


def test_a_failed_invocation_leaves_the_process_usable():
    outcome = run("def handler(event, context): return 1 / event", [0, 2])
    assert outcome.error(0)["errorMessage"] == "division by zero"
    assert outcome.result(1) == 0.5


@pytest.mark.parametrize(
    "files, handler, error_type, message",
    [
        ({}, "nowhere.handler", "Runtime.ImportModuleError",
         "Unable to import module 'nowhere': No module named 'nowhere'"),
        ({}, "a/b.handler", "Runtime.ImportModuleError", "Unable to import module 'a/b': No module named 'a'"),
        ({"app.py": "import missing_thing"}, "app.handler", "Runtime.ImportModuleError",
         "Unable to import module 'app': No module named 'missing_thing'"),
        ({"app.py": ""}, "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ({}, "nodot", "Runtime.MalformedHandlerName",
         "Bad handler 'nodot': not enough values to unpack (expected 2, got 1)"),
        ({}, "sys.exit", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
    ],
)
def test_a_handler_that_cannot_be_found_is_an_init_error(files, handler, error_type, message):
    outcome = run(files, handler=handler)
    assert outcome.posts[0].path == "/2018-06-01/runtime/init/error"
    assert outcome.posts[0].headers["lambda-runtime-function-error-type"] == error_type
    assert outcome.error() == {"errorMessage": message, "errorType": error_type, "requestId": "", "stackTrace": []}
    assert outcome.frames[-1].text == f"[ERROR] {error_type}: {message}\nTraceback (most recent call last):"
    assert outcome.exit_code == 1 and len(outcome.requests) == 1


def test_a_syntax_error_is_an_init_error_that_shows_the_line():
    outcome = run("def handler(event, context):\n    return (\n")
    error = outcome.error()
    assert error["errorType"] == "Runtime.UserCodeSyntaxError"
    assert error["errorMessage"] == "Syntax error in module 'app': '(' was never closed (app.py, line 2)"
    assert error["stackTrace"] == [f'  File "{outcome.task}/app.py" Line 2\n        return (\n']


def test_an_exception_at_import_is_an_init_error():
    outcome = run("raise RuntimeError('early')\n")
    assert outcome.error() == {
        "errorMessage": "early", "errorType": "RuntimeError", "requestId": "",
        "stackTrace": [f"  File \"{outcome.task}/app.py\", line 1, in <module>\n    raise RuntimeError('early')\n"],
    }
    assert outcome.exit_code == 1


@pytest.mark.parametrize("call, code", [("sys.exit(3)", 3), ("sys.exit()", 0), ("exit(4)", 4), ("os._exit(5)", 5)])
def test_leaving_from_a_handler_ends_the_process_with_that_code(call, code):
    outcome = run(f"import os, sys\ndef handler(event, context):\n    print('last words')\n    {call}\n")
    assert outcome.exit_code == code and outcome.posts == [] and outcome.lines == ["last words\n"]


def test_sys_exit_at_import_ends_the_process_without_an_init_error():
    outcome = run("import sys\nsys.exit(9)\n")
    assert (outcome.exit_code, outcome.posts) == (9, [])


def test_a_vanished_runtime_api_ends_the_process():
    outcome = run("def handler(event, context): pass", replies={"/next": (500, b"{}")})
    assert outcome.exit_code == 1 and "RuntimeApiError" in "".join(outcome.lines)
