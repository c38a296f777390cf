"""AddPermission, GetPolicy, RemovePermission: resource policies of functions."""

import json

import pytest
from botocore.exceptions import ClientError

import function_packages as packages
from api import arn_of, assert_aws_error, error_of
from permission_error_cases import add
from platform_fixture import ACCOUNT


def policy_of(functions, name, **where):
    return json.loads(functions.client.get_policy(FunctionName=name, **where)["Policy"])


def test_a_statement_is_answered_and_found_in_the_policy(functions):
    name = functions.deploy(packages.python())
    answer = functions.client.add_permission(
        FunctionName=name, StatementId="from-bucket", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::bucket", SourceAccount=ACCOUNT)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    statement = {
        "Sid": "from-bucket", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction", "Resource": arn_of(name),
        "Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT},
                      "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"}}}
    assert json.loads(answer["Statement"]) == statement
    assert policy_of(functions, name) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}


@pytest.mark.parametrize("given, shown", [
    ("*", "*"),
    ("123456789012", {"AWS": "arn:aws:iam::123456789012:root"}),
    ("arn:aws:iam::123456789012:role/r", {"AWS": "arn:aws:iam::123456789012:role/r"}),
    ("events.amazonaws.com", {"Service": "events.amazonaws.com"})])
def test_principals_are_shown_as_policies_name_them(functions, given, shown):
    name = functions.deploy(packages.python())
    answer = functions.client.add_permission(FunctionName=name, StatementId="s", Action="lambda:*", Principal=given)
    assert json.loads(answer["Statement"])["Principal"] == shown


def test_the_other_conditions_have_their_keys(functions, api):
    name = functions.deploy(packages.python())
    for members, condition in (
            ({"EventSourceToken": "t.1"}, {"StringEquals": {"lambda:EventSourceToken": "t.1"}}),
            ({"PrincipalOrgID": "o-a1b2c3d4e5"}, {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
            ({"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE", "Principal": "*"},
             {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}),
            ({"InvokedViaFunctionUrl": True}, {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}})):
        answer = add(api, name, StatementId="-".join(members), **members)
        assert answer.status == 201, answer
        assert json.loads(json.loads(answer.body)["Statement"])["Condition"] == condition


def test_the_revision_id_is_the_functions_and_changes(functions):
    name = functions.deploy(packages.python())
    client = functions.client
    before = client.get_function_configuration(FunctionName=name)["RevisionId"]
    client.add_permission(FunctionName=name, StatementId="a", Action="lambda:InvokeFunction",
                          Principal="s3.amazonaws.com", RevisionId=before)
    revision = client.get_policy(FunctionName=name)["RevisionId"]
    assert revision != before
    assert revision == client.get_function_configuration(FunctionName=name)["RevisionId"]
    with pytest.raises(ClientError) as error:
        client.remove_permission(FunctionName=name, StatementId="a", RevisionId=before)
    assert error.value.response["Error"]["Code"] == "PreconditionFailedException"
    client.remove_permission(FunctionName=name, StatementId="a", RevisionId=revision)


def test_the_last_statement_takes_the_policy_with_it(functions):
    name = functions.deploy(packages.python())
    client = functions.client
    for sid in ("a", "b"):
        client.add_permission(FunctionName=name, StatementId=sid, Action="lambda:InvokeFunction",
                              Principal="s3.amazonaws.com")
    client.remove_permission(FunctionName=name, StatementId="a")
    assert [one["Sid"] for one in policy_of(functions, name)["Statement"]] == ["b"]
    answer = client.remove_permission(FunctionName=name, StatementId="b")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_policy(FunctionName=name)


def test_a_policy_goes_with_its_function(functions):
    name = functions.deploy(packages.python())
    functions.client.add_permission(FunctionName=name, StatementId="a", Action="lambda:InvokeFunction", Principal="*")
    functions.client.delete_function(FunctionName=name)
    with pytest.raises(functions.client.exceptions.ResourceNotFoundException):
        functions.client.get_policy(FunctionName=name)


def test_a_policy_has_at_most_twenty_kilobytes(functions, api):
    name = functions.deploy(packages.python())
    for number in range(200):
        answer = add(api, name, StatementId=f"statement-{number}-" + "x" * 80)
        if answer.status != 201:
            break
    assert_aws_error(answer, 400, "PolicyLengthExceededException")
    assert error_of(answer)[2].endswith("is bigger than the limit (20480).")


@pytest.mark.parametrize("members, member", [
    ({"Action": "s3:GetObject"}, "action"), ({"Principal": "a b"}, "principal"), ({"SourceArn": "bucket"}, "sourceArn"),
    ({"SourceAccount": "1"}, "sourceAccount"), ({"EventSourceToken": "a b"}, "eventSourceToken"),
    ({"PrincipalOrgID": "o-short"}, "principalOrgID"), ({"FunctionUrlAuthType": "ALL"}, "functionUrlAuthType"),
    ({"StatementId": "x" * 101}, "statementId")])
def test_broken_constraints_are_named(api, members, member):
    answer = add(api, "any", **members)
    assert_aws_error(answer, 400, "ValidationException")
    assert f"at '{member}' failed to satisfy constraint" in error_of(answer)[2]


def test_members_that_do_not_go_together_are_refused(api):
    for members in ({"FunctionUrlAuthType": "NONE"}, {"Action": "lambda:GetFunction", "InvokedViaFunctionUrl": True}):
        assert_aws_error(add(api, "any", **members), 400, "InvalidParameterValueException")


def test_policies_survive_a_restart(functions, platform):
    name = functions.deploy(packages.python())
    functions.client.add_permission(FunctionName=name, StatementId="a", Action="lambda:InvokeFunction", Principal="*")
    before = policy_of(functions, name)
    platform.stop()
    platform.start()
    assert policy_of(functions, name) == before


def test_a_user_of_the_account_must_be_there_to_be_named(platform, functions):
    iam = platform.client("iam")
    name = functions.deploy(packages.python())
    arn = f"arn:aws:iam::{ACCOUNT}:user/named"
    with pytest.raises(ClientError) as absent:
        functions.client.add_permission(FunctionName=name, StatementId="s", Action="lambda:InvokeFunction",
                                        Principal=arn)
    assert absent.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert absent.value.response["Error"]["Message"] == (
        "The provided principal was invalid. Please check the principal and try again.")
    iam.create_user(UserName="named")
    functions.client.add_permission(FunctionName=name, StatementId="s", Action="lambda:InvokeFunction", Principal=arn)
    assert policy_of(functions, name)["Statement"][0]["Principal"] == {"AWS": arn}
    iam.delete_user(UserName="named")
