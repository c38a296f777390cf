"""boto3's own waiters come to an end, well and badly."""

import botocore.exceptions
import pytest

import function_packages as packages

FAST = {"Delay": 1, "MaxAttempts": 30}


@pytest.mark.parametrize("waiter", ["function_exists", "function_active", "function_active_v2", "function_updated",
                                    "function_updated_v2"])
def test_a_waiter_ends_for_a_new_function(functions, waiter):
    name = functions.create(packages.python())["FunctionName"]
    functions.client.get_waiter(waiter).wait(FunctionName=name, WaiterConfig=FAST)
    assert functions.client.get_function(FunctionName=name)["Configuration"]["FunctionName"] == name


@pytest.mark.parametrize("waiter", ["function_updated", "function_updated_v2"])
def test_a_waiter_ends_for_an_update(functions, waiter):
    name = functions.deploy(packages.python())
    functions.client.update_function_configuration(FunctionName=name, MemorySize=256)
    functions.client.get_waiter(waiter).wait(FunctionName=name, WaiterConfig=FAST)
    found = functions.client.get_function_configuration(FunctionName=name)
    assert (found["LastUpdateStatus"], found["MemorySize"]) == ("Successful", 256)


def test_a_waiter_for_what_never_comes_gives_up(client):
    with pytest.raises(botocore.exceptions.WaiterError):
        client.get_waiter("function_exists").wait(FunctionName="never", WaiterConfig={"Delay": 1, "MaxAttempts": 2})
