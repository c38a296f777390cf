#!/usr/bin/python3
"""How fast events (asynchronous invocations) are accepted durably, and what a million that wait cost.

    sudo tests/performance/events.py [--build build/release] [--rounds 3] [--seconds 5] [--events 1000000]

A bare loop of fdatasync on the same disk, in the same run, is the baseline. The events wait for a function that runs
one at a time, so that accepting is what is measured. Then the controller is killed with all of them on disk.
"""

import argparse
import json
import os
import pathlib
import signal
import tempfile
import time

from compare import Platform, REPOSITORY
from queues import bare_syncs, client_of, load

SLOW = """
import time
def handler(event, context):
    time.sleep(60)
"""
PAYLOAD = json.dumps({"padding": "x" * 80})


def deploy(platform):
    import io
    import zipfile
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", SLOW)
    platform.client.create_function(FunctionName="slow", Runtime="python3.11", Handler="handler.handler", Timeout=90,
                                    Role="arn:aws:iam::000000000000:role/bench", Code={"ZipFile": packed.getvalue()})
    platform.client.get_waiter("function_active_v2").wait(FunctionName="slow")
    platform.client.put_function_concurrency(FunctionName="slow", ReservedConcurrentExecutions=1)


def accept(platform, *arguments, **how):
    url = f"http://127.0.0.1:{platform.port}{platform.path('slow')}"
    return load(platform, url, *arguments, "--body", PAYLOAD, "-H", "X-Amz-Invocation-Type: Event", **how)


def controller_pid(platform):
    """The child of hearth dev that is the controller."""
    children = pathlib.Path(f"/proc/{platform.process.pid}/task/{platform.process.pid}/children").read_text().split()
    return next(int(pid) for pid in children
                if "hearth-controller" in pathlib.Path(f"/proc/{pid}/cmdline").read_text())


def resident_mb(pid):
    line = next(line for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in line)
    return int(line.split()[1]) / 1024


def seconds_until_it_answers(platform):
    """From the kill of the controller until the API answers again."""
    client = client_of(platform, "lambda")
    start = time.monotonic()
    os.kill(controller_pid(platform), signal.SIGKILL)
    while time.monotonic() - start < 120:
        try:
            client.get_function_configuration(FunctionName="slow")
            return time.monotonic() - start
        except Exception:  # not there yet
            time.sleep(0.01)
    raise SystemExit("the controller did not come back")


def fill(platform, count):
    """Accepts events until so many wait."""
    accepted = 0
    while accepted < count:
        report = accept(platform, 20, "-n", str(min(count - accepted, 200_000)), warmup=0)
        accepted += report["statuses"].get("202", 0)
        print(f"{accepted} events accepted, {report['achieved_rate']:.0f}/s, {report['statuses']}", flush=True)


def measure(options, folder):
    with Platform(options.build, folder / "hearth", {"HEARTH_ASYNC_MAX_WAITING_EVENTS": "5000000"}) as platform:
        deploy(platform)
        for _ in range(options.rounds):
            rate, slow = bare_syncs(folder, 2)
            accepted = json.dumps(accept(platform, options.seconds))
            print(f"bare fdatasync {rate:.0f}/s, p99 {slow:.1f} ms | Event {accepted}", flush=True)
        before = resident_mb(controller_pid(platform))
        fill(platform, options.events)
        print(f"controller: {before:.0f} MB before, {resident_mb(controller_pid(platform)):.0f} MB with the events")
        for _ in range(3):
            print(f"first answer of the API {seconds_until_it_answers(platform):.2f} s after the kill, "
                  f"{resident_mb(controller_pid(platform)):.0f} MB", flush=True)
            time.sleep(3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=REPOSITORY / "build/release")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--folder", help="where the data lies; its disk is what is measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hearth-events-", dir=options.folder) as folder:
        measure(options, pathlib.Path(folder))


if __name__ == "__main__":
    main()
