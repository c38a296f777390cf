"""SIGTERM to a worker and to the controller: what runs is finished, nothing new begins, what waits is kept."""

import concurrent.futures
import os
import signal
import time

import botocore.exceptions
import pytest

import function_packages as packages
from platform_fixture import Functions, process_table, wait_until

# What runs in a sandbox is the function's: that is how its worker is found.
NOTHING_PARKED = {"HEARTH_WORKER_PARKED_ENVIRONMENTS": "0"}
GRACE = {**NOTHING_PARKED, "HEARTH_WORKER_DRAIN_SECONDS": "20", "HEARTH_CONTROLLER_DRAIN_SECONDS": "20"}


def worker_of(platform, environment_pids):
    """The hearth-worker above these processes."""
    workers, table = set(platform.pids("hearth-worker")), process_table()
    for pid in environment_pids:
        while pid in table and pid not in workers:
            pid = table[pid][0]
        if pid in workers:
            return pid
    raise AssertionError(f"no worker above {environment_pids}")


def begin(pool, functions, name, seconds):
    """An invocation that is in its handler, with its worker."""
    running = pool.submit(functions.invoke, name, {"do": "sleep", "seconds": seconds})
    assert wait_until(functions.platform.environment_pids, 10)
    time.sleep(1.5)
    return running, worker_of(functions.platform, functions.platform.environment_pids())


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(4) as made:
        yield made


def test_a_worker_finishes_what_runs_while_others_take_what_is_new(make_platform, pool):
    platform = make_platform(workers=2, environment=GRACE).start()
    functions = Functions(platform)
    name = functions.deploy(packages.python(), Timeout=30)
    running, worker = begin(pool, functions, name, 6)
    os.kill(worker, signal.SIGTERM)
    time.sleep(0.5)
    first = functions.invoke(name, {"do": "count"}).value
    assert not running.done() and worker in platform.pids("hearth-worker")
    answer = running.result(timeout=15)
    assert answer.error is None and answer.value["environment"] != first["environment"]
    assert wait_until(lambda: worker not in platform.pids("hearth-worker"), 3), platform.log_tail()
    assert functions.invoke(name, {"do": "echo", "value": 1}).value == 1
    assert platform.stop() == 0
    assert platform.left_behind() == []


def test_a_worker_waits_no_longer_than_its_grace(make_platform, pool):
    platform = make_platform(environment={**NOTHING_PARKED, "HEARTH_WORKER_DRAIN_SECONDS": "2"}).start()
    functions = Functions(platform)
    running, worker = begin(pool, functions, functions.deploy(packages.python(), Timeout=60), 50)
    start = time.monotonic()
    os.kill(worker, signal.SIGTERM)
    with pytest.raises(botocore.exceptions.ClientError) as told:
        running.result(timeout=20)
    assert 1.5 < time.monotonic() - start < 8
    assert told.value.response["ResponseMetadata"]["HTTPStatusCode"] >= 500


def test_the_controller_answers_what_runs_and_refuses_what_is_new(make_platform, pool):
    platform = make_platform(environment=GRACE).start()
    functions = Functions(platform)
    name = functions.deploy(packages.python(), Timeout=30)
    running, _ = begin(pool, functions, name, 5)
    controller = platform.pid("hearth-controller")
    os.kill(controller, signal.SIGTERM)
    time.sleep(0.5)
    refused = platform.request("GET", "/2015-03-31/functions/")
    assert refused.status == 503 and refused.headers["x-amzn-ErrorType"] == "ServiceException"
    assert running.result(timeout=15).error is None
    assert wait_until(lambda: set(platform.pids("hearth-controller")) - {controller}, 5), platform.log_tail()
    assert wait_until(lambda: served(functions, name), 20, 0.1)


def served(functions, name):
    try:
        return functions.invoke(name, {"do": "echo", "value": 1}).value == 1
    except (botocore.exceptions.ClientError, botocore.exceptions.ConnectionError,
            botocore.exceptions.HTTPClientError):
        return False


def test_events_that_wait_run_after_the_controllers_restart(make_platform, pool):
    platform = make_platform(environment=GRACE).start()
    functions = Functions(platform)
    name = functions.deploy(packages.python_text(
        "import time\ndef handler(event, context):\n    print('ran', event)\n    time.sleep(2)\n"), Timeout=30)
    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    for number in range(4):
        functions.invoke(name, number, InvocationType="Event")
    time.sleep(1)
    controller = platform.pid("hearth-controller")
    os.kill(controller, signal.SIGTERM)
    assert wait_until(lambda: set(platform.pids("hearth-controller")) - {controller}, 10), platform.log_tail()
    logs = platform.client("logs")

    def all_ran():
        try:
            lines = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="ran")["events"]
        except (botocore.exceptions.ClientError, botocore.exceptions.ConnectionError,
                botocore.exceptions.HTTPClientError):
            return False
        return {line["message"].strip() for line in lines} >= {f"ran {number}" for number in range(4)}
    assert wait_until(all_ran, 60, 0.5), platform.log_tail()


def test_what_a_function_wrote_last_is_kept_when_everything_stops(make_platform):
    platform = make_platform().start()
    functions = Functions(platform)
    name = functions.deploy(packages.python_text("def handler(event, context): print('the last words')"))
    functions.invoke(name)
    assert platform.stop() == 0
    platform.start()
    text = str(platform.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"])
    assert "the last words" in text and "REPORT" in text


def test_a_stop_is_quick_when_nothing_runs(make_platform):
    platform = make_platform(workers=2, environment={"HEARTH_WORKER_DRAIN_SECONDS": "20"}).start()
    functions = Functions(platform)
    for package in (packages.python(), packages.native()):
        functions.invoke(functions.deploy(package), {"do": "echo", "value": 1})
    start = time.monotonic()
    assert platform.stop() == 0
    assert time.monotonic() - start < 5
    assert platform.left_behind() == []
