"""Accounts are made by the operator of the machine, on a running Hearth."""

import configparser
import os
import stat

import botocore.exceptions
import pytest

import function_packages as packages

ROLE_OF = "arn:aws:iam::{}:role/any"


def test_a_new_account_works_at_once_and_sees_nothing_of_others(platform, functions):
    name = functions.deploy(packages.python())
    account, *keys = platform.create_account()
    other = platform.client(keys=keys)
    assert other.list_functions()["Functions"] == []
    with pytest.raises(botocore.exceptions.ClientError, match="ResourceNotFound"):
        other.get_function(FunctionName=name)
    package = packages.python()
    made = other.create_function(FunctionName=name, Runtime=package.runtime, Handler=package.handler,
                                 Role=ROLE_OF.format(account), Code={"ZipFile": package.zip_bytes})
    assert f":{account}:function:{name}" in made["FunctionArn"]
    other.delete_function(FunctionName=name)


def test_accounts_are_listed_and_never_made_twice(platform):
    account, *_ = platform.create_account("123456789012")
    listed = platform.hearth("account", "list", "--data-dir", platform.data_dir)
    assert [line.split()[0] for line in listed.splitlines()].count(account) == 1
    assert "exists" in platform.hearth("account", "create", "--data-dir", platform.data_dir, "--id", account, status=1)


def test_only_the_owner_of_the_data_folder_reaches_the_operator_socket(platform):
    folder = os.path.join(platform.data_dir, "controller")
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert stat.S_ISSOCK(os.stat(os.path.join(folder, "operator.sock")).st_mode)


@pytest.fixture
def hearth(platform, monkeypatch):
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", platform.data_dir + "/credentials")
    monkeypatch.setenv("AWS_CONFIG_FILE", platform.data_dir + "/config")
    return lambda *arguments, **how: platform.hearth(*arguments, "--endpoint-url", platform.endpoint, **how)


def test_roles_are_made_listed_and_deleted_from_the_command_line(platform, hearth):
    arn = hearth("role", "create", "from-cli").strip()
    assert arn.endswith(":role/from-cli")
    assert arn in hearth("role", "list")
    attached = platform.client("iam").list_attached_role_policies(RoleName="from-cli")["AttachedPolicies"]
    assert [one["PolicyName"] for one in attached] == ["AWSLambdaBasicExecutionRole"]
    hearth("role", "delete", "from-cli")
    assert arn not in hearth("role", "list")
    assert "NoSuchEntity" in hearth("role", "delete", "from-cli", status=1)


def test_a_key_from_the_command_line_works_until_it_is_taken_back(platform, hearth):
    iam = platform.client("iam")
    iam.create_user(UserName="cli")
    parser = configparser.ConfigParser()
    parser.read_string(hearth("key", "create", "--user", "cli"))
    keys = parser["cli"]["aws_access_key_id"], parser["cli"]["aws_secret_access_key"]
    sts = platform.client("sts", keys=keys)
    assert sts.get_caller_identity()["Arn"].endswith(":user/cli")
    hearth("key", "deactivate", keys[0], "--user", "cli")
    assert "Inactive" in hearth("key", "list", "--user", "cli")
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidClientTokenId"):
        sts.get_caller_identity()
    hearth("key", "delete", keys[0], "--user", "cli")
    assert hearth("key", "list", "--user", "cli") == ""
    iam.delete_user(UserName="cli")
