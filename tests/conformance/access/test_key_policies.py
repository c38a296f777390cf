"""Who may use a customer's key: its policy, grants, other accounts, Lambda."""

import json

import botocore.exceptions
import pytest

import function_packages as packages
from platform_fixture import ACCOUNT, REGION

LAMBDA_ROLE = f"arn:aws:iam::{ACCOUNT}:role/lambda-role"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal, action, **more):
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*", **more}


ROOT_MAY_ALL = allow(ACCOUNT, "kms:*")


def error_of(call, **members):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**members)
    return refused.value.response["Error"]


@pytest.fixture
def kms(platform):
    return platform.client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def user(platform):
    """A user without policies: its ARN, and clients that sign as it."""
    iam = platform.client("iam")
    arn = iam.create_user(UserName="keyuser")["User"]["Arn"]
    secret = iam.create_access_key(UserName="keyuser")["AccessKey"]

    class User:
        @staticmethod
        def client(service):
            return platform.client(service, keys=(secret["AccessKeyId"], secret["SecretAccessKey"]))

        @staticmethod
        def allow(*actions):
            iam.put_user_policy(UserName="keyuser", PolicyName="p", PolicyDocument=document(
                {"Effect": "Allow", "Action": list(actions), "Resource": "*"}))

    User.arn = arn
    yield User
    for policy in iam.list_user_policies(UserName="keyuser")["PolicyNames"]:
        iam.delete_user_policy(UserName="keyuser", PolicyName=policy)
    iam.delete_access_key(UserName="keyuser", AccessKeyId=secret["AccessKeyId"])
    iam.delete_user(UserName="keyuser")


def test_a_key_policy_opens_and_closes_a_key(kms, key, user):
    own = user.client("kms")
    assert error_of(own.encrypt, KeyId=key, Plaintext=b"x")["Code"] == "AccessDeniedException"
    kms.put_key_policy(KeyId=key, Policy=document(ROOT_MAY_ALL, allow(user.arn, "kms:Encrypt")))
    assert own.encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
    assert json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"][1]["Principal"] == {"AWS": user.arn}
    refused = error_of(kms.put_key_policy, KeyId=key, Policy=document(allow(user.arn, "kms:*")))
    assert refused["Code"] == "MalformedPolicyDocumentException"


def test_the_encryption_context_opens_a_key(kms, key, user):
    own = user.client("kms")
    kms.put_key_policy(KeyId=key, Policy=document(
        ROOT_MAY_ALL,
        allow(user.arn, "kms:Encrypt", Condition={"StringEquals": {"kms:EncryptionContext:team": "red"},
                                                  "ForAllValues:StringEquals": {
                                                      "kms:EncryptionContextKeys": ["team", "stage"]}})))
    assert own.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"team": "red", "stage": "1"})["KeyId"] == key
    for context in ({}, {"team": "blue"}, {"team": "red", "more": "1"}):
        assert error_of(own.encrypt, KeyId=key, Plaintext=b"x",
                        EncryptionContext=context)["Code"] == "AccessDeniedException"


def test_tags_and_aliases_of_a_key_open_it(kms, key, user):
    own = user.client("kms")
    kms.put_key_policy(KeyId=key, Policy=document(
        ROOT_MAY_ALL,
        allow(user.arn, "kms:Encrypt", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}}),
        allow(user.arn, "kms:DescribeKey", Condition={
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/opens"}})))
    assert error_of(own.encrypt, KeyId=key, Plaintext=b"x")["Code"] == "AccessDeniedException"
    assert error_of(own.describe_key, KeyId=key)["Code"] == "AccessDeniedException"
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "team", "TagValue": "red"}])
    assert own.encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
    kms.create_alias(AliasName="alias/opens", TargetKeyId=key)
    assert own.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    kms.delete_alias(AliasName="alias/opens")


def test_nobody_who_is_not_there_is_named(kms, key):
    nobody = f"arn:aws:iam::{ACCOUNT}:user/nobody"
    assert error_of(kms.put_key_policy, KeyId=key, Policy=document(
        ROOT_MAY_ALL, allow(nobody, "kms:Encrypt")))["Code"] == "MalformedPolicyDocumentException"
    assert error_of(kms.create_grant, KeyId=key, GranteePrincipal=nobody,
                    Operations=["Encrypt"])["Code"] == "InvalidArnException"


def test_a_grant_lends_an_operation(kms, key, user):
    own = user.client("kms")
    grant = kms.create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Encrypt", "RetireGrant"],
                             Constraints={"EncryptionContextSubset": {"team": "red"}}, Name="lent")
    assert error_of(own.encrypt, KeyId=key, Plaintext=b"x")["Code"] == "AccessDeniedException"
    context = {"team": "red", "more": "1"}
    assert own.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context, GrantTokens=[grant["GrantToken"]])
    listed = kms.list_grants(KeyId=key)["Grants"]
    assert [(one["GrantId"], one["Name"], one["Operations"]) for one in listed] == [
        (grant["GrantId"], "lent", ["Encrypt", "RetireGrant"])]
    own.retire_grant(KeyId=key, GrantId=grant["GrantId"])
    assert error_of(own.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext=context)["Code"] == (
        "AccessDeniedException")
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_another_account_uses_a_key_that_was_opened_to_it(platform, kms, key):
    account, *keys = platform.create_account()
    visitor = platform.client("kms", keys=keys)
    assert error_of(visitor.encrypt, KeyId=key, Plaintext=b"x")["Code"] == "AccessDeniedException"
    kms.put_key_policy(KeyId=key, Policy=document(ROOT_MAY_ALL, allow(account, ["kms:Encrypt", "kms:Decrypt"])))
    sealed = visitor.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert visitor.decrypt(KeyId=key, CiphertextBlob=sealed)["Plaintext"] == b"x"
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


def test_who_sets_a_functions_key_must_be_allowed_to(functions, key, user):
    name = functions.deploy(packages.python())
    user.allow("lambda:*", "iam:PassRole")
    own = user.client("lambda")
    change = {"FunctionName": name, "KMSKeyArn": key, "Environment": {"Variables": {"KEPT": "1"}}}
    refused = error_of(own.update_function_configuration, **change)
    assert refused["Code"] == "InvalidParameterValueException"
    assert ("the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: "
            "AccessDeniedException KMS Message: User: " + user.arn) in refused["Message"]
    user.allow("lambda:*", "iam:PassRole", "kms:CreateGrant", "kms:Encrypt")
    own.update_function_configuration(**change)
    functions.wait_ready(name)
    assert functions.invoke(name, {"do": "environ"}).value["KEPT"] == "1"


def test_a_key_policy_denies_a_functions_role_its_variables(functions, kms, key):
    name = functions.deploy(packages.python(), KMSKeyArn=key, Role=LAMBDA_ROLE,
                            Environment={"Variables": {"KEPT": "1"}})
    assert functions.invoke(name, {"do": "environ"}).value["KEPT"] == "1"
    kms.put_key_policy(KeyId=key, Policy=document(ROOT_MAY_ALL, {
        **allow(LAMBDA_ROLE, "kms:Decrypt"), "Effect": "Deny",
        "Condition": {"StringEquals": {"kms:ViaService": f"lambda.{REGION}.amazonaws.com"}}}))
    functions.client.update_function_configuration(FunctionName=name, MemorySize=256)
    functions.wait_ready(name)
    refused = error_of(functions.client.invoke, FunctionName=name)
    assert refused["Code"] == "KMSAccessDeniedException"
    assert refused["Message"].startswith("Lambda was unable to decrypt the environment variables because KMS access")


def test_an_alias_is_taken_from_a_key_only_by_who_may_do_so_to_that_key(kms, key, user):
    own, other = user.client("kms"), kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/taken", TargetKeyId=key)
    user.allow("kms:UpdateAlias", "kms:DeleteAlias")
    kms.put_key_policy(KeyId=key, Policy=document(
        ROOT_MAY_ALL, {"Effect": "Deny", "Principal": {"AWS": user.arn}, "Action": "kms:*", "Resource": "*"}))
    assert error_of(own.update_alias, AliasName="alias/taken", TargetKeyId=other)["Code"] == "AccessDeniedException"
    assert error_of(own.delete_alias, AliasName="alias/taken")["Code"] == "AccessDeniedException"
    kms.put_key_policy(KeyId=key, Policy=document(ROOT_MAY_ALL))
    own.update_alias(AliasName="alias/taken", TargetKeyId=other)
    own.delete_alias(AliasName="alias/taken")


def test_the_alias_by_which_the_source_of_reencrypt_was_asked_for_counts(kms, key, user):
    own, other = user.client("kms"), kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/source", TargetKeyId=key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.put_key_policy(KeyId=other, Policy=document(ROOT_MAY_ALL, allow(user.arn, "kms:ReEncryptTo")))
    kms.put_key_policy(KeyId=key, Policy=document(ROOT_MAY_ALL, allow(
        user.arn, "kms:ReEncryptFrom", Condition={"StringEquals": {"kms:RequestAlias": "alias/source"}})))
    asked = {"CiphertextBlob": blob, "DestinationKeyId": other}
    assert error_of(own.re_encrypt, **asked)["Code"] == "AccessDeniedException"
    assert error_of(own.re_encrypt, **asked, SourceKeyId=key)["Code"] == "AccessDeniedException"
    assert own.re_encrypt(**asked, SourceKeyId="alias/source")["KeyId"] == other
    kms.delete_alias(AliasName="alias/source")
