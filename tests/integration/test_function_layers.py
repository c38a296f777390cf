"""Layers in /opt: found by every runtime, merged in order, kept when they are deleted, sealed off."""

import subprocess

import botocore.exceptions
import pytest

import function_packages as packages
from platform_fixture import Functions
from test_hostile_zips import REFUSED

READER = """
import os, subprocess

def read(path):
    with open(path) as file:
        return file.read()

def handler(event, context):
    if event["do"] == "import":
        import helper
        return [helper.VALUE, helper.__file__]
    if event["do"] == "read":
        return read(event["path"])
    if event["do"] == "run":
        return subprocess.run(event["command"], capture_output=True, text=True).stdout
    if event["do"] == "list":
        return sorted(os.path.join(folder, name) for folder, _, names in os.walk("/opt") for name in names)
    if event["do"] == "write":
        try:
            open(event["path"], "w").close()
        except OSError as error:
            return error.errno
        return "written"
"""
READ_ONLY_FILE_SYSTEM = 30


def publish(functions, files, mode=0o644):
    answer = functions.client.publish_layer_version(
        LayerName=functions.new_name("layer"), Content={"ZipFile": packages.make_zip(files, mode)})
    return answer["LayerVersionArn"]


def deploy(functions, *layers):
    return functions.deploy(packages.python_text(READER), Layers=list(layers))


def test_a_python_function_imports_from_a_layer(functions):
    name = deploy(functions, publish(functions, {"python/helper.py": "VALUE = 'layer'"}))
    assert functions.invoke(name, {"do": "import"}).value == ["layer", "/opt/python/helper.py"]


def test_a_python_function_imports_from_the_site_packages_of_a_layer(functions):
    path = "python/lib/python3.11/site-packages/helper.py"
    name = deploy(functions, publish(functions, {path: "VALUE = 'site'"}))
    assert functions.invoke(name, {"do": "import"}).value == ["site", "/opt/" + path]


@pytest.mark.parametrize("folder", ["nodejs/node_modules", "nodejs/node20/node_modules"])
def test_a_node_function_requires_from_a_layer(functions, folder):
    layer = publish(functions, {f"{folder}/helper/index.js": "exports.value = 'layer';"})
    package = packages.Package("nodejs20.x", "main.handler", packages.make_zip(
        {"main.js": "exports.handler = async () => require('helper').value;"}))
    assert functions.invoke(functions.deploy(package, Layers=[layer])).value == "layer"


def test_a_later_layer_overrides_an_earlier_one(functions):
    first = publish(functions, {"python/helper.py": "VALUE = 'first'", "first.txt": "1", "dir/a": "a1", "dir/b": "b1"})
    second = publish(functions, {"python/helper.py": "VALUE = 'second'", "dir/b": "b2", "dir/c": "c2"})
    third = publish(functions, {"third.txt": "3"})
    name = deploy(functions, first, second, third)
    assert functions.invoke(name, {"do": "import"}).value[0] == "second"
    texts = {path: functions.invoke(name, {"do": "read", "path": "/opt/" + path}).value
             for path in ("first.txt", "dir/a", "dir/b", "dir/c", "third.txt")}
    assert texts == {"first.txt": "1", "dir/a": "a1", "dir/b": "b2", "dir/c": "c2", "third.txt": "3"}
    functions.client.update_function_configuration(FunctionName=name, Layers=[second, first])
    functions.wait_ready(name)
    assert functions.invoke(name, {"do": "import"}).value[0] == "first"
    assert "/opt/third.txt" not in functions.invoke(name, {"do": "list"}).value


def test_programs_of_a_layer_are_on_the_path(functions):
    name = deploy(functions, publish(functions, {"bin/greet": "#!/bin/sh\necho hello from a layer\n"}, 0o755))
    assert functions.invoke(name, {"do": "run", "command": ["greet"]}).value == "hello from a layer\n"


def test_libraries_of_a_layer_are_found(functions, tmp_path):
    (tmp_path / "greet.c").write_text("int greet(void) { return 42; }")
    library = tmp_path / "libgreet.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, tmp_path / "greet.c"], check=True, timeout=60)
    layer = publish(functions, {"lib/libgreet.so": library.read_bytes()})
    text = "import ctypes\n\ndef handler(event, context):\n    return ctypes.CDLL('libgreet.so').greet()\n"
    name = functions.deploy(packages.python_text(text), Layers=[layer])
    assert functions.invoke(name).value == 42


def test_a_layer_is_shared_with_another_account_and_taken_back(platform, functions):
    layer = publish(functions, {"python/helper.py": "VALUE = 'shared'"})
    where = {"LayerName": layer.rpartition(":")[0], "VersionNumber": int(layer.rpartition(":")[2])}
    account, *keys = platform.create_account()
    other = platform.client(keys=keys)
    package = packages.python_text(READER)
    wanted = {"FunctionName": "borrower", "Runtime": package.runtime, "Handler": package.handler, "Layers": [layer],
              "Role": f"arn:aws:iam::{account}:role/any", "Code": {"ZipFile": package.zip_bytes}}

    def refused(call, **arguments):
        with pytest.raises(botocore.exceptions.ClientError) as error:
            call(**arguments)
        assert error.value.response["Error"]["Code"] in ("AccessDeniedException", "InvalidParameterValueException")
        assert "lambda:GetLayerVersion" in error.value.response["Error"]["Message"]

    refused(other.create_function, **wanted)
    functions.client.add_layer_version_permission(**where, StatementId="share", Action="lambda:GetLayerVersion",
                                                  Principal=account)
    other.create_function(**wanted)
    other.get_waiter("function_active_v2").wait(FunctionName="borrower")
    answer = other.invoke(FunctionName="borrower", Payload=b'{"do": "import"}')
    assert packages.from_json(answer["Payload"].read()) == ["shared", "/opt/python/helper.py"]
    functions.client.remove_layer_version_permission(**where, StatementId="share")
    refused(other.create_function, **{**wanted, "FunctionName": "late"})
    assert packages.from_json(other.invoke(FunctionName="borrower", Payload=b'{"do": "import"}')["Payload"].read())
    other.delete_function(FunctionName="borrower")


@pytest.mark.parametrize("count", [1, 2])
def test_nobody_can_write_to_a_layer(functions, count):
    name = deploy(functions, *[publish(functions, {f"file{number}": "x"}) for number in range(count)])
    for path in ("/opt/file0", "/opt/new"):
        assert functions.invoke(name, {"do": "write", "path": path}).value == READ_ONLY_FILE_SYSTEM


def test_a_custom_runtime_starts_from_a_layer(functions):
    bootstrap = packages.native()
    layer = functions.client.publish_layer_version(
        LayerName=functions.new_name("layer"), Content={"ZipFile": bootstrap.zip_bytes})["LayerVersionArn"]
    package = packages.Package("provided.al2023", "unused", packages.make_zip({"data": "no bootstrap here"}))
    name = functions.deploy(package, Layers=[layer])
    assert functions.invoke(name, {"x": 1}).value == {"x": 1}


def test_a_deleted_layer_version_keeps_serving_after_a_restart(make_platform):
    platform = make_platform().start()
    functions = Functions(platform)
    layer = publish(functions, {"python/helper.py": "VALUE = 'kept'"})
    name = deploy(functions, layer)
    layer_name, version = layer.split(":")[-2:]
    functions.client.delete_layer_version(LayerName=layer_name, VersionNumber=int(version))
    with pytest.raises(functions.client.exceptions.ResourceNotFoundException):
        functions.client.get_layer_version(LayerName=layer_name, VersionNumber=int(version))
    assert functions.invoke(name, {"do": "import"}).value[0] == "kept"
    platform.stop()
    platform.start()
    functions = Functions(platform)
    assert functions.invoke(name, {"do": "import"}).value[0] == "kept"


@pytest.mark.parametrize("kind", REFUSED)
def test_a_hostile_layer_is_refused_as_a_hostile_function_is(functions, kind):
    make, text = REFUSED[kind]
    layer = functions.new_name("layer")
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        functions.client.publish_layer_version(LayerName=layer, Content={"ZipFile": make()})
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert text is None or refused.value.response["Error"]["Message"] == text
    assert functions.client.list_layer_versions(LayerName=layer)["LayerVersions"] == []
