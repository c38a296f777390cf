"""Who may do what: two accounts, resource policies between them."""

import json
import time

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


VISITOR = """
import os, boto3

def handler(event, context):
    where = {"region_name": os.environ["AWS_REGION"], "endpoint_url": os.environ["AWS_ENDPOINT_URL"]}
    given = boto3.client("sts", **where).assume_role(RoleArn=event["role"], RoleSessionName="visit")["Credentials"]
    theirs = dict(aws_access_key_id=given["AccessKeyId"], aws_secret_access_key=given["SecretAccessKey"],
                  aws_session_token=given["SessionToken"], **where)
    client = boto3.client("lambda", **theirs)
    answer = {"arn": boto3.client("sts", **theirs).get_caller_identity()["Arn"],
              "names": [one["FunctionName"] for one in client.list_functions()["Functions"]]}
    try:
        client.delete_function(FunctionName="anything")
    except Exception as error:
        answer["refused"] = "AccessDeniedException" in str(error)
    return answer
"""


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_a_function_visits_another_account_by_a_role_that_trusts_its_own(platform, functions, other):
    account, keys = other
    iam, theirs = platform.client("iam"), platform.client("iam", keys=keys)
    own_role = iam.create_role(RoleName="visitor", AssumeRolePolicyDocument=document(
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}))["Role"]
    host = theirs.create_role(RoleName="host", AssumeRolePolicyDocument=document(
        {"Effect": "Allow", "Principal": {"AWS": own_role["Arn"]}, "Action": "sts:AssumeRole"}))["Role"]
    theirs.put_role_policy(RoleName="host", PolicyName="p", PolicyDocument=document(
        {"Effect": "Allow", "Action": "lambda:ListFunctions", "Resource": "*"}))
    name = functions.deploy(packages.python_text(VISITOR), Role=own_role["Arn"], Timeout=30)
    refused = functions.invoke(name, {"role": host["Arn"]}).value["errorMessage"]
    assert f"assumed-role/visitor/{name} is not authorized to perform: sts:AssumeRole" in refused
    iam.put_role_policy(RoleName="visitor", PolicyName="p", PolicyDocument=document(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": host["Arn"]}))
    answer = functions.invoke(name, {"role": host["Arn"]}).value
    assert answer == {"arn": f"arn:aws:sts::{account}:assumed-role/host/visit", "names": [], "refused": True}
    iam.delete_role_policy(RoleName="visitor", PolicyName="p")
    iam.delete_role(RoleName="visitor")
    theirs.delete_role_policy(RoleName="host", PolicyName="p")
    theirs.delete_role(RoleName="host")


def test_a_function_whose_role_stopped_trusting_lambda_is_refused_as_on_aws(platform, functions):
    iam = platform.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="fickle", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    name = functions.deploy(packages.python(), Role=role)
    iam.update_assume_role_policy(RoleName="fickle", PolicyDocument=document(
        {**trust, "Principal": {"Service": "ec2.amazonaws.com"}}))
    assert denial(functions.client.invoke, FunctionName=name) == (
        "The role defined for the function cannot be assumed by Lambda.")
    iam.update_assume_role_policy(RoleName="fickle", PolicyDocument=document(trust))
    assert functions.client.invoke(FunctionName=name)["StatusCode"] == 200
    iam.delete_role(RoleName="fickle")


def test_a_call_that_was_overheard_is_of_no_use(platform):
    account, *keys = platform.create_account()
    body = b"Action=CreateUser&Version=2010-05-08&UserName=once"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    signed = platform.signed("POST", "/", body, headers, service="iam", keys=keys)
    assert platform.send("POST", "/", body, signed).status == 200
    platform.client("iam", keys=keys).delete_user(UserName="once")
    time.sleep(3)
    again = platform.send("POST", "/", body, signed)
    assert again.status == 403 and b"The request was received before" in again.body
