"""The example functions of tests/fixtures do what their tests elsewhere rely on."""

import os
import pathlib
import subprocess
import zipfile

import pytest
from fake_runtime_api import Event
from harness import RUNTIMES, ROOT, run_command

FUNCTIONS = ROOT / "tests" / "fixtures" / "functions"


def call(function, handler, *events, env=None):
    bootstrap = RUNTIMES / function.partition("_")[0] / "bootstrap"
    env = {"PYTHONDONTWRITEBYTECODE": "1", **(env or {})}  # the sources stay as they are
    return run_command([bootstrap], {}, handler, events or ({},), task=FUNCTIONS / function, env=env)


@pytest.fixture(scope="module")
def native_hello(tmp_path_factory):
    built = pathlib.Path(os.environ.get("HEARTH_BUILD_DIR", ROOT / "build" / "dev"), "bin", "native_hello")
    if built.exists():
        return built
    made = tmp_path_factory.mktemp("native") / "native_hello"
    source = ROOT / "tests" / "fixtures" / "native_hello.cc"
    subprocess.run(["g++", "-std=c++20", "-O2", "-static", source, "-o", made], check=True)
    return made


@pytest.mark.parametrize("function, handler", [("python_hello", "handler.handler"), ("node_hello", "index.handler")])
def test_the_hello_functions_greet(function, handler):
    outcome = call(function, handler, {"name": "Hearth"}, {})
    assert [outcome.result(0)["message"], outcome.result(1)["message"]] == ["Hello, Hearth!", "Hello, world!"]
    assert "greeting Hearth" in outcome.lines[0]


@pytest.mark.parametrize("chunked", [False, True])
def test_native_hello_echoes_small_and_large_events(native_hello, chunked):
    payloads = [{"name": "Hearth"}, "x" * (6 * 1024 * 1024 - 2), 3]
    outcome = run_command([native_hello], {}, "", [Event(payload, chunked=chunked) for payload in payloads])
    assert [outcome.result(index) for index in range(3)] == payloads


def test_native_hello_sends_a_result_and_the_next_request_together(native_hello):
    outcome = run_command([native_hello], {}, "", [1, 2])
    assert [request.segment for request in outcome.requests] == [1, 2, 2, 3, 3]


def test_native_hello_is_static(native_hello):
    program_headers = subprocess.run(["readelf", "-l", native_hello], check=True, capture_output=True, text=True).stdout
    assert "INTERP" not in program_headers


@pytest.mark.parametrize(
    "event, code",
    [({"do": "exit", "code": 3}, 3), ({"do": "exit", "code": 0}, 0), ({"do": "signal"}, -9),
     ({"do": "signal", "signal": "SIGSEGV"}, -11)],
)
@pytest.mark.parametrize("function", ["python_crash", "node_crash"])
def test_the_crash_functions_end_as_asked(function, event, code):
    outcome = call(function, "app.handler", event)
    assert (outcome.exit_code, outcome.posts) == (code, [])


@pytest.mark.parametrize(
    "function, action", [("python_crash", "raise"), ("node_crash", "throw"), ("node_crash", "reject")])
def test_the_crash_functions_raise_as_asked(function, action):
    assert call(function, "app.handler", {"do": action, "message": "m"}).error()["errorMessage"] == "m"


@pytest.mark.parametrize("action, code", [("uncaught", 129), ("unhandled", 128)])
def test_the_node_crash_function_dies_as_asked(action, code):
    assert call("node_crash", "app.handler", {"do": action}).exit_code == code


@pytest.mark.parametrize("function", ["python_crash", "node_crash"])
def test_the_crash_functions_write_and_answer_as_much_as_asked(function):
    outcome = call(function, "app.handler", {"do": "large", "bytes": 1000}, {"do": "flood", "lines": 50, "width": 10})
    assert len(outcome.posts[0].body) == 1000 and len(outcome.frames) == 50


@pytest.mark.parametrize(
    "function, error_type",
    [("python_import_error", "Runtime.ImportModuleError"), ("python_syntax_error", "Runtime.UserCodeSyntaxError"),
     ("python_failing_init", "RuntimeError"), ("node_import_error", "Runtime.ImportModuleError"),
     ("node_syntax_error", "Runtime.UserCodeSyntaxError")],
)
def test_the_broken_functions_fail_their_initialisation(function, error_type):
    outcome = call(function, "app.handler")
    assert outcome.posts[0].path.endswith("/init/error") and outcome.error()["errorType"] == error_type


@pytest.mark.parametrize("fail, code", [("exit", 7), ("kill", -9)])
def test_the_failing_init_ends_as_asked(fail, code):
    outcome = call("python_failing_init", "app.handler", env={"FAIL": fail, "CODE": "7"})
    assert (outcome.exit_code, outcome.posts) == (code, [])


@pytest.mark.parametrize("function", ["python_counter", "node_counter"])
def test_the_counters_count_in_one_environment(function):
    outcome = call(function, "app.handler", {}, {})
    first, second = outcome.result(0), outcome.result(1)
    assert (first["count"], second["count"]) == (1, 2) and first["environment"] == second["environment"]


def test_the_ticker_ticks():
    answer = call("python_ticker", "app.handler", {"sleep_s": 0.2}).result()
    assert 5 <= answer["ticks"] <= 25 and answer["wall_s"] is None


def test_the_slow_init_is_slow():
    assert call("python_slow_init", "app.handler", env={"INIT_SECONDS": "0.1"}).result()["since_ready_s"] < 5


@pytest.mark.parametrize("function, count", [("python_logging", 9), ("node_logging", 7)])
def test_the_logging_functions_write_their_lines(function, count):
    assert len(call(function, "app.handler").lines) == count


def test_the_environment_functions_answer():
    assert call("python_environment", "app.handler").result()["environment"]["AWS_LAMBDA_FUNCTION_NAME"] == "tested"
    assert call("python_environment", "app.context_members").result()["function_name"] == "tested"
    assert call("node_environment", "app.handler").result()["environment"]["AWS_LAMBDA_FUNCTION_NAME"] == "tested"
    assert call("node_environment", "app.contextMembers").result()["functionName"] == "tested"


def test_the_streaming_function_streams():
    assert call("node_streaming", "app.handler", {"parts": 2, "delayMs": 1}).posts[0].body == b"part 0\npart 1\n"
    failed = call("node_streaming", "app.handler", {"failAfter": 1, "delayMs": 1}).posts[0]
    assert failed.body == b"part 0\n" and failed.trailers["lambda-runtime-function-error-type"] == "Error"


def test_packing_twice_gives_equal_archives(tmp_path):
    script = ROOT / "tests" / "fixtures" / "make_zips.py"
    for name in ("a", "b"):
        subprocess.run(["/usr/bin/python3", script, "--native", "/bin/true", tmp_path / name], check=True,
                       capture_output=True)
    archives = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in archives)
    assert {path.name for path in FUNCTIONS.iterdir()} | {"native_hello"} == {name[:-4] for name in archives}
    with zipfile.ZipFile(tmp_path / "a" / "native_hello.zip") as archive:
        assert archive.getinfo("bootstrap").external_attr >> 16 == 0o100755
