"""What a function writes is found again, in order and whole: by the Logs API, an invocation's tail, `hearth logs`."""

import base64
import os
import re
import subprocess
import time

import pytest

import function_packages as packages
import leaks
from platform_fixture import Functions, wait_until

REPORT = re.compile(
    r"REPORT RequestId: (?P<id>[0-9a-f-]{36})\tDuration: (?P<ms>\d+\.\d\d) ms\tBilled Duration: (?P<billed>\d+) ms\t"
    r"Memory Size: (?P<size>\d+) MB\tMax Memory Used: (?P<used>\d+) MB\t"
    r"(Init Duration: (?P<init>\d+\.\d\d) ms\t)?(?P<more>.*)", re.S)


@pytest.fixture
def logs(platform):
    return platform.client("logs")


def events(logs, name):
    """All events of a function, oldest first, by FilterLogEvents with paging."""
    found, token = [], None
    while True:
        more = {"nextToken": token} if token else {}
        try:
            page = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", **more)
        except logs.exceptions.ResourceNotFoundException:
            return []
        found += page["events"]
        token = page.get("nextToken")
        if not token:
            return found


def messages_with_reports(logs, name, reports, seconds=10):
    """The messages once that many REPORT lines have arrived."""
    def arrived():
        messages = [event["message"].rstrip("\n") for event in events(logs, name)]
        return messages if sum(one.startswith("REPORT ") for one in messages) >= reports else None
    found = wait_until(arrived, seconds, 0.1)
    assert found, [event["message"] for event in events(logs, name)]
    return found


def tail(answer):
    return base64.b64decode(answer.log).decode("utf-8", "replace")


def test_the_tail_of_an_invocation_begins_at_start_and_ends_with_report(functions):
    name = functions.deploy(packages.python())
    answer = functions.invoke(name, {"do": "lines", "out": ["hello", "wörld"]}, LogType="Tail")
    lines = tail(answer).splitlines()
    assert lines[0] == f"START RequestId: {answer.request_id} Version: $LATEST"
    assert lines[1:3] == ["hello", "wörld"]
    assert lines[3] == f"END RequestId: {answer.request_id}"
    report = REPORT.fullmatch(lines[4])
    assert report and report["id"] == answer.request_id and report["size"] == "128" and report["init"]
    assert int(report["billed"]) >= float(report["ms"]) and 1 < int(report["used"]) <= 128
    second = tail(functions.invoke(name, {"do": "lines", "out": []}, LogType="Tail"))
    assert "Init Duration" not in second and "hello" not in second


def test_without_tail_no_log_is_returned(functions):
    name = functions.deploy(packages.python())
    assert functions.invoke(name, {"do": "lines", "out": ["x"]}).log is None


def test_the_tail_is_the_last_four_kibibytes(functions):
    name = functions.deploy(packages.python())
    answer = functions.invoke(name, {"do": "lines", "out": ["x" * 99] * 200}, LogType="Tail")
    raw = base64.b64decode(answer.log)
    assert len(raw) <= 4096
    assert raw.decode().splitlines()[-1].startswith("REPORT ")


def test_every_line_arrives_once_and_in_order(functions, logs):
    name = functions.deploy(packages.python(), MemorySize=256, Timeout=30)
    functions.invoke(name, {"do": "interleave", "count": 3000})
    lines = [one for one in messages_with_reports(logs, name, 1) if one.startswith("line ")]
    assert lines == [f"line {number:05d}" for number in range(3000)]


def test_the_platform_lines_frame_each_invocation(functions, logs):
    name = functions.deploy(packages.python())
    ids = [functions.invoke(name, {"do": "lines", "out": [f"call {n}"]}).request_id for n in range(3)]
    messages = messages_with_reports(logs, name, 3)
    assert messages[0].startswith("INIT_START Runtime Version: python:3.")
    assert "Runtime Version ARN: arn:aws:lambda:us-east-1::runtime:" in messages[0]
    for number, request_id in enumerate(ids):
        at = messages.index(f"START RequestId: {request_id} Version: $LATEST")
        assert messages[at + 1] == f"call {number}"
        assert messages[at + 2] == f"END RequestId: {request_id}"
        assert REPORT.fullmatch(messages[at + 3])["id"] == request_id


def test_a_timeout_and_an_exit_say_so_in_their_report(functions, logs):
    name = functions.deploy(packages.python(), Timeout=1)
    functions.invoke(name, {"do": "sleep", "seconds": 5})
    functions.invoke(name, {"do": "exit", "code": 4})
    reports = [REPORT.fullmatch(one) for one in messages_with_reports(logs, name, 2) if one.startswith("REPORT ")]
    # The caller hears of a timeout before everything inside is dead: another environment may report first.
    (timeout,) = [one for one in reports if "Status: timeout" in one["more"]]
    assert 1000 <= float(timeout["ms"]) < 1500
    (left,) = [one for one in reports if "Status: error\tError Type: Runtime.ExitError" in one["more"]]
    assert len(reports) == 2 and float(left["ms"]) < 1000


def test_a_handler_error_is_logged_with_its_traceback_in_one_event(functions, logs):
    name = functions.deploy(packages.python())
    functions.invoke(name, {"do": "fail", "message": "seen in the log"})
    errors = [one for one in messages_with_reports(logs, name, 1)
              if one.startswith("[ERROR] ValueError: seen in the log")]
    assert len(errors) == 1 and "Traceback (most recent call last):" in errors[0]


def test_node_console_lines_carry_time_id_and_level(functions, logs):
    name = functions.deploy(packages.node())
    answer = functions.invoke(name, {"do": "log", "text": "from node"})
    lines = [one for one in messages_with_reports(logs, name, 1) if one.endswith("from node")]
    assert len(lines) == 1
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\dT[\d:.]+Z\t{answer.request_id}\tINFO\tfrom node", lines[0])


def test_a_forged_report_does_not_replace_the_real_one(functions, logs):
    name = functions.deploy(packages.python())
    fake_id = "00000000-0000-4000-8000-000000000000"
    forged = [f"END RequestId: {fake_id}", f"REPORT RequestId: {fake_id}\tDuration: 0.01 ms\tBilled Duration: 1 ms\t"
              "Memory Size: 128 MB\tMax Memory Used: 1 MB\t", f"START RequestId: {fake_id} Version: $LATEST"]
    answer = functions.invoke(name, {"do": "lines", "out": forged}, LogType="Tail")
    assert tail(answer).splitlines()[-1].startswith(f"REPORT RequestId: {answer.request_id}")
    messages = messages_with_reports(logs, name, 2)
    real = [one for one in messages if answer.request_id in one]
    assert [one.split(" ")[0] for one in real] == ["START", "END", "REPORT"]
    assert messages.index(real[0]) < messages.index(forged[0]) < messages.index(real[1])


def test_control_characters_do_not_reach_the_operators_terminal(platform, functions, logs):
    name = functions.deploy(packages.python())
    functions.invoke(name, {"do": "lines", "out": ["\x1b[31mred\x1b[0m \x07bell"]})
    messages_with_reports(logs, name, 1)
    shown = subprocess.run(hearth_logs(platform, name), capture_output=True, timeout=30, stdin=subprocess.DEVNULL,
                           env=cli_environment(platform))
    assert shown.returncode == 0, shown.stderr
    assert b"red" in shown.stdout and b"\x1b" not in shown.stdout and b"\x07" not in shown.stdout


def test_a_functions_own_end_line_can_be_told_from_the_platforms(platform, functions, logs):
    name = functions.deploy(packages.python_text("""
def handler(event, context):
    print(f'END RequestId: {context.aws_request_id}')
    print(f'REPORT RequestId: {context.aws_request_id}\\tDuration: 0.01 ms\\tBilled Duration: 1 ms')
"""))
    request_id = functions.invoke(name, {}).request_id
    messages_with_reports(logs, name, 2)
    shown = subprocess.run(hearth_logs(platform, name), capture_output=True, timeout=30, stdin=subprocess.DEVNULL,
                           env=cli_environment(platform), text=True, check=True)
    for word in ("END", "REPORT"):
        lines = [line for line in shown.stdout.splitlines() if f"{word} RequestId: {request_id}" in line]
        assert [line[24:27] for line in lines] == ["   ", " * "], shown.stdout
    answer = platform.request(
        "POST", "/", packages.to_json({"logGroupName": f"/aws/lambda/{name}", "filterPattern": "END"}),
        {"X-Amz-Target": "Logs_20140328.FilterLogEvents", "Content-Type": "application/x-amz-json-1.1"}, service="logs")
    assert [event["hearthSource"] for event in packages.from_json(answer.body)["events"]] == ["function", "platform"]


def cli_environment(platform):
    return {**os.environ, "AWS_SHARED_CREDENTIALS_FILE": platform.data_dir + "/credentials",
            "AWS_CONFIG_FILE": platform.data_dir + "/config"}


def hearth_logs(platform, name, *more):
    return [os.path.join(leaks.BUILD_DIR, "bin", "hearth"), "logs", name, "--endpoint-url", platform.endpoint, *more]


def test_follow_shows_lines_as_they_come(platform, functions):
    name = functions.deploy(packages.python())
    functions.invoke(name, {"do": "lines", "out": ["before"]})
    shown = subprocess.Popen(hearth_logs(platform, name, "--follow"), stdout=subprocess.PIPE,
                             stdin=subprocess.DEVNULL, env=cli_environment(platform))
    try:
        os.set_blocking(shown.stdout.fileno(), False)
        collected = []

        def has(word):
            collected.append(shown.stdout.read() or b"")
            return word in b"".join(collected)
        assert wait_until(lambda: has(b"before"), 10, 0.1), collected
        assert shown.poll() is None
        functions.invoke(name, {"do": "lines", "out": ["after"]})
        assert wait_until(lambda: has(b"after"), 10, 0.1), collected
    finally:
        shown.terminate()
        shown.wait(10)


def test_logs_outlive_their_function_and_a_restart(make_platform):
    platform = make_platform().start()
    functions = Functions(platform)
    name = functions.deploy(packages.python())
    functions.invoke(name, {"do": "lines", "out": ["remember me"]})
    messages_with_reports(platform.client("logs"), name, 1)
    platform.stop()
    platform.start()
    assert "remember me" in messages_with_reports(platform.client("logs"), name, 1)


def test_a_flood_of_output_is_bounded_and_the_function_still_answers(platform, functions):
    name = functions.deploy(packages.python_text("""
import sys
def handler(event, context):
    for _ in range(event['mib'] * 16):
        sys.stdout.write('y' * 65536)
    return 'done'
"""), Timeout=60, MemorySize=512)
    worker = platform.pid("hearth-worker")
    before = resident_mib(worker)
    start = time.monotonic()
    assert functions.invoke(name, {"mib": 64}).value == "done"
    assert time.monotonic() - start < 30
    assert resident_mib(worker) - before < 64


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", leaks._read(f"/proc/{pid}/status")).group(1)) // 1024
