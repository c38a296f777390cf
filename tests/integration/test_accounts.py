"""Accounts are made by the operator of the machine, on a running Hearth."""

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
