"""IAM as boto3 and Terraform use it for Lambda: users, keys, roles, policies."""

import json

import botocore.exceptions
import pytest

from platform_fixture import ACCOUNT

TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
LOGS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.fixture
def iam(platform):
    return platform.client("iam")


@pytest.fixture
def role(iam):
    iam.create_role(RoleName="conformance", AssumeRolePolicyDocument=json.dumps(TRUST), Path="/tests/",
                    Description="of <tests> & more", MaxSessionDuration=7200, Tags=[{"Key": "team", "Value": "a b"}])
    yield "conformance"
    for policy in iam.list_attached_role_policies(RoleName="conformance")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="conformance", PolicyArn=policy["PolicyArn"])
    for name in iam.list_role_policies(RoleName="conformance")["PolicyNames"]:
        iam.delete_role_policy(RoleName="conformance", PolicyName=name)
    iam.delete_role(RoleName="conformance")


@pytest.fixture
def user(iam):
    iam.create_user(UserName="conformance")
    yield "conformance"
    for key in iam.list_access_keys(UserName="conformance")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="conformance", AccessKeyId=key["AccessKeyId"])
    for name in iam.list_user_policies(UserName="conformance")["PolicyNames"]:
        iam.delete_user_policy(UserName="conformance", PolicyName=name)
    iam.delete_user(UserName="conformance")


def fails(code, call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**parameters)
    error = raised.value.response
    assert error["Error"]["Code"] == code, error
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


def test_a_role_is_read_back_as_it_was_made(iam, role):
    found = iam.get_role(RoleName=role)["Role"]
    assert found["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/tests/conformance"
    assert found["AssumeRolePolicyDocument"] == TRUST
    assert (found["Description"], found["MaxSessionDuration"]) == ("of <tests> & more", 7200)
    assert found["Tags"] == [{"Key": "team", "Value": "a b"}]
    assert iam.list_roles(PathPrefix="/tests/")["Roles"][0]["RoleId"] == found["RoleId"]
    assert iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"] == []


def test_a_role_is_changed(iam, role):
    iam.update_role(RoleName=role, Description="new", MaxSessionDuration=3600)
    changed = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Sid": "Changed"}]}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(changed))
    iam.tag_role(RoleName=role, Tags=[{"Key": "more", "Value": ""}])
    iam.untag_role(RoleName=role, TagKeys=["team"])
    found = iam.get_role(RoleName=role)["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("new", 3600)
    assert found["AssumeRolePolicyDocument"] == changed
    assert iam.list_role_tags(RoleName=role)["Tags"] == [{"Key": "more", "Value": ""}]


def test_roles_are_refused_as_iam_refuses_them(iam, role):
    trust = json.dumps(TRUST)
    assert fails("EntityAlreadyExists", iam.create_role, RoleName=role, AssumeRolePolicyDocument=trust) == (
        409, "Role with name conformance already exists.")
    assert fails("NoSuchEntity", iam.get_role, RoleName="nobody") == (
        404, "The role with name nobody cannot be found.")
    assert fails("MalformedPolicyDocument", iam.create_role, RoleName="x", AssumeRolePolicyDocument="{}")[0] == 400
    assert fails("ValidationError", iam.create_role, RoleName="a/b", AssumeRolePolicyDocument=trust)[0] == 400
    assert fails("ValidationError", iam.update_role, RoleName=role, MaxSessionDuration=100)[0] == 400
    iam.attach_role_policy(RoleName=role, PolicyArn=BASIC)
    assert fails("DeleteConflict", iam.delete_role, RoleName=role) == (
        409, "Cannot delete entity, must detach all policies first.")


def test_inline_policies_are_kept(iam, role):
    iam.put_role_policy(RoleName=role, PolicyName="logs", PolicyDocument=json.dumps(LOGS))
    assert iam.get_role_policy(RoleName=role, PolicyName="logs")["PolicyDocument"] == LOGS
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["logs"]
    assert fails("NoSuchEntity", iam.get_role_policy, RoleName=role, PolicyName="other")[0] == 404


def test_aws_managed_policies_are_attached_and_read(iam, role):
    iam.attach_role_policy(RoleName=role, PolicyArn=BASIC)
    iam.attach_role_policy(RoleName=role, PolicyArn=BASIC)
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == [
        {"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC}]
    assert iam.get_policy(PolicyArn=BASIC)["Policy"]["DefaultVersionId"] == "v1"
    document = iam.get_policy_version(PolicyArn=BASIC, VersionId="v1")["PolicyVersion"]["Document"]
    assert "logs:PutLogEvents" in document["Statement"][0]["Action"]
    assert role in [one["RoleName"] for one in iam.list_entities_for_policy(PolicyArn=BASIC)["PolicyRoles"]]
    assert fails("NoSuchEntity", iam.attach_role_policy, RoleName=role,
                 PolicyArn="arn:aws:iam::aws:policy/Nothing")[0] == 404


def test_a_managed_policy_has_versions(iam):
    arn = iam.create_policy(PolicyName="conformance", PolicyDocument=json.dumps(LOGS))["Policy"]["Arn"]
    try:
        made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(LOGS), SetAsDefault=True)
        assert made["PolicyVersion"]["VersionId"] == "v2"
        assert [one["VersionId"] for one in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v2", "v1"]
        assert fails("DeleteConflict", iam.delete_policy_version, PolicyArn=arn, VersionId="v2")[0] == 409
        assert fails("DeleteConflict", iam.delete_policy, PolicyArn=arn)[0] == 409
        iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
        iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
        assert [one["Arn"] for one in iam.list_policies(Scope="Local")["Policies"]] == [arn]
    finally:
        iam.delete_policy(PolicyArn=arn)
    assert fails("NoSuchEntity", iam.get_policy, PolicyArn=arn)[0] == 404


def test_a_managed_policy_has_tags(iam):
    arn = iam.create_policy(PolicyName="tagged", PolicyDocument=json.dumps(LOGS),
                            Tags=[{"Key": "team", "Value": "red"}])["Policy"]["Arn"]
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
    iam.untag_policy(PolicyArn=arn, TagKeys=["team"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
    iam.delete_policy(PolicyArn=arn)


def test_a_user_has_none_of_what_hearth_does_not_keep(iam, user):
    assert iam.list_groups_for_user(UserName=user)["Groups"] == []
    assert iam.list_mfa_devices(UserName=user)["MFADevices"] == []
    assert iam.list_ssh_public_keys(UserName=user)["SSHPublicKeys"] == []
    assert iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"] == []
    assert iam.list_signing_certificates(UserName=user)["Certificates"] == []
    fails("NoSuchEntity", iam.delete_login_profile, UserName=user)


def test_lists_are_paged(iam):
    names = [f"paged-{number}" for number in range(7)]
    for name in names:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), Path="/paged/")
    try:
        pages = list(iam.get_paginator("list_roles").paginate(PathPrefix="/paged/", PaginationConfig={"PageSize": 3}))
        assert [[role["RoleName"] for role in page["Roles"]] for page in pages] == [names[:3], names[3:6], names[6:]]
        assert fails("ValidationError", iam.list_roles, Marker="nonsense!")[0] == 400
    finally:
        for name in names:
            iam.delete_role(RoleName=name)


def test_a_users_keys_sign_and_stop_signing(platform, iam, user):
    key = iam.create_access_key(UserName=user)["AccessKey"]
    keys = key["AccessKeyId"], key["SecretAccessKey"]
    sts = platform.client("sts", keys=keys)
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/conformance"
    iam.update_access_key(UserName=user, AccessKeyId=keys[0], Status="Inactive")
    assert fails("InvalidClientTokenId", sts.get_caller_identity)[0] == 403
    iam.update_access_key(UserName=user, AccessKeyId=keys[0], Status="Active")
    assert sts.get_caller_identity()["Account"] == ACCOUNT
    assert iam.list_access_keys(UserName=user)["AccessKeyMetadata"][0]["Status"] == "Active"
    iam.create_access_key(UserName=user)
    assert fails("LimitExceeded", iam.create_access_key, UserName=user) == (
        409, "Cannot exceed quota for AccessKeysPerUser: 2")
    assert fails("DeleteConflict", iam.delete_user, UserName=user)[0] == 409
    iam.delete_access_key(UserName=user, AccessKeyId=keys[0])
    assert fails("InvalidClientTokenId", sts.get_caller_identity)[0] == 403


def test_a_user_may_do_what_its_policies_say(platform, iam, user):
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = platform.client("iam", keys=(key["AccessKeyId"], key["SecretAccessKey"]))
    status, message = fails("AccessDenied", own.list_roles)
    assert status == 403 and "is not authorized to perform: iam:ListRoles" in message
    allow = {**LOGS, "Statement": [{"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}]}
    iam.put_user_policy(UserName=user, PolicyName="lists", PolicyDocument=json.dumps(allow))
    assert own.list_roles()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_what_is_not_carried_out_is_refused_by_name(iam):
    assert fails("InvalidAction", iam.create_group, GroupName="g")[0] == 400


def test_bodies_are_bounded(platform):
    body = b"Action=ListRoles&Version=2010-05-08&Path=" + b"x" * (5 * 1024 * 1024)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = platform.request("POST", "/", body, headers, service="iam")
    assert answer.status in (404, 413), answer
