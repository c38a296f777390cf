"""A worker that falls silent, and one that is cut off: callers are told, events run elsewhere, nothing counts twice."""

import concurrent.futures
import os
import signal
import time

import botocore.exceptions
import pytest

import function_packages as packages
from platform_fixture import Functions, process_table, wait_until

DETECTED_SECONDS, TOLD_SECONDS = 3, 1  # until silence is noticed, and from then until a caller knows
BUSY_MACHINE_SECONDS = 2  # what a machine that also builds may add
# Three seconds until it knows that it is alone, two until it stops what runs.
FENCED_SECONDS = 5
# What runs in a sandbox is the function's: that is how its worker is found.
NOTHING_PARKED = {"HEARTH_WORKER_PARKED_ENVIRONMENTS": "0"}
SLEEPS = "import time\ndef handler(event, context):\n    print('ran', event['id'])\n    time.sleep(event['seconds'])\n"


@pytest.fixture
def platform(make_platform):
    return make_platform(workers=2, environment=NOTHING_PARKED).start()


@pytest.fixture
def functions(platform):
    return Functions(platform)


@pytest.fixture
def stopped():
    """Stops processes; whatever happens, they go on at the end."""
    pids = []

    def stop(pid):
        pids.append(pid)
        os.kill(pid, signal.SIGSTOP)
    yield stop
    for pid in pids:
        resume(pid)


def resume(pid):
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass


def worker_of_the_environment(platform):
    workers, table = set(platform.pids("hearth-worker")), process_table()
    for pid in platform.environment_pids():
        while pid in table and pid not in workers:
            pid = table[pid][0]
        if pid in workers:
            return pid
    return None


def times_it_ran(platform, name, event_id):
    try:
        events = platform.client("logs").filter_log_events(
            logGroupName=f"/aws/lambda/{name}", filterPattern=f'"ran {event_id}"')["events"]
    except botocore.exceptions.ClientError:
        return 0
    return len(events)


def test_a_caller_of_a_silent_worker_is_told_and_the_next_is_served(platform, functions, stopped):
    name = functions.deploy(packages.python(), Timeout=60)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(functions.invoke, name, {"do": "sleep", "seconds": 40})
        worker = wait_until(lambda: worker_of_the_environment(platform), 10)
        time.sleep(1)
        start = time.monotonic()
        stopped(worker)
        with pytest.raises(botocore.exceptions.ClientError) as told:
            running.result(timeout=30)
        assert time.monotonic() - start < DETECTED_SECONDS + TOLD_SECONDS + BUSY_MACHINE_SECONDS
    assert told.value.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
    assert functions.invoke(name, {"do": "echo", "value": 1}).value == 1  # on the other worker
    resume(worker)
    time.sleep(2)
    values = [functions.invoke(name, {"do": "echo", "value": number}).value for number in range(20)]
    assert values == list(range(20))  # the late answer of the first invocation reaches nobody


def test_an_event_of_a_silent_worker_runs_on_another(platform, functions, stopped):
    name = functions.deploy(packages.python_text(SLEEPS), Timeout=60)
    functions.invoke(name, {"id": "one", "seconds": 5}, InvocationType="Event")
    worker = wait_until(lambda: worker_of_the_environment(platform), 10)
    assert worker, platform.log_tail()
    time.sleep(1)
    stopped(worker)
    assert wait_until(lambda: times_it_ran(platform, name, "one"), 30, 0.5), platform.log_tail()
    resume(worker)
    time.sleep(8)
    # At least once, and here twice: the first attempt went on when its worker woke up, but its end was refused.
    assert times_it_ran(platform, name, "one") in (1, 2)


def test_a_worker_that_is_cut_off_stops_what_runs_and_comes_back(platform, functions, stopped):
    name = functions.deploy(packages.python(), Timeout=60)
    controller = platform.pid("hearth-controller")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(functions.invoke, name, {"do": "sleep", "seconds": 50})
        assert wait_until(lambda: worker_of_the_environment(platform), 10)
        time.sleep(1)
        ran = platform.environment_pids()
        stopped(controller)
        fenced = wait_until(lambda: not platform.environment_pids() & ran, FENCED_SECONDS + BUSY_MACHINE_SECONDS)
        resume(controller)
        assert fenced, platform.log_tail()
        with pytest.raises(botocore.exceptions.ClientError):
            running.result(timeout=20)
    assert wait_until(lambda: served(functions, name), 20, 0.2), platform.log_tail()


def served(functions, name):
    try:
        return functions.invoke(name, {"do": "echo", "value": 1}).value == 1
    except botocore.exceptions.ClientError:
        return False
