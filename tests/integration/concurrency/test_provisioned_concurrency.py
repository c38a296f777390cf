"""Environments that are ready before anybody asks: initialised ahead, kept, replaced and given up."""

import base64
import concurrent.futures
import os
import signal

import pytest

import function_packages as packages
from platform_fixture import Functions, Platform, wait_until

HANDLER = """
import os, random, time
IDENTITY = "%016x" % random.SystemRandom().getrandbits(64)
BORN = time.time()
def handler(event, context):
    asked = time.time()
    time.sleep(event.get("sleep", 0))
    return {"id": IDENTITY, "type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], "age": asked - BORN}
"""
PROVISIONED, ON_DEMAND = "provisioned-concurrency", "on-demand"
# On-demand environments go at once, and none is made for nobody.
WORKER = {"HEARTH_WORKER_PARKED_ENVIRONMENTS": "0", "HEARTH_WORKER_KEEP_ALIVE_SECONDS": "2"}


@pytest.fixture(scope="module")
def own_platform():
    made = Platform(environment=WORKER).start()
    yield made
    made.remove()


@pytest.fixture
def own(own_platform):
    made = Functions(own_platform)
    yield made
    made.remove_all()
    assert wait_until(lambda: not own_platform.environment_cgroups(), 20), own_platform.log_tail()


def publish(functions, text=HANDLER, **settings):
    name = functions.deploy(packages.python_text(text), Timeout=20, **settings)
    assert functions.client.publish_version(FunctionName=name)["Version"] == "1"
    return name


def state_of(functions, name, qualifier="1"):
    return functions.client.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier)


def provision(functions, name, count, qualifier="1", status="READY"):
    functions.client.put_provisioned_concurrency_config(
        FunctionName=name, Qualifier=qualifier, ProvisionedConcurrentExecutions=count)
    assert wait_until(lambda: state_of(functions, name, qualifier)["Status"] == status, 30, 0.1), \
        state_of(functions, name, qualifier)


def ask(functions, name, qualifier="1", **event):
    answer = functions.invoke(name, event, Qualifier=qualifier)
    assert answer.error is None, answer
    return answer.value


def ask_together(functions, name, count, seconds):
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        asked = [pool.submit(ask, functions, name, sleep=seconds) for _ in range(count)]
        return [one.result() for one in asked]


def test_the_first_invocation_finds_an_environment_that_is_initialised(own):
    name = publish(own)
    provision(own, name, 1)
    answer = own.invoke(name, {}, Qualifier="1", LogType="Tail")
    assert answer.value["type"] == PROVISIONED and answer.value["age"] > 0
    report = base64.b64decode(answer.log).decode()
    assert "REPORT RequestId" in report and "Init Duration" not in report
    assert ask(own, name)["id"] == answer.value["id"]


def test_what_is_not_provisioned_starts_on_demand(own):
    name = publish(own)
    provision(own, name, 1)
    assert ask(own, name, "$LATEST")["type"] == ON_DEMAND


def test_invocations_beyond_spill_over(own):
    name = publish(own)
    provision(own, name, 2)
    answers = ask_together(own, name, 3, 2)
    assert sorted(answer["type"] for answer in answers) == [ON_DEMAND, PROVISIONED, PROVISIONED]
    assert len({answer["id"] for answer in answers}) == 3


def test_they_outlive_the_keep_alive_time_and_others_do_not(own, own_platform):
    name = publish(own)
    provision(own, name, 1)
    first = ask(own, name)["id"]
    groups = len(own_platform.environment_cgroups())
    ask(own, name, "$LATEST")
    assert len(own_platform.environment_cgroups()) > groups
    assert wait_until(lambda: len(own_platform.environment_cgroups()) == groups, 20), own_platform.log_tail()
    wait_until(lambda: False, 3)
    assert ask(own, name)["id"] == first


def test_one_that_is_killed_is_replaced(own, own_platform):
    name = publish(own)
    provision(own, name, 1)
    first = ask(own, name)["id"]
    for pid in own_platform.environment_pids():
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: state_of(own, name)["Status"] != "READY", 10), own_platform.log_tail()
    assert wait_until(lambda: state_of(own, name)["Status"] == "READY", 20), own_platform.log_tail()
    answer = own.invoke(name, {}, Qualifier="1", LogType="Tail")
    assert answer.value["id"] != first and answer.value["type"] == PROVISIONED
    assert "Init Duration" not in base64.b64decode(answer.log).decode()


def test_deletion_gives_them_up(own, own_platform):
    name = publish(own)
    provision(own, name, 2)
    own.client.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
    assert wait_until(lambda: not own_platform.environment_cgroups(), 20), own_platform.log_tail()
    assert ask(own, name)["type"] == ON_DEMAND


def test_fewer_are_kept_when_fewer_are_asked_for(own, own_platform):
    name = publish(own)
    provision(own, name, 3)
    groups = len(own_platform.environment_cgroups())
    provision(own, name, 1)
    assert wait_until(lambda: len(own_platform.environment_cgroups()) == groups // 3, 20), own_platform.log_tail()
    assert ask(own, name)["type"] == PROVISIONED


def test_they_move_with_their_alias(own):
    name = publish(own)
    own.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    provision(own, name, 1, "live")
    before = ask(own, name, "live")
    own.client.update_function_code(FunctionName=name, ZipFile=packages.python_text(HANDLER + "\n# two").zip_bytes)
    own.wait_ready(name)
    assert own.client.publish_version(FunctionName=name)["Version"] == "2"
    own.client.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    moving = state_of(own, name, "live")
    assert (moving["Status"], moving["AvailableProvisionedConcurrentExecutions"]) in (("IN_PROGRESS", 1), ("READY", 1))
    assert wait_until(lambda: state_of(own, name, "live")["Status"] == "READY", 20)
    after = ask(own, name, "live")
    assert after["type"] == PROVISIONED and after["id"] != before["id"]
    wait_until(lambda: False, 1)
    assert ask(own, name, "1")["type"] == ON_DEMAND


def test_a_function_that_cannot_initialise_says_so(own):
    name = publish(own, "raise RuntimeError('no')\n" + HANDLER)
    provision(own, name, 1, status="FAILED")
    state = state_of(own, name)
    assert state["StatusReason"] == "FUNCTION_ERROR_INIT_FAILURE"
    assert state["AvailableProvisionedConcurrentExecutions"] == 0


def test_a_reservation_that_is_all_provisioned_leaves_nothing_to_latest(own):
    name = publish(own)
    own.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    provision(own, name, 1)
    assert ask(own, name)["type"] == PROVISIONED
    with pytest.raises(own.client.exceptions.TooManyRequestsException):
        own.invoke(name, {}, Qualifier="$LATEST")


def test_they_survive_a_controller_and_come_back_after_a_worker(make_platform):
    platform = make_platform(environment=WORKER).start()
    functions = Functions(platform)
    name = publish(functions)
    provision(functions, name, 1)
    first = ask(functions, name)["id"]
    os.kill(platform.pid("hearth-controll"), signal.SIGKILL)
    assert wait_until(lambda: asked_safely(functions, name) is not None, 30, 0.2), platform.log_tail()
    wait_until(lambda: False, 1)
    assert ask(functions, name)["id"] == first
    os.kill(platform.pid("hearth-worker"), signal.SIGKILL)
    assert wait_until(lambda: (asked_safely(functions, name) or {}).get("type") == PROVISIONED, 40, 0.5), \
        platform.log_tail()
    assert ask(functions, name)["id"] != first


def asked_safely(functions, name):
    try:
        answer = functions.invoke(name, {}, Qualifier="1")
        return answer.value if answer.error is None else None
    except Exception:  # it is not back yet
        return None
