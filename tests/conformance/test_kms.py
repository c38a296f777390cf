"""The KMS subset, with boto3; and KMSKeyArn of functions: sealed, shown, refused, and failing when the key does."""

import base64

import botocore.exceptions
import pytest

import function_packages as packages
from platform_fixture import ACCOUNT, REGION

ABSENT = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"


@pytest.fixture
def kms(platform):
    return platform.client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key(Description="of a test")["KeyMetadata"]


def error_of(call, **members):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**members)
    return refused.value.response["Error"]


def test_a_new_key_is_described(kms, key):
    assert key["Arn"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key['KeyId']}"
    assert (key["KeyState"], key["Enabled"], key["KeyUsage"]) == ("Enabled", True, "ENCRYPT_DECRYPT")
    assert (key["KeySpec"], key["Origin"], key["MultiRegion"]) == ("SYMMETRIC_DEFAULT", "AWS_KMS", False)
    assert kms.describe_key(KeyId=key["Arn"])["KeyMetadata"] == key
    assert key["KeyId"] in [row["KeyId"] for page in kms.get_paginator("list_keys").paginate(Limit=2)
                            for row in page["Keys"]]


def test_encryption_is_bound_to_its_context(kms, key):
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"hello", EncryptionContext={"a": "1"})
    assert sealed["KeyId"] == key["Arn"] and b"hello" not in sealed["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"a": "1"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"hello", key["Arn"])
    wrong = error_of(kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"a": "2"})
    assert wrong["Code"] == "InvalidCiphertextException"
    assert error_of(kms.decrypt, CiphertextBlob=b"x" * 60)["Code"] == "InvalidCiphertextException"


def test_data_keys_and_encrypting_anew(kms, key):
    made = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    assert len(made["Plaintext"]) == 32
    other = kms.create_key()["KeyMetadata"]
    again = kms.re_encrypt(CiphertextBlob=made["CiphertextBlob"], DestinationKeyId=other["KeyId"])
    assert (again["SourceKeyId"], again["KeyId"]) == (key["Arn"], other["Arn"])
    assert kms.decrypt(CiphertextBlob=again["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    quiet = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], NumberOfBytes=24)
    assert "Plaintext" not in quiet and len(kms.decrypt(CiphertextBlob=quiet["CiphertextBlob"])["Plaintext"]) == 24


def test_states_of_a_key(kms, key):
    name, arn = key["KeyId"], key["Arn"]
    blob = kms.encrypt(KeyId=name, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=name)
    assert error_of(kms.decrypt, CiphertextBlob=blob) == {
        "Code": "DisabledException", "Message": f"{arn} is disabled."}
    kms.enable_key(KeyId=name)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    doomed = kms.schedule_key_deletion(KeyId=name, PendingWindowInDays=7)
    assert (doomed["KeyId"], doomed["KeyState"], doomed["PendingWindowInDays"]) == (arn, "PendingDeletion", 7)
    assert error_of(kms.decrypt, CiphertextBlob=blob) == {
        "Code": "KMSInvalidStateException", "Message": f"{arn} is pending deletion."}
    assert kms.cancel_key_deletion(KeyId=name)["KeyId"] == arn
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "Disabled"


def test_aliases(kms, key):
    alias = f"alias/tests/{key['KeyId']}"
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == key["Arn"]
    assert error_of(kms.create_alias, AliasName=alias, TargetKeyId=key["KeyId"])["Code"] == "AlreadyExistsException"
    other = kms.create_key()["KeyMetadata"]
    kms.update_alias(AliasName=alias, TargetKeyId=other["KeyId"])
    assert [row["AliasName"] for row in kms.list_aliases(KeyId=other["KeyId"])["Aliases"]] == [alias]
    kms.delete_alias(AliasName=alias)
    assert error_of(kms.describe_key, KeyId=alias) == {
        "Code": "NotFoundException", "Message": f"Alias arn:aws:kms:{REGION}:{ACCOUNT}:{alias} is not found."}


def test_rotation_and_tags(kms, key):
    name = key["KeyId"]
    before = kms.encrypt(KeyId=name, Plaintext=b"before")["CiphertextBlob"]
    kms.enable_key_rotation(KeyId=name)
    assert kms.get_key_rotation_status(KeyId=name)["KeyRotationEnabled"] is True
    assert kms.decrypt(CiphertextBlob=before)["Plaintext"] == b"before"
    kms.disable_key_rotation(KeyId=name)
    kms.tag_resource(KeyId=name, Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": "2"}])
    kms.untag_resource(KeyId=name, TagKeys=["a"])
    assert kms.list_resource_tags(KeyId=name)["Tags"] == [{"TagKey": "b", "TagValue": "2"}]


def test_what_is_not_there_and_what_is_not_done(kms):
    assert error_of(kms.describe_key, KeyId=ABSENT) == {
        "Code": "NotFoundException", "Message": f"Key '{ABSENT}' does not exist"}
    assert error_of(kms.create_key, KeySpec="RSA_2048")["Code"] == "UnsupportedOperationException"
    assert error_of(kms.generate_mac, KeyId=ABSENT, Message=b"x", MacAlgorithm="HMAC_SHA_256")[
        "Code"] == "UnknownOperationException"


def deploy(functions, key, value="v", **settings):
    return functions.deploy(packages.python(), KMSKeyArn=key["Arn"], Environment={"Variables": {"NAME": value}},
                            **settings)


def shown(functions, name):
    return functions.client.get_function_configuration(FunctionName=name)


def test_a_function_under_a_key_has_its_variables(functions, key):
    name = deploy(functions, key)
    assert shown(functions, name)["KMSKeyArn"] == key["Arn"]
    assert functions.invoke(name, {"do": "environ"}).value["NAME"] == "v"


def test_a_version_of_a_function_under_a_key_has_its_variables(functions, key):
    name = deploy(functions, key)
    version = functions.client.publish_version(FunctionName=name)
    assert version["Version"] == "1" and version["KMSKeyArn"] == key["Arn"]
    assert version["Environment"]["Variables"]["NAME"] == "v"
    assert functions.invoke(name, {"do": "environ"}, Qualifier="1").value["NAME"] == "v"
    assert functions.client.publish_version(FunctionName=name)["Version"] == "1"


@pytest.mark.parametrize("unusable, code, cause", [
    ("disable_key", "KMSDisabledException", "the KMS key used is disabled"),
    ("schedule_key_deletion", "KMSInvalidStateException", "the state of the KMS key used is not valid for Decrypt")])
def test_a_key_that_cannot_be_used_fails_the_cold_start(functions, kms, key, unusable, code, cause):
    name = deploy(functions, key)
    getattr(kms, unusable)(KeyId=key["KeyId"])
    error = error_of(functions.client.invoke, FunctionName=name)
    assert error["Code"] == code and cause in error["Message"]
    assert shown(functions, name)["Environment"]["Error"]["ErrorCode"] == code


def test_a_warm_environment_goes_on_and_the_key_comes_back(functions, kms, key):
    name = deploy(functions, key)
    assert functions.invoke(name, {"do": "environ"}).value["NAME"] == "v"
    kms.disable_key(KeyId=key["KeyId"])
    assert functions.invoke(name, {"do": "environ"}).value["NAME"] == "v"
    kms.enable_key(KeyId=key["KeyId"])
    functions.client.update_function_configuration(FunctionName=name, Environment={"Variables": {"NAME": "w"}})
    functions.wait_ready(name)
    assert functions.invoke(name, {"do": "environ"}).value["NAME"] == "w"


def test_a_key_is_changed_and_cleared(functions, kms, key):
    name = deploy(functions, key)
    other = kms.create_key()["KeyMetadata"]
    for arn in (other["Arn"], ""):
        functions.client.update_function_configuration(FunctionName=name, KMSKeyArn=arn)
        functions.wait_ready(name)
        assert shown(functions, name).get("KMSKeyArn", "") == arn
        assert shown(functions, name)["Environment"]["Variables"] == {"NAME": "v"}
    kms.disable_key(KeyId=other["KeyId"])
    assert functions.invoke(name, {"do": "environ"}).value["NAME"] == "v"


@pytest.mark.parametrize("arn", [ABSENT, ABSENT.replace(ACCOUNT, "111111111111"), "arn:aws:s3:::bucket"])
def test_a_key_that_is_none_is_refused(functions, arn):
    error = error_of(functions.create, package=packages.python(), KMSKeyArn=arn)
    assert error["Code"] == "InvalidParameterValueException"
    assert error["Message"].startswith("Lambda was unable to configure access to your environment variables because "
                                       "the KMS key is invalid for CreateGrant.")


def test_what_is_no_arn_is_refused_by_its_pattern(functions):
    error = error_of(functions.create, package=packages.python(), KMSKeyArn="my-key")
    assert error["Message"] == (
        "1 validation error detected: Value 'my-key' at 'kMSKeyArn' failed to satisfy constraint: Member must satisfy "
        r"regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()")


def test_random_bytes(kms):
    drawn = kms.generate_random(NumberOfBytes=16)["Plaintext"]
    assert len(drawn) == 16 and base64.b64encode(drawn) != base64.b64encode(kms.generate_random(
        NumberOfBytes=16)["Plaintext"])
