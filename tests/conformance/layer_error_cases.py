"""The requests that provoke the recorded errors of layers; see error_cases.py."""

import function_packages as packages
from api import base64_of, quote
from error_cases import case, create
from platform_fixture import ACCOUNT, REGION

LAYERS = "/2018-10-31/layers"
ZIP = {"ZipFile": base64_of(packages.make_zip({"python/helper.py": "VALUE = 1"}))}
ABSENT = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:absent:1"
RUNTIME_IDS = "<every runtime id ever, unsorted>"  # how the table writes a list that grows
GRANT = {"StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": "*"}


def publish(api, functions, **members):
    """Publishes a version of a new layer; (its name, its ARN)."""
    name = functions.new_name("layer")
    answer = api.call("POST", f"{LAYERS}/{name}/versions", body={"Content": ZIP, **members})
    assert answer.status == 201, answer
    return name, f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:{name}:1"


def policy_path(layer, version=1):
    return f"{LAYERS}/{layer}/versions/{version}/policy"


def create_and_update(api, functions, arns):
    yield create(api, functions, Layers=arns)
    yield api.update_configuration(functions.deploy(packages.python()), Layers=arns)


@case("Create/UpdateConfiguration", "more than five layers")
def six_layers(api, functions):
    for answer in create_and_update(api, functions, [publish(api, functions)[1] for _ in range(6)]):
        yield answer, {}


@case("Create/UpdateConfiguration", "layer version absent")
def absent_layer(api, functions):
    for answer in create_and_update(api, functions, [ABSENT]):
        yield answer, {"layerVersionArn": ABSENT}


@case("Create/UpdateConfiguration", "same layer twice")
def same_layer(api, functions):
    _, arn = publish(api, functions)
    for answer in create_and_update(api, functions, [arn, arn]):
        yield answer, {"arnA": arn, "arnB": arn}


@case("Create/UpdateConfiguration", "layer of other region")
def foreign_layer(api, functions):
    for answer in create_and_update(api, functions, [f"arn:aws:lambda:eu-west-3:{ACCOUNT}:layer:x:1"]):
        yield answer, {"region": REGION}


@case("Create/UpdateConfiguration", "layer ARN without version")
def layer_without_version(api, functions):
    arn = ABSENT.rpartition(":")[0]
    for answer in create_and_update(api, functions, [arn]):
        yield answer, {"arn": arn}


@case("GetLayerVersion, DeleteLayerVersion", "version 0 or negative")
def version_zero(api, functions):
    for method in ("GET", "DELETE"):
        for version in (0, -1):
            yield api.call(method, f"{LAYERS}/absent/versions/{version}"), {}


@case("GetLayerVersion, GetLayerVersionByArn", "layer or version absent")
def absent_version(api, functions):
    name, arn = publish(api, functions)
    yield api.call("GET", f"{LAYERS}/absent/versions/1"), {}
    yield api.call("GET", f"{LAYERS}/{name}/versions/2"), {}
    yield api.call("GET", LAYERS, query={"find": "LayerVersion", "Arn": ABSENT}), {}
    yield api.call("GET", LAYERS, query={"find": "LayerVersion", "Arn": arn[:-1] + "2"}), {}


@case("GetLayerVersionByArn", "ARN without version")
def arn_without_version(api, functions):
    arn = ABSENT.rpartition(":")[0]
    yield api.call("GET", LAYERS, query={"find": "LayerVersion", "Arn": arn}), {"arn": arn}


@case("ListLayers/Versions", "bad CompatibleArchitecture")
def bad_architecture(api, functions):
    for path in (LAYERS, f"{LAYERS}/x/versions"):
        yield api.call("GET", path, query={"CompatibleArchitecture": "sparc"}), {"v": "sparc"}


@case("ListLayers/Versions", "bad CompatibleRuntime")
def bad_runtime(api, functions):
    for path in (LAYERS, f"{LAYERS}/x/versions"):
        answer = api.call("GET", path, query={"CompatibleRuntime": "cobol85"})
        shown = answer.body.decode().split("enum value set: [")[1].split("]")[0]
        assert {"python3.12", "nodejs20.x", "python2.7", "provided"} <= set(shown.split(", "))
        yield answer, {"v": "cobol85", RUNTIME_IDS: shown}


@case("PublishLayerVersion", "bad runtime and architecture")
def bad_publish(api, functions):
    body = {"Content": ZIP, "CompatibleRuntimes": ["cobol85"], "CompatibleArchitectures": ["sparc"]}
    yield api.call("POST", f"{LAYERS}/x/versions", body=body), {"v": "cobol85", "w": "sparc"}


@case("Add/Get/RemoveLayerVersionPermission, GetLayerVersionPolicy", "layer version absent")
def policy_of_absent_version(api, functions):
    values = {"layerVersionArn": ABSENT}
    yield api.call("POST", policy_path("absent"), body=GRANT), values
    yield api.call("GET", policy_path("absent")), values
    yield api.call("DELETE", policy_path("absent") + "/s"), values


@case("GetLayerVersionPolicy", "no policy")
def no_policy(api, functions):
    yield api.call("GET", policy_path(publish(api, functions)[0])), {}


@case("AddLayerVersionPermission", "wrong Action")
def wrong_action(api, functions):
    yield api.call("POST", policy_path("any"), body={**GRANT, "Action": "*"}), {}


@case("Add/RemoveLayerVersionPermission", "RevisionId mismatch")
def wrong_revision(api, functions):
    name, _ = publish(api, functions)
    assert api.call("POST", policy_path(name), body=GRANT).status == 201
    stale = {"RevisionId": "00000000-0000-4000-8000-000000000000"}
    yield api.call("POST", policy_path(name), body={**GRANT, "StatementId": "t"}, query=stale), {}
    yield api.call("DELETE", policy_path(name) + "/" + quote("s"), query=stale), {}
