"""What a function's author sees when a function ends well, badly, late or not at all."""

import re
import signal
import time

import pytest

import function_packages as packages

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def assert_failed(answer, error_type, message):
    assert (answer.status, answer.error) == (200, "Unhandled"), answer
    assert list(answer.value) == ["errorType", "errorMessage"] and answer.value["errorType"] == error_type
    assert re.fullmatch(message, answer.value["errorMessage"]), answer.value
    if "RequestId: " in message:
        assert answer.request_id in answer.value["errorMessage"]


def test_globals_are_kept_between_invocations(functions):
    name = functions.deploy(packages.python())
    answers = [functions.invoke(name, {"do": "count"}).value for _ in range(5)]
    assert [one["count"] for one in answers] == [1, 2, 3, 4, 5]
    assert len({one["environment"] for one in answers}) == 1


def test_a_handler_error_has_the_runtimes_own_json(functions):
    name = functions.deploy(packages.python())
    answer = functions.invoke(name, {"do": "fail", "message": "broken 💥"})
    assert (answer.status, answer.error) == (200, "Unhandled")
    assert answer.value["errorType"] == "ValueError"
    assert answer.value["errorMessage"] == "broken 💥"
    assert answer.value["requestId"] == answer.request_id
    assert any("actions.py" in line for line in answer.value["stackTrace"])
    assert functions.invoke(name, {"do": "count"}).value["count"] == 1


def test_a_node_handler_error_has_nodes_json(functions):
    name = functions.deploy(packages.node())
    answer = functions.invoke(name, {"do": "fail", "message": "broken"})
    assert answer.error == "Unhandled"
    assert (answer.value["errorType"], answer.value["errorMessage"]) == ("TypeError", "broken")
    assert answer.value["trace"][0] == "TypeError: broken"


def test_a_timeout_ends_the_invocation_on_time_and_keeps_tmp(functions):
    name = functions.deploy(packages.python(), Timeout=1)
    first = functions.invoke(name, {"do": "count"}).value
    start = time.monotonic()
    answer = functions.invoke(name, {"do": "write_tmp_then_sleep", "write": "still here", "seconds": 9})
    assert 0.9 < time.monotonic() - start < 3
    assert_failed(answer, "Sandbox.Timedout", rf"RequestId: {UUID} Error: Task timed out after 1\.00 seconds")
    assert functions.invoke(name, {"do": "tmp"}).value == "still here"
    second = functions.invoke(name, {"do": "count"}).value
    assert second["count"] == 1 and second["environment"] != first["environment"]


@pytest.mark.parametrize("code, text", [(0, "without providing a reason"), (1, "with error: exit status 1"),
                                        (77, "with error: exit status 77")])
def test_a_runtime_that_exits_is_reported_and_replaced(functions, code, text):
    name = functions.deploy(packages.python())
    answer = functions.invoke(name, {"do": "exit", "code": code})
    assert_failed(answer, "Runtime.ExitError", rf"RequestId: {UUID} Error: Runtime exited {text}")
    assert functions.invoke(name, {"do": "count"}).value["count"] == 1


def test_a_node_process_that_exits_is_reported(functions):
    name = functions.deploy(packages.node())
    answer = functions.invoke(name, {"do": "exit", "code": 3})
    assert_failed(answer, "Runtime.ExitError", rf"RequestId: {UUID} Error: Runtime exited with error: exit status 3")


@pytest.mark.parametrize("number, word", [(signal.SIGKILL, "killed"), (signal.SIGSEGV, "segmentation fault")])
def test_a_runtime_ended_by_a_signal_is_reported(functions, number, word):
    name = functions.deploy(packages.python())
    answer = functions.invoke(name, {"do": "signal", "number": int(number)})
    assert_failed(answer, "Runtime.ExitError", rf"RequestId: {UUID} Error: Runtime exited with error: signal: {word}.*")
    assert functions.invoke(name, {"do": "count"}).value["count"] == 1


def test_a_function_over_its_memory_is_killed_and_replaced(functions):
    name = functions.deploy(packages.python(), MemorySize=128)
    answer = functions.invoke(name, {"do": "allocate", "mib": 400})
    assert_failed(answer, "Runtime.OutOfMemory", rf"RequestId: {UUID} Error: Runtime exited with error: signal: killed")
    assert functions.invoke(name, {"do": "count"}).value["count"] == 1


def test_more_memory_lets_the_same_function_pass(functions):
    name = functions.deploy(packages.python(), MemorySize=1024)
    assert functions.invoke(name, {"do": "allocate", "mib": 400}).value == 400 << 20


def test_an_error_while_importing_is_the_answer(functions):
    name = functions.deploy(packages.python_text("raise LookupError('no such thing')"))
    for _ in range(2):
        answer = functions.invoke(name)
        assert answer.error == "Unhandled"
        assert (answer.value["errorType"], answer.value["errorMessage"]) == ("LookupError", "no such thing")


def test_a_missing_module_or_handler_is_named(functions):
    code = "def handler(event, context): return 1"
    absent = functions.deploy(packages.python_text(code, handler="nowhere.handler"))
    answer = functions.invoke(absent)
    assert answer.value["errorType"] == "Runtime.ImportModuleError"
    assert answer.value["errorMessage"] == "Unable to import module 'nowhere': No module named 'nowhere'"
    unnamed = functions.deploy(packages.python_text(code, handler="main.other"))
    answer = functions.invoke(unnamed)
    assert answer.value["errorType"] == "Runtime.HandlerNotFound"
    assert answer.value["errorMessage"].startswith("Handler 'other' missing on module 'main'")


def test_a_missing_bootstrap_is_named(functions):
    name = functions.deploy(packages.Package("provided.al2023", "x", packages.make_zip({"readme": "nothing"})))
    answer = functions.invoke(name)
    message = r"Couldn't find valid bootstrap\(s\): \[/var/task/bootstrap /opt/bootstrap\]"
    assert_failed(answer, "Runtime.InvalidEntrypoint", rf"RequestId: {UUID} Error: {message}")


def test_an_init_that_exits_is_reported(functions):
    name = functions.deploy(packages.python_text("import os; os._exit(9)"))
    answer = functions.invoke(name)
    assert_failed(answer, "Runtime.ExitError", rf"RequestId: {UUID} Error: Runtime exited with error: exit status 9")


SLOW_ONCE = """
import os, time
if not os.path.exists('/tmp/marker'):
    open('/tmp/marker', 'w').close()
    time.sleep(60)
def handler(event, context):
    return 'served'
"""


def test_an_init_over_ten_seconds_runs_once_more_inside_the_first_invocation(functions):
    name = functions.deploy(packages.python_text(SLOW_ONCE), Timeout=20)
    start = time.monotonic()
    answer = functions.invoke(name)
    assert answer.error is None and answer.value == "served"
    assert 9.5 < time.monotonic() - start < 16


def test_an_init_that_never_ends_times_out_with_the_function(functions):
    name = functions.deploy(packages.python_text("import time; time.sleep(60)"), Timeout=2)
    answer = functions.invoke(name)
    assert_failed(answer, "Sandbox.Timedout", rf"RequestId: {UUID} Error: Task timed out after 2\.00 seconds")


def test_background_threads_stand_still_between_invocations(functions):
    name = functions.deploy(packages.python(), MemorySize=512)
    before = functions.invoke(name, {"do": "start_ticking"}).value
    time.sleep(4)  # 200 ticks, were it not frozen
    after = functions.invoke(name, {"do": "ticks"}).value
    assert after["environment"] == before["environment"]
    assert after["ticks"] - before["ticks"] < 60
    functions.invoke(name, {"do": "sleep", "seconds": 1})
    assert functions.invoke(name, {"do": "ticks"}).value["ticks"] - after["ticks"] >= 20


def test_a_forgotten_grandchild_does_not_hold_up_the_answer(functions):
    name = functions.deploy(packages.python())
    start = time.monotonic()
    first = functions.invoke(name, {"do": "spawn"})
    assert first.error is None and time.monotonic() - start < 5
    assert functions.invoke(name, {"do": "count"}).value["environment"] == first.value


def test_the_context_tells_what_was_called(functions):
    name = functions.deploy(packages.python(), MemorySize=160, Timeout=7)
    answer = functions.invoke(name, {"do": "context"})
    context = answer.value
    arn = functions.client.get_function_configuration(FunctionName=name)["FunctionArn"]
    assert context["function_name"] == name
    assert context["function_version"] == "$LATEST"
    assert context["invoked_function_arn"] == arn
    assert context["memory_limit_in_mb"] == "160"
    assert context["aws_request_id"] == answer.request_id
    assert context["log_group_name"] == f"/aws/lambda/{name}"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", context["log_stream_name"])
    assert 5000 < context["remaining_ms"] <= 7000
    qualified = functions.invoke(name, {"do": "context"}, Qualifier="$LATEST").value
    assert qualified["invoked_function_arn"] == arn + ":$LATEST"
