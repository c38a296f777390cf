"""One function with many actions; the event's "do" says which."""

import os
import random
import signal
import sys
import threading
import time

ENVIRONMENT_ID = "%016x" % random.SystemRandom().getrandbits(64)
STARTED = time.time()
STATE = {"count": 0, "ticks": 0}


def echo(event, context):
    return event.get("value")


def count(event, context):
    STATE["count"] += 1
    return {"environment": ENVIRONMENT_ID, "count": STATE["count"]}


def sleep(event, context):
    start = time.time()
    time.sleep(event["seconds"])
    return {"environment": ENVIRONMENT_ID, "from": start, "to": time.time()}


def leave(event, context):
    sys.stdout.flush()
    os._exit(event["code"])


def signal_self(event, context):
    os.kill(os.getpid(), event["number"])
    time.sleep(5)


def allocate(event, context):
    return len(bytearray(b"x") * (event["mib"] << 20))


def large(event, context):
    return "x" * event["length"]


def tmp(event, context):
    path = "/tmp/note"
    if "write" in event:
        with open(path, "w", encoding="utf-8") as file:
            file.write(event["write"])
    return open(path, encoding="utf-8").read() if os.path.exists(path) else None


def write_tmp_then_sleep(event, context):
    tmp(event, context)
    time.sleep(event["seconds"])


def environ(event, context):
    return dict(os.environ)


def context_object(event, context):
    return {
        "function_name": context.function_name, "function_version": context.function_version,
        "invoked_function_arn": context.invoked_function_arn, "memory_limit_in_mb": context.memory_limit_in_mb,
        "aws_request_id": context.aws_request_id, "log_group_name": context.log_group_name,
        "log_stream_name": context.log_stream_name, "remaining_ms": context.get_remaining_time_in_millis(),
        "client_context": getattr(context.client_context, "custom", None),
    }


def lines(event, context):
    for line in event["out"]:
        print(line)
    return len(event["out"])


def interleave(event, context):
    for number in range(event["count"]):
        (sys.stdout if number % 2 else sys.stderr).write(f"line {number:05d}\n")
        (sys.stdout if number % 2 else sys.stderr).flush()


def start_ticking(event, context):
    def tick():
        while True:
            time.sleep(0.02)
            STATE["ticks"] += 1
    threading.Thread(target=tick, daemon=True).start()
    return ticks(event, context)


def ticks(event, context):
    return {"environment": ENVIRONMENT_ID, "ticks": STATE["ticks"]}


def fail(event, context):
    raise ValueError(event.get("message", "on purpose"))


def spawn_and_return(event, context):
    """Leaves a grandchild behind that would live for ten minutes."""
    if os.fork() == 0:
        os.setsid()
        os.closerange(0, 60)
        time.sleep(600)
        os._exit(0)
    return ENVIRONMENT_ID


def ignore_sigterm(event, context):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return ENVIRONMENT_ID


ACTIONS = {
    "echo": echo, "count": count, "sleep": sleep, "exit": leave, "signal": signal_self, "allocate": allocate,
    "large": large, "tmp": tmp, "write_tmp_then_sleep": write_tmp_then_sleep, "environ": environ,
    "context": context_object, "lines": lines, "interleave": interleave, "start_ticking": start_ticking, "ticks": ticks,
    "fail": fail, "spawn": spawn_and_return, "ignore_sigterm": ignore_sigterm,
}


def handler(event, context):
    return ACTIONS[event["do"]](event, context)
