"""Put-, Get-, List- and DeleteProvisionedConcurrencyConfig, as clients of AWS see them."""

import subprocess

import pytest

import function_packages as packages
from api import arn_of
from platform_fixture import wait_until

HANDLER = "import os\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"


@pytest.fixture
def published(functions):
    name = functions.deploy(packages.python_text(HANDLER))
    functions.client.publish_version(FunctionName=name)
    functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    return name


def put(functions, name, qualifier, count=1):
    return functions.client.put_provisioned_concurrency_config(
        FunctionName=name, Qualifier=qualifier, ProvisionedConcurrentExecutions=count)


def get(functions, name, qualifier):
    return functions.client.get_provisioned_concurrency_config(FunctionName=name, Qualifier=qualifier)


def await_ready(functions, name, qualifier):
    assert wait_until(lambda: get(functions, name, qualifier)["Status"] == "READY", 30, 0.1), \
        get(functions, name, qualifier)


def without_metadata(answer):
    return {name: value for name, value in answer.items() if name not in ("ResponseMetadata", "LastModified")}


def test_it_is_accepted_in_progress_and_becomes_ready(functions, published):
    accepted = put(functions, published, "live", 2)
    assert accepted["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert without_metadata(accepted) == {
        "RequestedProvisionedConcurrentExecutions": 2, "AvailableProvisionedConcurrentExecutions": 0,
        "AllocatedProvisionedConcurrentExecutions": 0, "Status": "IN_PROGRESS"}
    assert accepted["LastModified"].endswith("+0000")
    await_ready(functions, published, "live")
    assert without_metadata(get(functions, published, "live")) == {
        "RequestedProvisionedConcurrentExecutions": 2, "AvailableProvisionedConcurrentExecutions": 2,
        "AllocatedProvisionedConcurrentExecutions": 2, "Status": "READY"}
    assert functions.invoke(published, Qualifier="live").value == "provisioned-concurrency"


def test_it_is_listed_and_deleted(functions, published):
    put(functions, published, "1")
    listed = functions.client.list_provisioned_concurrency_configs(FunctionName=published)
    row = listed["ProvisionedConcurrencyConfigs"][0]
    assert row["FunctionArn"] == arn_of(published, "1")
    assert row["RequestedProvisionedConcurrentExecutions"] == 1
    deleted = functions.client.delete_provisioned_concurrency_config(FunctionName=published, Qualifier="1")
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    listed = functions.client.list_provisioned_concurrency_configs(FunctionName=published)
    assert listed["ProvisionedConcurrencyConfigs"] == []


def test_a_paginator_sees_every_configuration(functions, published):
    for number in ("2", "3"):
        functions.client.update_function_code(
            FunctionName=published, ZipFile=packages.python_text(HANDLER + f"# {number}").zip_bytes)
        functions.wait_ready(published)
        assert functions.client.publish_version(FunctionName=published)["Version"] == number
    for qualifier in ("1", "2", "3"):
        put(functions, published, qualifier)
    pages = functions.client.get_paginator("list_provisioned_concurrency_configs").paginate(
        FunctionName=published, PaginationConfig={"PageSize": 2})
    arns = [row["FunctionArn"] for page in pages for row in page["ProvisionedConcurrencyConfigs"]]
    assert arns == [arn_of(published, number) for number in ("1", "2", "3")]


def test_it_goes_with_its_alias(functions, published):
    put(functions, published, "live")
    functions.client.delete_alias(FunctionName=published, Name="live")
    with pytest.raises(functions.client.exceptions.ResourceNotFoundException):
        get(functions, published, "live")
    listed = functions.client.list_provisioned_concurrency_configs(FunctionName=published)
    assert listed["ProvisionedConcurrencyConfigs"] == []


def test_what_is_provisioned_is_not_the_accounts_to_share(functions, published):
    def unreserved():
        return functions.client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    before = unreserved()
    put(functions, published, "1", 2)
    assert unreserved() == before - 2
    functions.client.delete_provisioned_concurrency_config(FunctionName=published, Qualifier="1")
    assert unreserved() == before


def test_an_alias_does_not_move_to_a_version_that_is_provisioned(functions, published):
    functions.client.update_function_code(
        FunctionName=published, ZipFile=packages.python_text(HANDLER + "# two").zip_bytes)
    functions.wait_ready(published)
    functions.client.publish_version(FunctionName=published)
    put(functions, published, "live")
    put(functions, published, "2")
    with pytest.raises(functions.client.exceptions.ResourceConflictException):
        functions.client.update_alias(FunctionName=published, Name="live", FunctionVersion="2")


def test_the_aws_command_line_puts_and_gets_it(functions, published, platform):
    keys = platform.keys()
    environment = {"AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1], "AWS_DEFAULT_REGION": "us-east-1",
                   "PATH": "/usr/bin:/bin"}
    command = ["/usr/bin/aws", "--endpoint-url", platform.endpoint, "lambda"]
    arguments = ["--function-name", published, "--qualifier", "live"]
    subprocess.run([*command, "put-provisioned-concurrency-config", *arguments,
                    "--provisioned-concurrent-executions", "1"], env=environment, check=True, capture_output=True)
    await_ready(functions, published, "live")
    shown = subprocess.run([*command, "get-provisioned-concurrency-config", *arguments], env=environment, check=True,
                           capture_output=True, text=True).stdout
    assert '"Status": "READY"' in shown
