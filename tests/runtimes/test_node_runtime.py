"""The managed Node.js runtime against a fake Runtime API."""

import json
import os
import re
import subprocess

import pytest
from fake_runtime_api import ARN, TRACE, Event
from harness import ID, JSON_FRAME, RUNTIMES, STAMP, TEXT_FRAME, run_command, run_node as run

BOOTSTRAP = RUNTIMES / "node" / "bootstrap"
BASE_PATH = "/2018-06-01/runtime/"


# Results.


@pytest.mark.parametrize(
    "source",
    [
        "exports.handler = async (event) => ({ got: event });",
        "exports.handler = (event) => Promise.resolve({ got: event });",
        "exports.handler = (event, context, callback) => callback(null, { got: event });",
        "exports.handler = (event, context) => context.succeed({ got: event });",
        "exports.handler = (event, context) => context.done(null, { got: event });",
        "exports.handler = (event, context, callback) => setTimeout(callback, 5, undefined, { got: event });",
    ],
)
def test_every_style_of_handler_answers(source):
    outcome = run(source, [{"a": [1, None, "ü"]}, 2])
    assert [outcome.result(0), outcome.result(1)] == [{"got": {"a": [1, None, "ü"]}}, {"got": 2}]
    assert outcome.posts[0].path == f"{BASE_PATH}invocation/{ID}/response"
    assert outcome.posts[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "body", ["async () => undefined", "(event, context, callback) => callback()", "() => 'ignored'", "() => {}",
             "() => new Promise(() => {})", "async () => () => 1"])
def test_no_result_is_null(body):
    assert run(f"exports.handler = {body};", [1, 2]).posts[1].body == b"null"


def test_a_result_and_the_next_request_travel_together():
    outcome = run("exports.handler = async (event) => event;", [1, 2, 3])
    assert [request.segment for request in outcome.requests] == [1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("chunked", [False, True])
def test_events_and_results_of_six_megabytes_pass(chunked):
    payload = "x" * (6 * 1024 * 1024 - 2)
    outcome = run("exports.handler = async (event) => event;", [Event(payload, chunked=chunked), 1])
    assert outcome.result(0) == payload and outcome.result(1) == 1


def test_a_result_refused_as_too_large_does_not_end_the_runtime():
    source = "exports.handler = async (event) => 'x'.repeat(event);"
    outcome = run(source, [Event(6291557, "big"), Event(1, "small")], replies={"/big/response": (413, b"{}")})
    assert outcome.result(1) == "x"
    assert "[ERROR] LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413.\n" in outcome.lines


@pytest.mark.parametrize("where", ["event", "result"])
def test_a_closed_connection_is_made_anew(where):
    close = {"Connection": "close"}
    events = [Event(1, headers=close if where == "event" else None), 2]
    replies = {"/response": (202, b"{}", close)} if where == "result" else None
    outcome = run("exports.handler = async (event) => event;", events, replies=replies)
    assert [json.loads(post.body) for post in outcome.posts] == [1, 2]


# The event loop.


def test_a_callback_waits_for_the_empty_event_loop():
    source = """
        exports.handler = (event, context, callback) => {
          const seen = [];
          setTimeout(() => seen.push('timer'), 30);
          callback(null, seen);
        };
    """
    assert run(source).result() == ["timer"]


def test_a_callback_does_not_wait_when_the_handler_says_so():
    source = """
        exports.handler = (event, context, callback) => {
          context.callbackWaitsForEmptyEventLoop = false;
          const seen = [];
          setTimeout(() => seen.push('timer'), 3000);
          callback(null, seen);
        };
    """
    assert run(source).result() == []


def test_an_async_result_does_not_wait_for_the_event_loop():
    assert run("exports.handler = async () => { setInterval(() => {}, 1000); return 1; };", [1, 2]).result(1) == 1


def test_only_the_first_completion_counts():
    source = "exports.handler = (e, context, cb) => { cb(null, 1); context.succeed(2); context.fail(new Error('x')); };"
    outcome = run(source)
    assert len(outcome.posts) == 1 and outcome.result() == 1


def test_a_completion_just_before_process_exit_is_delivered():
    outcome = run("exports.handler = (event, context) => { context.succeed('sent'); process.exit(7); };")
    assert outcome.result() == "sent" and outcome.exit_code == 7


# Modules.

ESM = "export const handler = async () => 'esm';"
CJS = "exports.handler = async () => 'cjs';"


@pytest.mark.parametrize(
    "files, handler, result",
    [
        ({"app.js": CJS}, "app.handler", "cjs"),
        ({"app.cjs": CJS}, "app.handler", "cjs"),
        ({"app.mjs": ESM}, "app.handler", "esm"),
        ({"app.js": ESM, "package.json": '{"type":"module"}'}, "app.handler", "esm"),
        ({"a/b.js": CJS}, "a/b.handler", "cjs"),
        ({"a/b/app.mjs": ESM}, "a/b/app.handler", "esm"),
        ({"a/app.js": ESM, "package.json": '{"type":"module"}'}, "a/app.handler", "esm"),
        ({"a/app.js": CJS, "a/package.json": "{}", "package.json": '{"type":"module"}'}, "a/app.handler", "cjs"),
        ({"app.js": "exports.deep = { er: { handler: async () => 'nested' } };"}, "app.deep.er.handler", "nested"),
        ({"app.mjs": "const v = await Promise.resolve('tla'); export const handler = async () => v;"}, "app.handler",
         "tla"),
        ({"node_modules/pkg/index.js": CJS}, "pkg.handler", "cjs"),
        ({"app/index.js": CJS}, "app.handler", "cjs"),
    ],
)
def test_handlers_are_found_in_every_documented_form(files, handler, result):
    assert run(files, handler=handler).result() == result


@pytest.mark.parametrize(
    "files, handler, error_type, message",
    [
        ({}, "app.handler", "Runtime.ImportModuleError", "Error: Cannot find module 'app'\nRequire stack:\n"),
        ({"app.js": "require('absent');"}, "app.handler", "Runtime.ImportModuleError",
         "Error: Cannot find module 'absent'"),
        ({"app.mjs": "import 'absent';"}, "app.handler", "Error", "Cannot find package 'absent' imported from "),
        ({"app.js": "exports.x = 1;"}, "app.handler", "Runtime.HandlerNotFound",
         "app.handler is undefined or not exported"),
        ({"app.js": "exports.handler = 1;"}, "app.handler", "Runtime.HandlerNotFound", "app.handler is not a function"),
        ({}, "app", "Runtime.MalformedHandlerName", "Bad handler"),
        ({}, "../app.handler", "Runtime.MalformedHandlerName",
         "'../app.handler' is not a valid handler name. Use absolute "),
        ({"app.js": "const = 1;"}, "app.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token '='"),
        ({"app.js": "throw new RangeError('early');"}, "app.handler", "RangeError", "early"),
    ],
)
def test_a_handler_that_cannot_be_loaded_is_an_init_error(files, handler, error_type, message):
    outcome = run(files, handler=handler)
    assert outcome.posts[0].path == f"{BASE_PATH}init/error" and len(outcome.requests) == 1
    assert outcome.posts[0].headers["lambda-runtime-function-error-type"] == error_type
    error = outcome.error()
    assert list(error) == ["errorType", "errorMessage", "trace"]
    assert error["errorType"] == error_type and error["errorMessage"].startswith(message)
    assert outcome.exit_code == 129
    logged = rf"{STAMP}\tundefined\tERROR\tUncaught Exception \t\{{\"errorType\":\"{error_type}\""
    assert re.match(logged, outcome.lines[-1])


def test_an_initialisation_that_can_never_end_exits():
    outcome = run({"app.mjs": "await new Promise(() => {}); export const handler = 1;"})
    assert (outcome.exit_code, outcome.posts) == (13, [])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to lay a private /opt")
@pytest.mark.parametrize(
    "file, source",
    [("app.js", "const v = require('layered'); exports.handler = async () => v;"),
     ("app.mjs", "import v from 'layered'; export const handler = async () => v;")],
)
def test_packages_of_layers_are_found(tmp_path, file, source):
    package = tmp_path / "opt/nodejs/node_modules/layered"
    package.mkdir(parents=True)
    (package / "index.js").write_text("module.exports = 'layer';")
    script = 'mount --bind "$1" /opt && exec "$2"'
    command = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", tmp_path / "opt", BOOTSTRAP]
    assert run_command(command, {file: source}, "app.handler").result() == "layer"


# Context.


def test_the_context_has_every_documented_member():
    source = """
        exports.handler = async (event, context) => ({
          ...context, remaining: context.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID,
          functions: ['done', 'succeed', 'fail'].map((name) => typeof context[name]),
        });
    """
    event = Event({}, headers={
        "Lambda-Runtime-Client-Context": '{"client":{"app_title":"ä"}}',
        "Lambda-Runtime-Cognito-Identity": '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
        "Lambda-Runtime-Aws-Tenant-Id": "blue",
    })
    members = run(source, [event]).result()
    assert 0 < members.pop("remaining") <= 3000
    assert members == {
        "callbackWaitsForEmptyEventLoop": True, "functionVersion": "7", "functionName": "tested",
        "memoryLimitInMB": "256",
        "logGroupName": "/aws/lambda/tested", "logStreamName": "2026/01/02/[7]0123456789abcdef0123456789abcdef",
        "clientContext": {"client": {"app_title": "ä"}}, "tenantId": "blue", "invokedFunctionArn": ARN,
        "identity": {"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"}, "awsRequestId": ID, "trace": TRACE,
        "functions": ["function"] * 3,
    }


def test_an_absent_trace_header_leaves_no_trace_variable():
    source = "exports.handler = async () => process.env._X_AMZN_TRACE_ID ?? 'none';"
    outcome = run(source, [{}, Event({}, headers={"Lambda-Runtime-Trace-Id": None})])
    assert [outcome.result(0), outcome.result(1)] == [TRACE, "none"]


@pytest.mark.parametrize("memory_mb", [128, 512, 1769, 3008, 10240])
def test_v8s_heap_is_nine_tenths_of_the_functions_memory_and_three_semi_spaces(memory_mb):
    source = "exports.handler = async () => require('v8').getHeapStatistics().heap_size_limit / 1048576;"
    limit = run(source, env={"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb)}).result()
    semi_space = min(1 << (memory_mb * 5 // 100 - 1).bit_length(), 512)  # V8 rounds up to a power of two
    assert memory_mb * 0.9 - 2 <= limit <= memory_mb * 0.9 + 3 * semi_space


def test_a_worker_thread_of_a_handler_gets_the_functions_heap_too():
    source = """
        const { Worker } = require('worker_threads');
        const code = `require('worker_threads').parentPort.postMessage(
          require('v8').getHeapStatistics().heap_size_limit / 1048576)`;
        exports.handler = () => new Promise((resolve) => new Worker(code, { eval: true }).once('message', resolve));
        """
    assert run(source, env={"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256"}).result() < 300


def has_code_cache():
    """Whether this Node was built with compiled code of its own modules: Debian's is not."""
    script = ("require('http'); const { internalBinding } = require('internal/test/binding');"
              "console.log([...internalBinding('builtins').getCacheUsage().compiledWithCache].length)")
    command = ["/usr/bin/node", "--expose-internals", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return int(done.stdout or 0) > 0


def test_nodes_own_modules_come_from_its_code_cache_while_the_function_loads(tmp_path):
    if not has_code_cache():
        pytest.skip("this Node has no code cache")
    wrapper = tmp_path / "wrapper"
    wrapper.write_text('#!/bin/sh\nnode=$1\nshift\nexec "$node" --expose-internals "$@"\n')
    wrapper.chmod(0o755)
    source = """
        const http = require('http');
        const { getCacheUsage } = require('internal/test/binding').internalBinding('builtins');
        const { compiledWithCache, compiledWithoutCache } = getCacheUsage();
        exports.handler = async () => [[...compiledWithCache], [...compiledWithoutCache]];
        """
    with_cache, without = run(source, env={"AWS_LAMBDA_EXEC_WRAPPER": str(wrapper)}).result()
    # Only what runs before any file of ours is compiled with the flags in force.
    assert set(without) <= {"internal/main/run_main_module"} and {"http", "net", "stream"} <= set(with_cache)


def test_the_way_to_the_code_cache_leaves_no_warning_and_no_trace():
    outcome = run("exports.handler = async () => process.noDeprecation ?? null;")
    assert (outcome.result(), outcome.lines, outcome.stderr) == (None, [], "")


# Errors.


@pytest.mark.parametrize(
    "body",
    ["async () => { throw new TypeError('bad'); }", "() => { throw new TypeError('bad'); }",
     "(event, context, callback) => callback(new TypeError('bad'))",
     "(event, context) => context.fail(new TypeError('bad'))",
     "(event, context) => context.done(new TypeError('bad'))"],
)
def test_an_error_is_reported_exactly_as_by_the_public_client(body):
    outcome = run(f"exports.handler = {body};", [1, 2])
    error = outcome.error(1)
    assert list(error) == ["errorType", "errorMessage", "trace"]
    assert (error["errorType"], error["errorMessage"], error["trace"][0]) == ("TypeError", "bad", "TypeError: bad")
    assert f"{outcome.task}/app.js:1:" in error["trace"][1]
    post = outcome.posts[1]
    assert post.path == f"{BASE_PATH}invocation/{ID}/error"
    assert post.headers["lambda-runtime-function-error-type"] == "TypeError"
    cause = json.loads(post.headers["lambda-runtime-function-xray-error-cause"])
    assert cause["exceptions"][0]["stack"][0]["path"] == f"{outcome.task}/app.js"
    assert cause["exceptions"][0]["stack"][0]["line"] == 1
    frame = outcome.frames[1]
    assert frame.type == TEXT_FRAME | 0x14
    match = re.fullmatch(rf"{STAMP}\t{ID}\tERROR\tInvoke Error \t(.*)\n", frame.text)
    logged = json.loads(match[1])
    assert list(logged) == ["errorType", "errorMessage", "stack"] and logged["stack"] == error["trace"]


@pytest.mark.parametrize(
    "thrown, error_type, message",
    [("'text'", "string", "text"), ("7", "number", "7"), ("({ a: 1 })", "object", "[object Object]"),
     ("Object.assign(new Error('m'), { name: 'Custom' })", "Custom", "m")],
)
def test_whatever_is_thrown_has_a_type_and_a_message(thrown, error_type, message):
    error = run(f"exports.handler = async () => {{ throw {thrown}; }};").error()
    assert (error["errorType"], error["errorMessage"]) == (error_type, message)


def test_failing_with_nothing_is_called_handled():
    assert run("exports.handler = (e, context) => context.fail();").error()["errorMessage"] == "handled"


@pytest.mark.parametrize("value", ["{ a: 1n }", "(() => { const a = {}; a.a = a; return a; })()"])
def test_an_unencodable_result_is_an_error(value):
    error = run(f"exports.handler = async () => ({value});").error()
    assert (error["errorType"], error["errorMessage"]) == ("Error", "Unable to stringify response body")


def test_an_uncaught_exception_posts_the_error_and_exits_129():
    outcome = run("exports.handler = () => new Promise(() => setTimeout(() => { throw new Error('late'); }, 1));")
    assert outcome.error()["errorMessage"] == "late" and outcome.exit_code == 129
    assert "\tERROR\tUncaught Exception \t{" in outcome.lines[-1]


def test_an_unhandled_rejection_posts_the_error_and_exits_128():
    outcome = run("exports.handler = () => new Promise(() => { Promise.reject(new Error('lost')); });")
    error = outcome.error()
    assert (error["errorType"], error["errorMessage"]) == ("Runtime.UnhandledPromiseRejection", "Error: lost")
    assert outcome.exit_code == 128 and "\tERROR\tUnhandled Promise Rejection \t{" in outcome.lines[-1]


def test_process_exit_ends_the_process_with_that_code():
    outcome = run("exports.handler = async () => { process.stdout.write('last words'); process.exit(3); };")
    assert (outcome.exit_code, outcome.posts, outcome.lines) == (3, [], ["last words"])


def test_a_vanished_runtime_api_ends_the_process():
    outcome = run("exports.handler = async () => 1;", replies={"/next": (500, b"{}")})
    assert outcome.exit_code == 1 and "Failed to get next invocation: status 500" in outcome.lines[-1]


# Logs.


def test_console_lines_are_frames_with_levels_and_keep_their_order():
    source = """
        console.log('init');
        exports.handler = async (event) => {
          console.log('a %d', 1, { b: [2] });
          process.stdout.write('raw\\nunfinished');
          console.warn('w\\nx');
          console.trace('t'); console.debug('d'); console.info('i'); console.error('e'); console.fatal('f');
        };
    """
    outcome = run(source)
    expected = [
        (0x0C, rf"{STAMP}\tundefined\tINFO\tinit\n"), (0x0C, rf"{STAMP}\t{ID}\tINFO\ta 1 \{{ b: \[ 2 \] \}}\n"),
        (0, r"raw\n"), (0, r"unfinished"), (0x10, rf"{STAMP}\t{ID}\tWARN\tw\nx\n"),
        (0x04, rf"{STAMP}\t{ID}\tTRACE\tt\n"), (0x08, rf"{STAMP}\t{ID}\tDEBUG\td\n"),
        (0x0C, rf"{STAMP}\t{ID}\tINFO\ti\n"), (0x14, rf"{STAMP}\t{ID}\tERROR\te\n"),
        (0x18, rf"{STAMP}\t{ID}\tFATAL\tf\n"),
    ]
    assert [frame.type for frame in outcome.frames] == [TEXT_FRAME | mask for mask, _ in expected]
    assert all(re.fullmatch(pattern, line) for (_, pattern), line in zip(expected, outcome.lines)), outcome.lines
    assert outcome.stdout == outcome.stderr == ""


def test_a_log_level_filters():
    outcome = run("exports.handler = async () => { console.debug('d'); console.log('l'); console.warn('w'); };",
                  env={"AWS_LAMBDA_LOG_LEVEL": "WARN"})
    assert len(outcome.lines) == 1 and outcome.lines[0].endswith("WARN\tw\n")


def test_json_lines_have_the_members_of_the_public_client():
    source = """
        exports.handler = async () => {
          console.log({ order: 5 });
          console.error('failed %s', 'x', new RangeError('r'));
          console.error(new RangeError('alone'));
          const circular = {}; circular.self = circular;
          console.info(circular);
        };
    """
    event = Event({}, headers={"Lambda-Runtime-Aws-Tenant-Id": "blue"})
    outcome = run(source, [event], env={"AWS_LAMBDA_LOG_FORMAT": "JSON"})
    info, failure, alone, circular = (json.loads(line) for line in outcome.lines)
    assert [frame.type for frame in outcome.frames] == [JSON_FRAME | mask for mask in (0x0C, 0x14, 0x14, 0x0C)]
    assert re.fullmatch(STAMP, info.pop("timestamp"))
    assert info == {"level": "INFO", "requestId": ID, "tenantId": "blue", "message": {"order": 5}}
    assert failure["message"].startswith("failed x RangeError: r\n") and failure["errorType"] == "RangeError"
    assert failure["errorMessage"] == "r" and failure["stackTrace"][0] == "RangeError: r"
    assert alone["message"]["errorType"] == "RangeError" and alone["message"]["errorMessage"] == "alone"
    assert circular["message"].startswith("<ref *1> { self: [Circular *1] }")


def test_a_json_error_event_holds_the_error():
    outcome = run("exports.handler = async () => { throw new Error('bad'); };", env={"AWS_LAMBDA_LOG_FORMAT": "JSON"})
    (frame,) = outcome.frames
    event = json.loads(frame.text)
    assert frame.type == JSON_FRAME | 0x14
    assert event["message"]["errorMessage"] == "bad" and event["level"] == "ERROR"


def test_without_the_log_pipe_lines_go_to_standard_output():
    source = "exports.handler = async () => { console.log('a\\nb'); process.stdout.write('raw\\n'); };"
    outcome = run(source, framed=False)
    assert re.fullmatch(rf"{STAMP}\t{ID}\tINFO\ta\rb\nraw\n", outcome.stdout) and outcome.frames == []


def test_a_flood_of_output_arrives_whole():
    source = "exports.handler = async () => { for (let i = 0; i < 3000; ++i) console.log('x'.repeat(500), i); };"
    assert len(run(source).frames) == 3000


# Environment.


def test_the_environment_is_lambdas():
    source = "exports.handler = async () => [process.env.NODE_PATH, process.env._LAMBDA_TELEMETRY_LOG_FD ?? null];"
    outcome = run(source)
    runtime, task = BOOTSTRAP.parent, outcome.task
    major = os.popen("/usr/bin/node -p 'process.versions.node.split(\".\")[0]'").read().strip()
    assert outcome.result() == [
        f"/opt/nodejs/node{major}/node_modules:/opt/nodejs/node_modules:{runtime}/node_modules:{runtime}:{task}",
        None,
    ]


def test_an_exec_wrapper_gets_the_interpreters_command_line(tmp_path):
    wrapper = tmp_path / "wrapper"
    wrapper.write_text('#!/bin/sh\nexport WRAPPED="$*"\nexec "$@"\n')
    wrapper.chmod(0o755)
    outcome = run("exports.handler = async () => process.env.WRAPPED;", env={"AWS_LAMBDA_EXEC_WRAPPER": str(wrapper)})
    assert outcome.result() == (
        f"/usr/bin/node --max-semi-space-size=12 --max-old-space-size=230 {BOOTSTRAP.parent}/main.cjs")


def test_an_absent_exec_wrapper_ends_with_127():
    outcome = run("", env={"AWS_LAMBDA_EXEC_WRAPPER": "/nowhere/wrapper"})
    assert (outcome.exit_code, outcome.stdout) == (127, "/nowhere/wrapper: does not exist\n")


def test_the_customers_deprecation_flags_do_not_keep_it_from_starting():
    for flag in ("--no-deprecation", "--throw-deprecation", "--pending-deprecation"):
        outcome = run("exports.handler = async () => process.noDeprecation ?? null;", env={"NODE_OPTIONS": flag})
        assert outcome.result() == (True if flag == "--no-deprecation" else None)
