"""kill -9 of every program: the platform comes back and serves, what it acknowledged is kept, nothing is left over."""

import concurrent.futures
import contextlib
import os
import signal
import time

import botocore.exceptions
import pytest

import function_packages as packages
from platform_fixture import Functions, wait_until

PATIENCE_SECONDS = 20


@pytest.fixture
def platform(make_platform):
    return make_platform().start()


@pytest.fixture
def functions(platform):
    return Functions(platform)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:  # the end of another one took it along
        pass


def invoke_until_served(functions, name, event, seconds=PATIENCE_SECONDS):
    """The first good answer; failures on the way must be typed errors or connection errors, never wrong answers."""
    failures = []

    def served():
        try:
            answer = functions.invoke(name, event)
        except (botocore.exceptions.ClientError, botocore.exceptions.ConnectionError,
                botocore.exceptions.HTTPClientError) as failure:
            failures.append(str(failure))
            return None
        assert answer.error is None, answer
        return answer
    answer = wait_until(served, seconds, 0.1)
    assert answer, (failures, functions.platform.log_tail())
    return answer


@pytest.mark.parametrize("program", ["hearth-worker", "hearth-launcher", "hearth-controller"])
def test_a_killed_program_comes_back_and_the_function_serves(platform, functions, program):
    name = functions.deploy(packages.python())
    assert functions.invoke(name, {"do": "echo", "value": 1}).value == 1
    old = platform.pid(program)
    kill(old)
    assert wait_until(lambda: set(platform.pids(program)) - {old}, PATIENCE_SECONDS), platform.log_tail()
    assert invoke_until_served(functions, name, {"do": "echo", "value": 2}).value == 2
    assert platform.process.poll() is None
    assert platform.stop() == 0
    assert platform.left_behind() == []


@pytest.mark.parametrize("program", ["hearth-worker", "hearth-launcher"])
def test_two_seconds_later_nothing_of_a_dead_workers_environments_remains(platform, functions, program):
    name = functions.deploy(packages.python(), Timeout=30)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        running = [pool.submit(functions.invoke, name, {"do": "sleep", "seconds": 20}) for _ in range(4)]
        assert wait_until(lambda: len(platform.environment_pids()) >= 4, 20)
        time.sleep(3)  # until all four are in their handlers
        old_processes, old_groups = platform.environment_pids(), platform.environment_cgroups()
        kill(platform.pid(program))
        for one in running:
            with pytest.raises(botocore.exceptions.ClientError):
                one.result(timeout=25)
    assert wait_until(lambda: platform.pids(program), PATIENCE_SECONDS)
    assert wait_until(lambda: not (platform.environment_pids() & old_processes), 2), platform.log_tail()
    invoke_until_served(functions, name, {"do": "echo", "value": 1})
    still = old_groups & platform.environment_cgroups()
    assert platform.environment_pids() & old_processes == set() and still == set()


def test_a_caller_whose_worker_dies_is_told_within_seconds(platform, functions):
    name = functions.deploy(packages.python(), Timeout=60)
    functions.invoke(name, {"do": "count"})
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(functions.invoke, name, {"do": "sleep", "seconds": 50})
        assert wait_until(platform.environment_pids, 10)
        time.sleep(0.5)
        start = time.monotonic()
        kill(platform.pid("hearth-worker"))
        with pytest.raises(botocore.exceptions.ClientError) as told:
            running.result(timeout=20)
        assert time.monotonic() - start < 5
        assert 500 <= told.value.response["ResponseMetadata"]["HTTPStatusCode"] < 600


def test_what_was_acknowledged_before_a_kill_of_the_controller_is_kept(platform, functions):
    kept = {}
    for number in range(10):
        answer = functions.create(packages.python(), Description=f"number {number}", MemorySize=128 + number)
        kept[answer["FunctionName"]] = (answer["Description"], answer["MemorySize"], answer["CodeSha256"])
    kill(platform.pid("hearth-controller"))
    for name, expected in kept.items():
        found = wait_until(lambda name=name: describe(functions, name), PATIENCE_SECONDS, 0.1)
        assert found, platform.log_tail()
        assert (found["Description"], found["MemorySize"], found["CodeSha256"]) == expected
        functions.wait_ready(name)
        assert invoke_until_served(functions, name, {"do": "echo", "value": 5}).value == 5


def describe(functions, name):
    try:
        return functions.client.get_function_configuration(FunctionName=name)
    except botocore.exceptions.ClientError as refused:
        assert refused.response["Error"]["Code"] != "ResourceNotFoundException", "an acknowledged function is gone"
        return None
    except (botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError):
        return None


def test_an_environment_in_its_init_survives_a_kill_of_the_controller(platform, functions):
    name = functions.deploy(packages.python_text(
        "import time\ntime.sleep(4)\ndef handler(event, context): return 1"))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        cut_off = pool.submit(functions.invoke, name)
        assert wait_until(platform.environment_cgroups, 10)
        made = platform.environment_cgroups()
        kill(platform.pid("hearth-controller"))
        with pytest.raises((botocore.exceptions.ClientError, botocore.exceptions.ConnectionError,
                            botocore.exceptions.HTTPClientError)):
            cut_off.result(timeout=20)
    assert invoke_until_served(functions, name, {})
    time.sleep(5)  # the one whose INIT was under way is ready by now: nobody has stopped it as a stranger
    assert made <= platform.environment_cgroups(), platform.log_tail()


def test_a_delete_that_was_acknowledged_stays_deleted(platform, functions):
    name = functions.deploy(packages.python())
    functions.client.delete_function(FunctionName=name)
    kill(platform.pid("hearth-controller"))

    def gone():
        try:
            functions.client.get_function(FunctionName=name)
        except functions.client.exceptions.ResourceNotFoundException:
            return True
        except (botocore.exceptions.ClientError, botocore.exceptions.ConnectionError,
                botocore.exceptions.HTTPClientError):
            return False
        raise AssertionError("a deleted function is back")
    assert wait_until(gone, PATIENCE_SECONDS, 0.1)


def test_an_update_killed_in_the_middle_is_whole_or_absent(platform, functions):
    name = functions.deploy(packages.python(), Description="0")
    acknowledged = 0
    for number in range(1, 60):
        if number == 30:
            kill(platform.pid("hearth-controller"))
        try:
            functions.client.update_function_configuration(FunctionName=name, Description=str(number))
            acknowledged = number
            functions.wait_ready(name)
        except (botocore.exceptions.ClientError, botocore.exceptions.ConnectionError,
                botocore.exceptions.HTTPClientError):
            time.sleep(0.1)
    found = wait_until(lambda: describe(functions, name), PATIENCE_SECONDS, 0.1)
    assert int(found["Description"]) >= acknowledged > 29
    assert invoke_until_served(functions, name, {"do": "echo", "value": 1}).value == 1


def test_a_killed_hearth_dev_takes_everything_with_it(platform, functions):
    for package in (packages.python(), packages.native()):
        functions.invoke(functions.deploy(package), {"do": "echo", "value": 1})
    kill(platform.process.pid)
    platform.process.wait(10)
    left = platform.left_behind(5)
    assert [line for line in left if line.startswith("process")] == []
    platform.start()
    names = [one["FunctionName"] for one in functions.client.list_functions()["Functions"]]
    assert len(names) == 2
    for name in names:
        assert invoke_until_served(functions, name, {"do": "echo", "value": 1})
    assert platform.stop() == 0
    assert platform.left_behind() == []


def test_everything_killed_at_once_comes_back_whole(platform, functions):
    name = functions.deploy(packages.python())
    functions.invoke(name, {"do": "count"})
    for _ in range(3):
        for pid in sorted(platform.pids("hearth"), reverse=True):
            kill(pid)
        platform.process.wait(10)
        platform.start()
        assert invoke_until_served(functions, name, {"do": "count"}).value["count"] == 1
    assert platform.stop() == 0
    assert platform.left_behind() == []


def test_a_killed_sandbox_init_ends_that_invocation_only(platform, functions):
    name = functions.deploy(packages.python(), Timeout=30)
    neighbour = functions.deploy(packages.python())
    kept = functions.invoke(neighbour, {"do": "count"}).value["environment"]
    before = platform.environment_pids()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(functions.invoke, name, {"do": "sleep", "seconds": 20})
        assert wait_until(lambda: platform.environment_pids() - before, 10)
        time.sleep(0.3)
        for pid in sorted(platform.environment_pids() - before):  # its init first
            with contextlib.suppress(ProcessLookupError):  # it ended with the one before
                kill(pid)
        with pytest.raises(botocore.exceptions.ClientError) as told:
            running.result(timeout=20)
    assert told.value.response["Error"]["Code"] == "ServiceException"  # not the function's doing
    assert functions.invoke(neighbour, {"do": "count"}).value["environment"] == kept
    assert functions.invoke(name, {"do": "count"}).value["count"] == 1


def test_a_stopped_worker_is_no_reason_to_answer_wrongly(platform, functions):
    name = functions.deploy(packages.python(), Timeout=5)
    functions.invoke(name, {"do": "count"})
    worker = platform.pid("hearth-worker")
    os.kill(worker, signal.SIGSTOP)
    try:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            running = pool.submit(functions.invoke, name, {"do": "echo", "value": "late"})
            time.sleep(2)
            os.kill(worker, signal.SIGCONT)
            try:
                assert running.result(timeout=30).value == "late"
            except botocore.exceptions.ClientError as told:
                assert told.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
    finally:
        try:
            os.kill(worker, signal.SIGCONT)
        except ProcessLookupError:
            pass
    assert invoke_until_served(functions, name, {"do": "echo", "value": 3}).value == 3
