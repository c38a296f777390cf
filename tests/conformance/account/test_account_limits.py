"""What an operator lets an account use, and what its clients are told when it is used up."""

import concurrent.futures
import json
import time

import botocore.exceptions
import pytest

import function_packages as packages
from platform_fixture import ACCOUNT, ROLE

SLEEPS = "import time\ndef handler(event, context):\n    time.sleep(event)\n    return 'slept'\n"
WITHIN_SECONDS = 1  # from the operator's command to its effect


class Tenant:
    """An account of its own with one function."""

    def __init__(self, platform):
        self.platform = platform
        self.account, *self.keys = platform.create_account()
        self.client = platform.client(keys=self.keys)
        self.create("f")
        self.client.get_waiter("function_active_v2").wait(FunctionName="f")

    def create(self, name, text=SLEEPS):
        package = packages.python_text(text)
        return self.client.create_function(
            FunctionName=name, Runtime=package.runtime, Handler=package.handler, Timeout=20,
            Role=ROLE.replace(ACCOUNT, self.account), Code={"ZipFile": package.zip_bytes})

    def limit(self, *changes, status=0):
        return self.platform.hearth("account", "limits", self.account, *changes, "--data-dir", self.platform.data_dir,
                                    status=status)

    def invoke(self, payload=b"0", name="f", **headers):
        return self.platform.request("POST", f"/2015-03-31/functions/{name}/invocations", payload, headers,
                                     keys=self.keys)

    def reason(self, answer):
        assert answer.status == 429, answer.body
        assert int(answer.headers["Retry-After"]) >= 1
        body = json.loads(answer.body)
        assert (body["Type"], body["message"]) == ("User", "Rate Exceeded.")
        return body["Reason"]


@pytest.fixture(scope="module")
def tenant(platform):
    return Tenant(platform)


@pytest.fixture
def limited(tenant):
    """Sets limits of the tenant that are taken back at the end."""
    names = []

    def limit(**changes):
        names.extend(changes)
        tenant.limit(*(f"{name}={value}" for name, value in changes.items()))
        return tenant

    yield limit
    tenant.limit(*(f"{name}=default" for name in names))


def test_limits_are_shown_changed_and_taken_back(tenant):
    def line(name):
        return next(row.split()[1:] for row in tenant.limit().splitlines() if row.startswith(name + " "))

    assert line("concurrent_executions")[:3] == ["1000", "invocations", "default"]
    tenant.limit("concurrent_executions=300", "code_bytes=1000000")
    assert line("concurrent_executions")[:3] == ["300", "invocations", "own"]
    limit = tenant.client.get_account_settings()["AccountLimit"]
    assert (limit["ConcurrentExecutions"], limit["TotalCodeSize"]) == (300, 1000000)
    tenant.limit("concurrent_executions=default", "code_bytes=default")
    assert line("concurrent_executions")[:3] == ["1000", "invocations", "default"]
    assert tenant.client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 1000


def test_what_is_no_limit_is_said(tenant):
    assert "is not a limit" in tenant.limit("concurrency=3", status=1)
    assert "NAME=NUMBER" in tenant.limit("concurrent_executions", status=1)
    platform = tenant.platform
    said = platform.hearth("account", "limits", "999999999999", "--data-dir", platform.data_dir, status=1)
    assert "no account" in said


def test_concurrency_is_limited_per_account_at_once(platform, limited, tenant, functions):
    other = functions.deploy(packages.python_text(SLEEPS), Timeout=20)
    tenant.invoke()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(tenant.invoke, b"4")
        time.sleep(1.5)
        before = time.monotonic()
        limited(concurrent_executions=1, unreserved_concurrency=0)
        assert tenant.reason(tenant.invoke()) == "ConcurrentInvocationLimitExceeded"
        assert time.monotonic() - before < WITHIN_SECONDS + 1  # the command's own start included
        assert functions.invoke(other, 0).value == "slept"
        assert running.result().status == 200
    assert tenant.invoke().status == 200


def test_the_minimum_that_stays_unreserved_is_the_accounts(limited, tenant):
    limited(concurrent_executions=50, unreserved_concurrency=10)
    put = tenant.client.put_function_concurrency
    with pytest.raises(botocore.exceptions.ClientError, match=r"below its minimum value of \[10\]"):
        put(FunctionName="f", ReservedConcurrentExecutions=41)
    put(FunctionName="f", ReservedConcurrentExecutions=40)
    limit = tenant.client.get_account_settings()["AccountLimit"]
    assert (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]) == (50, 10)
    tenant.client.delete_function_concurrency(FunctionName="f")


def test_code_is_limited_per_account(limited, tenant):
    used = tenant.client.get_account_settings()["AccountUsage"]
    assert used["FunctionCount"] == 1
    limited(code_bytes=used["TotalCodeSize"] + 10)
    with pytest.raises(tenant.client.exceptions.CodeStorageExceededException):
        tenant.create("one-too-many")
    with pytest.raises(tenant.client.exceptions.CodeStorageExceededException):
        tenant.client.publish_version(FunctionName="f")
    assert tenant.client.get_account_settings()["AccountUsage"] == used
    limited(code_bytes=10 * used["TotalCodeSize"])
    tenant.create("fits-now")
    tenant.client.delete_function(FunctionName="fits-now")


def test_synchronous_requests_are_paced_by_the_concurrency(limited, tenant):
    assert tenant.invoke().status == 200
    limited(concurrent_executions=1, unreserved_concurrency=0, invocations_per_concurrency=2)
    answers = [tenant.invoke() for _ in range(6)]
    refused = [answer for answer in answers if answer.status != 200]
    assert len(refused) in range(1, 5)
    assert {tenant.reason(answer) for answer in refused} == {"FunctionInvocationRateLimitExceeded"}
    assert tenant.invoke(b"0", **{"X-Amz-Invocation-Type": "Event"}).status == 202
    time.sleep(1.2)
    assert tenant.invoke().status == 200


def test_a_reservation_is_paced_for_itself(limited, tenant):
    assert tenant.invoke().status == 200
    limited(invocations_per_concurrency=2)
    tenant.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    try:
        refused = [answer for answer in [tenant.invoke() for _ in range(6)] if answer.status != 200]
        assert {tenant.reason(answer) for answer in refused} == {"ReservedFunctionInvocationRateLimitExceeded"}
    finally:
        tenant.client.delete_function_concurrency(FunctionName="f")


def test_a_function_grows_no_faster_than_its_account_may(limited, tenant):
    tenant.create("grows")
    tenant.client.get_waiter("function_active_v2").wait(FunctionName="grows")
    limited(environments_per_ten_seconds=1)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: tenant.invoke(b"2", "grows"), range(3)))
    assert sorted(answer.status for answer in answers) == [200, 429, 429]
    refused = [answer for answer in answers if answer.status == 429]
    assert {tenant.reason(answer) for answer in refused} == {"ConcurrentInvocationLimitExceeded"}
    tenant.client.delete_function(FunctionName="grows")


def test_calls_of_the_api_are_paced_per_account(limited, tenant, functions):
    limited(api_calls_per_second=3, get_function_calls_per_second=1)

    def call(target):
        return tenant.platform.request("GET", target, keys=tenant.keys)

    answers = [call("/2015-03-31/functions/") for _ in range(10)]
    refused = [answer for answer in answers if answer.status != 200]
    assert len(refused) >= 4
    assert {tenant.reason(answer) for answer in refused} == {"CallerRateLimitExceeded"}
    gets = [call("/2015-03-31/functions/f").status for _ in range(3)]
    assert gets[0] == 200 and 429 in gets  # for itself, not of what the lists have used up
    assert functions.client.list_functions()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert tenant.invoke().status == 200
    time.sleep(1.1)
    assert call("/2015-03-31/functions/").status == 200


def test_limits_outlive_the_controller(make_platform):
    platform = make_platform()
    platform.start()
    tenant = Tenant(platform)
    tenant.limit("concurrent_executions=7")
    platform.stop()
    platform.start()
    client = platform.client(keys=tenant.keys)
    assert client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 7
