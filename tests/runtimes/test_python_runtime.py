"""The managed Python runtime against a fake Runtime API."""

import json
import os
import re

import pytest
from fake_runtime_api import ARN, TRACE, Event
from harness import JSON_FRAME, RUNTIMES, TEXT_FRAME, run_command

BOOTSTRAP = RUNTIMES / "python" / "bootstrap"
NBSP = "\u00a0"
ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def run(source, events=({},), handler="app.handler", **more):
    files = source if isinstance(source, dict) else {"app.py": source}
    return run_command([BOOTSTRAP], files, handler, events, **more)


# --- results -----------------------------------------------------------------------------------------------------------


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
        ("{'a': 1e100, 'b': -0.0}", b'{"a": 1e+100, "b": -0.0}'),
    ],
)
def test_results_are_encoded_as_by_the_public_client(expression, body):
    assert run(f"def handler(event, context): return {expression}").posts[0].body == body


@pytest.mark.parametrize("version, body", [("3.11", b'"\\u00fc"'), ("3.12", '"ü"'.encode()), ("3.13", '"ü"'.encode())])
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


# --- context ------------------------------------------------------------------------------------------------------------


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


# --- errors -------------------------------------------------------------------------------------------------------------


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
        ({}, "nowhere.handler", "Runtime.ImportModuleError", "Unable to import module 'nowhere': No module named 'nowhere'"),
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


# --- logs ---------------------------------------------------------------------------------------------------------------


def test_prints_and_log_lines_keep_their_order_in_the_framed_pipe():
    source = """
        import logging, sys
        log = logging.getLogger()
        log.setLevel("INFO")
        log.info("import")
        def handler(event, context):
            print("one", 1)
            log.info("two %s", 2)
            print("three\\nfour")
            sys.stderr.write("five\\n")
            log.warning("six\\nlines")
            print("unfinished", end="")
    """
    outcome = run(source)
    id_or_none = ["", ID]
    assert re.fullmatch(rf"\[INFO\]\t{STAMP}\t\timport\n", outcome.lines[0])
    assert outcome.lines[1] == "one 1\n"
    assert re.fullmatch(rf"\[INFO\]\t{STAMP}\t{ID}\ttwo 2\n", outcome.lines[2]), id_or_none
    assert outcome.lines[3:6] == ["three\n", "four\n", "five\n"]
    assert re.fullmatch(rf"\[WARNING\]\t{STAMP}\t{ID}\tsix\nlines\n", outcome.lines[6])
    assert outcome.lines[7:] == ["unfinished"]
    assert {frame.type for frame in outcome.frames} == {TEXT_FRAME}
    assert outcome.stdout == outcome.stderr == ""


def test_frames_carry_the_time_in_microseconds():
    import time

    before = time.time_ns() // 1000
    (frame,) = run("def handler(event, context): print('x')").frames
    assert before <= frame.micros <= time.time_ns() // 1000


def test_basic_config_at_import_changes_nothing_because_a_handler_is_there():
    source = """
        import logging
        logging.basicConfig(level=logging.INFO, format="%(message)s")
        def handler(event, context):
            logging.warning("w")
            logging.info("below the default level")
            return len(logging.getLogger().handlers)
    """
    outcome = run(source)
    assert outcome.result() == 1
    assert len(outcome.lines) == 1 and re.fullmatch(rf"\[WARNING\]\t{STAMP}\t{ID}\tw\n", outcome.lines[0])


def test_logging_imported_inside_the_handler_is_configured_too():
    source = "def handler(event, context):\n    import logging.handlers\n    logging.error('late')\n"
    assert re.fullmatch(rf"\[ERROR\]\t{STAMP}\t{ID}\tlate\n", run(source).lines[0])


def test_a_function_that_does_not_log_does_not_pay_for_logging():
    source = "import sys\ndef handler(event, context): return sorted(set(event) & set(sys.modules))"
    assert run(source, [["logging", "json", "re", "http", "ssl", "socket", "site", "traceback"]]).result() == []


def test_a_log_level_marks_text_frames_and_filters():
    source = """
        import logging
        def handler(event, context):
            logging.debug("no"); logging.info("i"); logging.error("e"); logging.critical("c")
    """
    outcome = run(source, env={"AWS_LAMBDA_LOG_LEVEL": "INFO"})
    assert [frame.type for frame in outcome.frames] == [TEXT_FRAME | 0x0C, TEXT_FRAME | 0x14, TEXT_FRAME | 0x18]


def test_json_log_lines_have_the_members_of_the_public_client():
    source = """
        import logging
        log = logging.getLogger("mine")
        def handler(event, context):
            log.info("hü %s", 1, extra={"order": 5, "odd": {1}})
            try:
                1 / 0
            except ZeroDivisionError:
                log.exception("failed")
            log.warning({"a": 1})
            log.debug("below")
    """
    env = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}
    outcome = run(source, [Event({}, headers={"Lambda-Runtime-Aws-Tenant-Id": "blue"})], env=env)
    info, failure, warning = (json.loads(line) for line in outcome.lines)
    assert [frame.type for frame in outcome.frames] == [JSON_FRAME | 0x0C, JSON_FRAME | 0x14, JSON_FRAME | 0x10]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", info.pop("timestamp"))
    assert info == {"level": "INFO", "message": "hü 1", "logger": "mine", "requestId": ID, "tenantId": "blue",
                    "order": 5, "odd": "{1}"}
    assert (failure["errorType"], failure["errorMessage"]) == ("ZeroDivisionError", "division by zero")
    assert failure["stackTrace"] == [f'  File "{outcome.task}/app.py", line 7, in handler\n    1 / 0\n']
    assert failure["location"] == f"{outcome.task}/app.py:handler:9"
    assert warning["message"] == {"a": 1}


def test_a_json_error_event_holds_the_error_members():
    outcome = run("def handler(event, context): raise ValueError('v')", env={"AWS_LAMBDA_LOG_FORMAT": "JSON"})
    (frame,) = outcome.frames
    event = json.loads(frame.text)
    assert frame.type == JSON_FRAME | 0x14
    assert list(event) == ["timestamp", "level", "errorMessage", "errorType", "requestId", "stackTrace"]
    assert event["level"] == "ERROR" and event["requestId"] == ID


def test_without_the_log_pipe_lines_go_to_standard_output():
    source = "import logging, sys\ndef handler(e, c):\n    print('p')\n    logging.error('l')\n    print('q', file=sys.stderr)\n"
    outcome = run(source, framed=False)
    assert re.fullmatch(rf"p\n\[ERROR\]\t{STAMP}\t{ID}\tl\n", outcome.stdout)
    assert outcome.stderr == "q\n" and outcome.frames == []


def test_context_log_writes_the_text_as_it_is():
    assert run("def handler(event, context): context.log('plain')").lines == ["plain"]


def test_child_processes_write_to_the_ordinary_descriptors():
    outcome = run("import os\ndef handler(event, context): os.system('echo child; echo oops >&2')")
    assert (outcome.stdout, outcome.stderr) == ("child\n", "oops\n")


def test_binary_writes_and_huge_lines_become_bounded_frames():
    source = "import sys\ndef handler(e, c):\n    sys.stdout.buffer.write(b'bin\\n')\n    print('x' * 600000)\n"
    outcome = run(source)
    assert outcome.lines[0] == "bin\n" and "".join(outcome.lines[1:]) == "x" * 600000 + "\n"
    assert max(len(line) for line in outcome.lines) <= 256 * 1024


def test_threads_do_not_tear_each_others_frames():
    source = """
        import threading
        def work(name):
            for number in range(200):
                print(name * 2000 + "\\n", end="")
        def handler(event, context):
            threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
    """
    assert len(run(source).frames) == 800


# --- environment --------------------------------------------------------------------------------------------------------


def test_the_search_path_is_function_then_layers_then_runtime_then_system():
    source = "import sys, os\ndef handler(event, context): return [sys.path, dict(os.environ)]"
    outcome = run(source)
    path, environ = outcome.result()
    runtime = str(BOOTSTRAP.parent)
    assert path[:4] == [outcome.task, "/opt/python", "/opt/python/lib/python3.11/site-packages", runtime]
    assert path[-1] == "/usr/lib/python3/dist-packages"
    assert environ["PYTHONPATH"] == runtime and "_LAMBDA_TELEMETRY_LOG_FD" not in environ


def test_a_module_of_the_function_named_like_the_runtimes_tools_does_no_harm():
    files = {"app.py": "import traceback, json\ndef handler(e, c): raise ValueError(json.x)",
             "traceback.py": "", "json.py": "x = 'mine'"}
    assert run(files).error()["errorMessage"] == "mine"


def test_a_handler_in_a_folder_and_in_a_package_is_found():
    files = {"deep/er/app.py": "from . import other\ndef handler(e, c): return other.V", "deep/er/other.py": "V = 1"}
    assert run(files, handler="deep/er/app.handler").result() == 1
    assert run(files, handler="deep.er.app.handler").result() == 1


def test_an_exec_wrapper_gets_the_interpreters_command_line(tmp_path):
    wrapper = tmp_path / "wrapper"
    wrapper.write_text('#!/bin/sh\nexport WRAPPED="$*"\nexec "$@"\n')
    wrapper.chmod(0o755)
    source = "import os\ndef handler(event, context): return os.environ['WRAPPED']"
    outcome = run(source, env={"AWS_LAMBDA_EXEC_WRAPPER": str(wrapper)})
    assert outcome.result() == f"/usr/bin/python3 -sS {BOOTSTRAP.parent}/wrapped.py"


def test_an_absent_exec_wrapper_ends_with_127():
    outcome = run("", env={"AWS_LAMBDA_EXEC_WRAPPER": "/nowhere/wrapper"})
    assert (outcome.exit_code, outcome.stdout) == (127, "/nowhere/wrapper: does not exist\n")


def test_snap_start_hooks_run_around_the_restore():
    source = """
        from snapshot_restore_py import register_after_restore, register_before_snapshot
        seen = []
        register_before_snapshot(seen.append, "before 1")
        register_before_snapshot(seen.append, "before 2")
        register_after_restore(seen.append, "after 1")
        register_after_restore(seen.append, "after 2")
        def handler(event, context): return seen
    """
    outcome = run(source, env={"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"})
    assert [r.path.removeprefix("/2018-06-01/runtime/") for r in outcome.requests[:2]] == ["restore/next", "invocation/next"]
    assert outcome.result() == ["before 2", "before 1", "after 1", "after 2"]


@pytest.mark.parametrize(
    "register, path, error_type, code",
    [("register_before_snapshot", "init/error", "Runtime.BeforeSnapshotError", 64),
     ("register_after_restore", "restore/error", "Runtime.AfterRestoreError", 65)],
)
def test_a_failing_snap_start_hook_ends_the_process(register, path, error_type, code):
    source = f"import snapshot_restore_py\ndef boom(): raise ValueError('b')\nsnapshot_restore_py.{register}(boom)\n"
    outcome = run(source + "def handler(e, c): pass", env={"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"})
    assert outcome.exit_code == code and outcome.posts[0].path == f"/2018-06-01/runtime/{path}"
    assert outcome.posts[0].headers["lambda-runtime-function-error-type"] == error_type


def test_sigterm_runs_the_functions_handler_while_the_runtime_waits():
    source = """
        import signal, sys
        def leave(*_):
            print("terminated")
            sys.exit(6)
        signal.signal(signal.SIGTERM, leave)
        def handler(event, context): pass
    """

    def terminate(process):
        process.terminate()
        process.wait(10)

    outcome = run(source, when_idle=terminate)
    assert (outcome.exit_code, outcome.lines) == (6, ["terminated\n"])


def test_a_connection_closed_while_waiting_is_made_anew():
    outcome = run("def handler(event, context): return event", [Event(1, headers={"Connection": "close"}), 2])
    assert [json.loads(post.body) for post in outcome.posts] == [1, 2]


def test_a_connection_closed_after_a_result_is_made_anew():
    reply = (202, b"{}", {"Connection": "close"})
    outcome = run("def handler(event, context): return event", [1, 2], replies={"/response": reply})
    assert [json.loads(post.body) for post in outcome.posts] == [1, 2]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to lay a private /opt")
def test_layers_are_importable_and_the_function_wins_over_them(tmp_path):
    layer = tmp_path / "opt"
    (layer / "python/lib/python3.11/site-packages").mkdir(parents=True)
    (layer / "python/from_layer.py").write_text("WHO = 'layer'")
    (layer / "python/shadowed.py").write_text("WHO = 'layer'")
    (layer / "python/lib/python3.11/site-packages/from_site.py").write_text("WHO = 'site'")
    files = {"shadowed.py": "WHO = 'function'",
             "app.py": "import from_layer, from_site, shadowed\n"
                       "def handler(e, c): return [from_layer.WHO, from_site.WHO, shadowed.WHO]"}
    script = 'mount --bind "$1" /opt && exec "$2"'
    command = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", layer, BOOTSTRAP]
    assert run_command(command, files, "app.handler").result() == ["layer", "site", "function"]
