"""Who may do what: two accounts, resource policies between them."""

import pytest
from botocore.exceptions import ClientError

import function_packages as packages
from api import arn_of
from platform_fixture import ACCOUNT, REGION


@pytest.fixture(scope="module")
def other(platform):
    """Another account: its number and its keys."""
    account, key, secret = platform.create_account()
    return account, (key, secret)


def denial(call, **members):
    with pytest.raises(ClientError) as error:
        call(**members)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    return error.value.response["Error"]["Message"]


def test_another_account_invokes_a_function_that_its_owner_opened(platform, functions, other):
    account, keys = other
    name = functions.deploy(packages.python())
    stranger = platform.client(keys=keys)
    assert denial(stranger.invoke, FunctionName=arn_of(name)) == (
        f"User: arn:aws:iam::{account}:root is not authorized to perform: lambda:InvokeFunction on resource: "
        f"{arn_of(name)} because no resource-based policy allows the lambda:InvokeFunction action")
    functions.client.add_permission(FunctionName=name, StatementId="s", Action="lambda:InvokeFunction",
                                    Principal=account)
    answer = stranger.invoke(FunctionName=arn_of(name), Payload=b'{"do": "echo"}')
    assert answer["StatusCode"] == 200 and "FunctionError" not in answer
    functions.client.remove_permission(FunctionName=name, StatementId="s")
    denial(stranger.invoke, FunctionName=arn_of(name))


def test_the_log_of_an_invocation_from_outside_is_its_owners(platform, functions, other):
    account, keys = other
    name = functions.deploy(packages.python())
    functions.client.add_permission(FunctionName=name, StatementId="s", Action="lambda:InvokeFunction",
                                    Principal=account)
    platform.client(keys=keys).invoke(FunctionName=arn_of(name), Payload=b"{}")
    group = {"logGroupNamePrefix": f"/aws/lambda/{name}"}
    assert platform.client("logs").describe_log_groups(**group)["logGroups"]
    assert not platform.client("logs", keys=keys).describe_log_groups(**group)["logGroups"]


def test_nobody_learns_whether_a_function_of_another_account_exists(platform, functions, other):
    name = functions.deploy(packages.python())
    stranger = platform.client(keys=other[1])
    assert denial(stranger.invoke, FunctionName=arn_of(name)).replace(name, "absent") == \
        denial(stranger.invoke, FunctionName=arn_of("absent"))


def test_other_operations_stay_inside_the_account_even_when_a_policy_names_them(platform, functions, other):
    account, keys = other
    name = functions.deploy(packages.python())
    functions.client.add_permission(FunctionName=name, StatementId="s", Action="lambda:*", Principal=account)
    stranger = platform.client(keys=keys)
    for call in (stranger.get_function, stranger.get_policy, stranger.delete_function):
        denial(call, FunctionName=arn_of(name))


def test_accounts_have_functions_of_the_same_name(platform, functions, other):
    account, keys = other
    name = functions.deploy(packages.python())
    with pytest.raises(ClientError) as error:
        platform.client(keys=keys).get_function(FunctionName=name)
    assert error.value.response["Error"]["Message"] == f"Function not found: {arn_of(name, account=account)}"


def test_an_alias_policy_opens_nothing_but_the_alias(platform, functions, other):
    account, keys = other
    name = functions.deploy(packages.python())
    functions.client.add_permission(FunctionName=name, StatementId="s", Action="lambda:InvokeFunction",
                                    Principal=account)
    denial(platform.client(keys=keys).invoke, FunctionName=arn_of(name), Qualifier="$LATEST")


def test_the_logs_of_another_account_are_out_of_reach(platform, functions, other):
    name = functions.deploy(packages.python())
    functions.client.invoke(FunctionName=name, Payload=b"{}")
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{name}"
    stranger = platform.client("logs", keys=other[1])
    with pytest.raises(ClientError) as error:
        stranger.filter_log_events(logGroupIdentifier=arn)
    assert error.value.response["Error"]["Code"] in ("AccessDeniedException", "ResourceNotFoundException")
