"""STS: who am I, and temporary credentials of roles."""

import json
import time

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import pytest

from platform_fixture import ACCOUNT, CLIENT_CONFIG, REGION

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/assumed"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal, **conditions):
    return document({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **conditions})


@pytest.fixture
def iam(platform):
    return platform.client("iam")


@pytest.fixture
def caller(platform, iam):
    """STS as a user who may assume every role."""
    iam.create_user(UserName="assumer")
    iam.put_user_policy(UserName="assumer", PolicyName="p", PolicyDocument=document(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}))
    key = iam.create_access_key(UserName="assumer")["AccessKey"]
    yield platform.client("sts", keys=(key["AccessKeyId"], key["SecretAccessKey"]))
    iam.delete_access_key(UserName="assumer", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="assumer", PolicyName="p")
    iam.delete_user(UserName="assumer")


@pytest.fixture
def role(iam):
    iam.create_role(RoleName="assumed", AssumeRolePolicyDocument=trust(f"arn:aws:iam::{ACCOUNT}:root"))
    yield "assumed"
    for name in iam.list_role_policies(RoleName="assumed")["PolicyNames"]:
        iam.delete_role_policy(RoleName="assumed", PolicyName=name)
    iam.delete_role(RoleName="assumed")


def client_with(platform, credentials, service="sts"):
    return boto3.client(service, endpoint_url=platform.endpoint, region_name=REGION, config=CLIENT_CONFIG,
                        aws_access_key_id=credentials["AccessKeyId"],
                        aws_secret_access_key=credentials["SecretAccessKey"],
                        aws_session_token=credentials["SessionToken"])


def code_of(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**parameters)
    return raised.value.response["Error"]["Code"]


def test_the_root_of_the_account_is_named(platform):
    answer = platform.client("sts").get_caller_identity()
    assert (answer["Account"], answer["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")


def test_the_credentials_of_an_assumed_role_sign(platform, caller, role):
    answer = caller.assume_role(RoleArn=ROLE_ARN, RoleSessionName="run", DurationSeconds=900)
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/assumed/run"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    left = answer["Credentials"]["Expiration"].timestamp() - time.time()
    assert 890 < left <= 901
    identity = client_with(platform, answer["Credentials"]).get_caller_identity()
    assert (identity["Arn"], identity["UserId"]) == (arn, answer["AssumedRoleUser"]["AssumedRoleId"])


def test_temporary_credentials_sign_in_the_query(platform, caller, role):
    given = caller.assume_role(RoleArn=ROLE_ARN, RoleSessionName="run")["Credentials"]
    request = botocore.awsrequest.AWSRequest(
        "GET", platform.endpoint + "/?Action=GetCallerIdentity&Version=2011-06-15")
    credentials = botocore.credentials.Credentials(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    botocore.auth.SigV4QueryAuth(credentials, "sts", REGION, expires=60).add_auth(request)
    answer = platform.send("GET", request.url.removeprefix(platform.endpoint))
    assert answer.status == 200 and b":assumed-role/assumed/run" in answer.body, answer


def test_a_changed_token_or_secret_is_refused(platform, caller, role):
    given = caller.assume_role(RoleArn=ROLE_ARN, RoleSessionName="run")["Credentials"]
    token = given["SessionToken"]
    changed = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    forged = client_with(platform, {**given, "SessionToken": changed})
    assert code_of(forged.get_caller_identity) == "InvalidClientTokenId"
    forged = client_with(platform, {**given, "SecretAccessKey": "x" * 40})
    assert code_of(forged.get_caller_identity) == "SignatureDoesNotMatch"


def test_a_deleted_role_ends_its_sessions(platform, iam, caller):
    iam.create_role(RoleName="brief", AssumeRolePolicyDocument=trust(f"arn:aws:iam::{ACCOUNT}:root"))
    given = caller.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/brief", RoleSessionName="run")["Credentials"]
    session = client_with(platform, given)
    assert session.get_caller_identity()["Account"] == ACCOUNT
    iam.delete_role(RoleName="brief")
    assert code_of(session.get_caller_identity) == "InvalidClientTokenId"


def test_roles_are_closed_to_whom_they_do_not_trust(platform, iam, caller, role):
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust(f"arn:aws:iam::{ACCOUNT}:user/somebody"))
    assert code_of(caller.assume_role, RoleArn=ROLE_ARN, RoleSessionName="run") == "AccessDenied"
    assert code_of(caller.assume_role, RoleArn=ROLE_ARN + "-not", RoleSessionName="run") == "AccessDenied"
    root = platform.client("sts")
    assert code_of(root.assume_role, RoleArn=ROLE_ARN, RoleSessionName="run") == "AccessDenied"


def test_the_external_id_is_asked_for(iam, caller, role):
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust(
        f"arn:aws:iam::{ACCOUNT}:root", Condition={"StringEquals": {"sts:ExternalId": "abc"}}))
    assert code_of(caller.assume_role, RoleArn=ROLE_ARN, RoleSessionName="run") == "AccessDenied"
    assert caller.assume_role(RoleArn=ROLE_ARN, RoleSessionName="run", ExternalId="abc")["Credentials"]


def test_another_account_assumes_a_role_that_trusts_it(platform, iam, role):
    account, *keys = platform.create_account()
    other_iam = platform.client("iam", keys=keys)
    other_iam.create_user(UserName="visitor")
    key = other_iam.create_access_key(UserName="visitor")["AccessKey"]
    visitor = platform.client("sts", keys=(key["AccessKeyId"], key["SecretAccessKey"]))
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust(account))
    assert code_of(visitor.assume_role, RoleArn=ROLE_ARN, RoleSessionName="run") == "AccessDenied"
    other_iam.put_user_policy(UserName="visitor", PolicyName="p", PolicyDocument=document(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE_ARN}))
    given = visitor.assume_role(RoleArn=ROLE_ARN, RoleSessionName="run")["Credentials"]
    assert client_with(platform, given).get_caller_identity()["Account"] == ACCOUNT


def test_an_access_key_tells_its_account(platform, iam, caller):
    account, *keys = platform.create_account()
    sts = platform.client("sts")
    assert sts.get_access_key_info(AccessKeyId=keys[0])["Account"] == account
    assert code_of(sts.get_access_key_info, AccessKeyId="AKIAAAAAAAAAAAAAAAAA") == "ValidationError"
    assert code_of(caller.get_access_key_info, AccessKeyId=keys[0]) == "AccessDenied"


def test_no_authorization_message_was_encoded(platform, caller):
    sts = platform.client("sts")
    assert code_of(sts.decode_authorization_message, EncodedMessage="abc") == "InvalidAuthorizationMessageException"
    assert code_of(caller.decode_authorization_message, EncodedMessage="abc") == "AccessDenied"


@pytest.mark.parametrize("parameters", [
    {"DurationSeconds": 899}, {"DurationSeconds": 43201}, {"DurationSeconds": 3601}, {"RoleSessionName": "a b"},
    {"RoleSessionName": "a"}, {"ExternalId": "a b"}, {"SourceIdentity": "a b"}, {"SerialNumber": "123456789"},
    {"Tags": [{"Key": "k"}]}, {"Tags": [{"Key": "k!", "Value": "v"}]}, {"Tags": [{"Key": "k", "Value": "v" * 257}]}])
def test_parameters_are_checked(caller, role, parameters):
    assert code_of(caller.assume_role, **{"RoleArn": ROLE_ARN, "RoleSessionName": "run", **parameters}) == (
        "ValidationError")


def test_tags_of_a_session_count_in_policies_and_go_on_to_the_next_role(platform, iam, caller, role):
    open_trust = document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT},
                           "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]})
    everything = document({"Effect": "Allow", "Action": "sts:*", "Resource": "*"})
    tags = {"Tags": [{"Key": "team", "Value": "red"}, {"Key": "job", "Value": "1"}], "TransitiveTagKeys": ["team"],
            "SourceIdentity": "ann"}
    assert code_of(caller.assume_role, RoleArn=ROLE_ARN, RoleSessionName="run", **tags) == "AccessDenied"
    iam.put_user_policy(UserName="assumer", PolicyName="p", PolicyDocument=everything)
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=open_trust)
    iam.put_role_policy(RoleName=role, PolicyName="sts", PolicyDocument=everything)
    answer = caller.assume_role(RoleArn=ROLE_ARN, RoleSessionName="run", **tags)
    assert answer["SourceIdentity"] == "ann"
    second = iam.create_role(RoleName="second", AssumeRolePolicyDocument=open_trust)["Role"]["Arn"]
    for tag, allowed in (("team", True), ("job", False)):
        iam.put_role_policy(RoleName="second", PolicyName="p", PolicyDocument=document(
            {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*",
             "Condition": {"Null": {f"aws:PrincipalTag/{tag}": "false"},
                           "StringEquals": {"aws:SourceIdentity": "ann"}}}))
        chained = client_with(platform, answer["Credentials"]).assume_role(RoleArn=second, RoleSessionName="run")
        session = client_with(platform, chained["Credentials"], "iam")
        if allowed:
            assert session.get_role(RoleName=role)["Role"]["RoleName"] == role
        else:
            assert code_of(session.get_role, RoleName=role) == "AccessDenied"
    iam.delete_role_policy(RoleName="second", PolicyName="p")
    iam.delete_role(RoleName="second")


def test_the_tags_of_a_user_count_in_policies(platform, iam, caller):
    iam.put_user_policy(UserName="assumer", PolicyName="p", PolicyDocument=document(
        {"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*",
         "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}}))
    credentials = caller._request_signer._credentials
    own = platform.client("iam", keys=(credentials.access_key, credentials.secret_key))
    assert code_of(own.list_roles) == "AccessDenied"
    iam.tag_user(UserName="assumer", Tags=[{"Key": "Team", "Value": "red"}])
    assert own.list_roles()["Roles"]


def test_a_user_gets_credentials_of_its_own_for_a_time(platform, caller):
    given = caller.get_session_token(DurationSeconds=900)["Credentials"]
    session = client_with(platform, given)
    assert session.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/assumer"
    assert code_of(session.get_session_token) == "AccessDenied"
    assert code_of(client_with(platform, given, "iam").list_roles) == "InvalidClientTokenId"


def test_session_policies_narrow_the_role(platform, iam, caller, role):
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=document(
        {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}))
    narrow = document({"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"})
    given = caller.assume_role(RoleArn=ROLE_ARN, RoleSessionName="run", Policy=narrow)
    assert 0 < given["PackedPolicySize"] <= 100
    session = client_with(platform, given["Credentials"], "iam")
    assert session.get_role(RoleName=role)["Role"]["RoleName"] == role
    assert code_of(session.list_roles) == "AccessDenied"
    assert code_of(caller.assume_role, RoleArn=ROLE_ARN, RoleSessionName="run", Policy="{}") == (
        "MalformedPolicyDocument")
