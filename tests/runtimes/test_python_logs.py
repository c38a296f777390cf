"""What a Python function prints and logs, as it leaves the runtime."""

import json
import re
import time

from fake_runtime_api import Event
import harness
from harness import ID, JSON_FRAME, STAMP, TEXT_FRAME, run_python as run


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
    assert re.fullmatch(rf"\[INFO\]\t{STAMP}\t\timport\n", outcome.lines[0])
    assert outcome.lines[1] == "one 1\n"
    assert re.fullmatch(rf"\[INFO\]\t{STAMP}\t{ID}\ttwo 2\n", outcome.lines[2])
    assert outcome.lines[3:6] == ["three\n", "four\n", "five\n"]
    assert re.fullmatch(rf"\[WARNING\]\t{STAMP}\t{ID}\tsix\nlines\n", outcome.lines[6])
    assert outcome.lines[7:] == ["unfinished"]
    assert {frame.type for frame in outcome.frames} == {TEXT_FRAME}
    assert outcome.stdout == outcome.stderr == ""


def test_frames_carry_the_time_in_microseconds():
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
    paid_while_it_waited = ["json", "logging", "re", "traceback"] if harness.PARKED else []
    result = run(source, [["logging", "json", "re", "http", "ssl", "socket", "site", "traceback"]]).result()
    assert result == paid_while_it_waited


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
    assert failure["stackTrace"] == [f'  File "{outcome.task}/app.py", line 7, in handler\n    1 / 0\n    ~~^~~\n']
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
    source = """
        import logging, sys
        def handler(event, context):
            print("p")
            logging.error("l")
            print("q", file=sys.stderr)
    """
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
