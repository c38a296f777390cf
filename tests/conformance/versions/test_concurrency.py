"""Put-, Get- and DeleteFunctionConcurrency, and what they do to invocations."""

import concurrent.futures
import json
import time

import pytest

import function_packages as packages
from api import arn_of, assert_aws_error, error_of, quote
from platform_fixture import ACCOUNT, ROLE

SLEEPS = "import time\ndef handler(event, context):\n    time.sleep(event)\n    return 'slept'\n"
MINIMUM = ("Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
           "below its minimum value of [100].")


def path_of(name, method="PUT"):
    return f"/{'2019-09-30' if method == 'GET' else '2017-10-31'}/functions/{quote(name)}/concurrency"


@pytest.fixture
def sleeper(functions):
    name = functions.deploy(packages.python_text(SLEEPS), Timeout=20)
    yield name
    functions.client.delete_function_concurrency(FunctionName=name)


def reserve(functions, name, count):
    return functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=count)


def test_what_is_reserved_is_shown_until_it_is_given_up(functions, sleeper):
    client = functions.client
    assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName=sleeper)
    assert reserve(functions, sleeper, 7)["ReservedConcurrentExecutions"] == 7
    assert client.get_function_concurrency(FunctionName=sleeper)["ReservedConcurrentExecutions"] == 7
    assert client.get_function(FunctionName=sleeper)["Concurrency"] == {"ReservedConcurrentExecutions": 7}
    answer = client.delete_function_concurrency(FunctionName=sleeper)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert "Concurrency" not in client.get_function(FunctionName=sleeper)


def test_a_reservation_of_nothing_refuses_everything_at_once(functions, sleeper, api):
    assert functions.invoke(sleeper, 0).value == "slept"
    reserve(functions, sleeper, 0)
    answer = api.invoke(sleeper, b"0")
    assert answer.status == 429
    assert error_of(answer)[0] == "TooManyRequestsException"
    assert json.loads(answer.body) == {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User",
                                       "message": "Rate Exceeded."}
    assert answer.headers.get("Retry-After")
    functions.client.delete_function_concurrency(FunctionName=sleeper)
    assert functions.invoke(sleeper, 0).value == "slept"


def test_no_more_run_at_once_than_are_reserved_whatever_the_qualifier(functions, sleeper, api):
    functions.client.publish_version(FunctionName=sleeper)
    reserve(functions, sleeper, 2)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        running = [pool.submit(api.invoke, sleeper, b"4"),
                   pool.submit(api.invoke, sleeper, b"4", query={"Qualifier": "1"})]
        time.sleep(2)  # both have taken their place, and neither has ended
        refused = api.invoke(sleeper, b"0")
        assert json.loads(refused.body)["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
        assert [answer.result().status for answer in running] == [200, 200]
    assert functions.invoke(sleeper, 0).value == "slept"


def test_the_account_keeps_its_minimum_and_shows_what_is_left(platform):
    account, *keys = platform.create_account()
    client = platform.client(keys=keys)
    package = packages.python()
    for name in ("one", "two"):
        client.create_function(FunctionName=name, Runtime=package.runtime, Handler=package.handler,
                               Role=ROLE.replace(ACCOUNT, account), Code={"ZipFile": package.zip_bytes})
    client.put_function_concurrency(FunctionName="one", ReservedConcurrentExecutions=800)
    limit = client.get_account_settings()["AccountLimit"]
    assert (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]) == (1000, 200)
    with pytest.raises(client.exceptions.InvalidParameterValueException) as refused:
        client.put_function_concurrency(FunctionName="two", ReservedConcurrentExecutions=101)
    assert refused.value.response["Error"]["Message"] == MINIMUM
    client.put_function_concurrency(FunctionName="two", ReservedConcurrentExecutions=100)
    client.delete_function(FunctionName="one")
    assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 900


def test_too_much_is_refused_without_a_type(functions, sleeper, api):
    answer = api.call("PUT", path_of(sleeper), {"ReservedConcurrentExecutions": 901})
    assert_aws_error(answer, 400, "InvalidParameterValueException", MINIMUM)
    assert json.loads(answer.body) == {"message": MINIMUM}


def test_versions_and_aliases_have_no_reservation(sleeper, api):
    for method, body in (("PUT", {"ReservedConcurrentExecutions": 1}), ("GET", None), ("DELETE", None)):
        assert_aws_error(
            api.call(method, path_of(arn_of(sleeper, "$LATEST"), method), body), 400, "InvalidParameterValueException",
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
            "Please specify either a function name or an unqualified function ARN.")


def test_an_absent_function_is_named(api):
    assert_aws_error(api.call("PUT", path_of("absent"), {"ReservedConcurrentExecutions": 1}), 404,
                     "ResourceNotFoundException", f"Function not found: {arn_of('absent', '$LATEST')}")
    for method in ("GET", "DELETE"):
        assert_aws_error(api.call(method, path_of("absent", method)), 404, "ResourceNotFoundException",
                         f"Function not found: {arn_of('absent')}")


def test_what_is_no_number_of_invocations_is_refused(sleeper, api):
    for body in ({}, {"ReservedConcurrentExecutions": -1}):
        assert_aws_error(api.call("PUT", path_of(sleeper), body), 400, "ValidationException")
    assert_aws_error(api.call("PUT", path_of(sleeper), {"ReservedConcurrentExecutions": "1"}), 400,
                     "SerializationException")


def test_a_reservation_outlives_the_controller(make_platform):
    platform = make_platform()
    platform.start()
    package = packages.python_text(SLEEPS)
    client = platform.client()
    client.create_function(FunctionName="kept", Runtime=package.runtime, Handler=package.handler, Role=ROLE,
                           Code={"ZipFile": package.zip_bytes})
    client.get_waiter("function_active_v2").wait(FunctionName="kept")
    client.publish_version(FunctionName="kept")
    client.create_alias(FunctionName="kept", Name="live", FunctionVersion="1")
    client.put_function_concurrency(FunctionName="kept", ReservedConcurrentExecutions=0)
    platform.stop()
    platform.start()
    client = platform.client()
    assert client.get_alias(FunctionName="kept", Name="live")["FunctionVersion"] == "1"
    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.invoke(FunctionName="kept", Payload=b"0")
