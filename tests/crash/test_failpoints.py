"""Every named failpoint aborts its program once; afterwards the platform serves and nothing acknowledged is lost."""

import os
import re
import time

import botocore.exceptions
import pytest

import function_packages as packages
import leaks
from platform_fixture import Functions, wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FAILPOINT = re.compile(r"\bFAILPOINT(?:_OR_RETURN)?\(\s*\"([\w.-]+)\"\s*\)")
REFUSALS = (botocore.exceptions.ClientError, botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError)


def failpoints():
    found = set()
    for top in ("controller", "worker"):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in names:
                if name.endswith((".cc", ".h")) and not name.endswith("_test.cc"):
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        found |= set(FAILPOINT.findall(file.read()))
    return sorted(found)


def compiled_in():
    with open(os.path.join(leaks.BUILD_DIR, "bin", "hearth-controller"), "rb") as file:
        return b"HEARTH_FAILPOINT" in file.read()


@pytest.mark.parametrize("name", failpoints())
def test_an_abort_at_a_failpoint_loses_nothing_acknowledged(make_platform, name):
    if not compiled_in():
        pytest.skip("this build has no failpoints")
    platform = make_platform().start()
    functions = Functions(platform)
    kept = functions.deploy(packages.python(), Description="kept")
    assert platform.stop() == 0
    platform.environment = {"HEARTH_FAILPOINT": f"{name}=abort"}
    try:
        platform.start(15)
        exercise(functions)
    except (AssertionError, *REFUSALS):
        pass  # aborting in a loop is what was asked for
    platform.stop()
    assert [line for line in platform.left_behind(5) if line.startswith("process")] == []
    platform.environment = {}
    platform.start()
    assert functions.client.get_function_configuration(FunctionName=kept)["Description"] == "kept"

    def served():
        try:
            return functions.invoke(kept, {"do": "echo", "value": 1}).value == 1
        except REFUSALS:
            return False
    assert wait_until(served, 20, 0.2), platform.log_tail()
    assert platform.stop() == 0
    assert platform.left_behind() == []


def exercise(functions):
    """Touches every kind of operation; each may be refused, none may hang."""
    name = functions.new_name()
    for _ in range(2):
        for action in (lambda: functions.create(packages.python(), FunctionName=name),
                       lambda: functions.wait_ready(name, 3), lambda: functions.invoke(name, {"do": "count"}),
                       lambda: functions.client.update_function_configuration(FunctionName=name, Description="x"),
                       lambda: functions.client.delete_function(FunctionName=name)):
            start = time.monotonic()
            try:
                action()
            except (AssertionError, *REFUSALS):
                pass
            assert time.monotonic() - start < 30


def test_there_are_failpoints_to_reach():
    assert failpoints()
