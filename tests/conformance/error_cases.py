"""For every row of testdata/errors.tsv that concerns an operation Hearth has: requests that provoke it.

A case is a function (api, functions) -> iterable of (Response, values for the row's {placeholders}). Rows of operations
that Hearth refuses as a whole, or of conditions that cannot arise, stand in OUTSIDE with the reason.
"""

import concurrent.futures
import hashlib
import json

import function_packages as packages
from api import arn_of, base64_of, FUNCTIONS, quote
from platform_fixture import ACCOUNT, REGION

CASES = {}

NOT_AN_OPERATION_YET = {
    "Function URLs"}
NO_STREAMS = "streams and Kafka are refused by name"
OUTSIDE = {
    ("UpdateFunctionCode", "Zip code sent to an Image function"): "no function of PackageType Image can exist",
    ("Create, UpdateCode", "S3 bucket absent"): "code from S3 is refused as a whole",
    ("Create, UpdateCode", "S3 key absent"): "code from S3 is refused as a whole",
    ("Create, UpdateConfiguration", "runtime past its block-create date"):
        "`hearth dev` allows retired runtimes; test_retired_runtimes.py asks one that does not",
    **{("CreateEventSourceMapping", condition): NO_STREAMS for condition in (
        "stream source without StartingPosition", "bad StartingPosition", "AT_TIMESTAMP on DynamoDB",
        "self-managed Kafka without SourceAccessConfigurations", "duplicate, Kafka", "duplicate, stream",
        "stream absent")},
    ("CreateFunction", "subnet absent"): "VpcConfig is refused as a whole",
    ("CreateFunction", "security group absent"): "VpcConfig is refused as a whole",
}


def case(operations, condition):
    def register(function):
        CASES[(operations, condition)] = function
        return function
    return register


def is_outside(row):
    if row["section"] in NOT_AN_OPERATION_YET or (row["operations"], row["condition"]) in OUTSIDE:
        return True
    return row["section"] == "Tags" and "CreateFunction" not in row["operations"]


def create(api, functions, **members):
    """A CreateFunction that is expected to fail."""
    return api.create(functions.new_name(), **members)


# --- names ---

@case("Get*, Delete, Update*, Tag*, AddPermission, Publish, CreateAlias…", "function absent, no qualifier")
def absent_function(api, functions):
    values = {"fnArn": arn_of("absent")}
    yield api.get("absent"), values
    yield api.get_configuration("absent"), values
    yield api.delete("absent"), values
    yield api.update_configuration("absent", Description="x"), values
    permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}
    yield api.add_permission("absent", **permission), values
    yield api.update_code("absent", ZipFile=base64_of(packages.python().zip_bytes)), values


@case("GetFunction, GetFunctionConfiguration, Invoke, AddPermission, CreateAlias/UpdateAlias target",
      "version or alias absent (or function absent, qualifier given)")
def absent_version(api, functions):
    name = functions.deploy(packages.python())
    for target, qualifier in ((name, "7"), (name, "live"), ("absent", "7"), ("absent", "$LATEST")):
        values = {"fnArn": arn_of(target), "qualifier": qualifier}
        query = {"Qualifier": qualifier}
        yield api.get(target, query), values
        yield api.get_configuration(f"{target}:{qualifier}"), values
        yield api.invoke(target, query=query), values


@case("Invoke, PutFunctionConcurrency", "function absent, no qualifier: text carries $LATEST")
def invoke_absent(api, functions):
    yield api.invoke("absent"), {"fnArn": arn_of("absent")}
    answer = api.call("PUT", "/2017-10-31/functions/absent/concurrency", {"ReservedConcurrentExecutions": 1})
    yield answer, {"fnArn": arn_of("absent")}


@case("DeleteFunction", "numeric qualifier absent or function absent: text is unqualified")
def delete_absent_version(api, functions):
    yield api.delete("absent", {"Qualifier": "7"}), {"fnArn": arn_of("absent")}
    yield api.delete("absent"), {"fnArn": arn_of("absent")}


@case("any with Qualifier", "qualifier inside FunctionName/ARN differs from Qualifier parameter")
def two_qualifiers(api, functions):
    name = functions.deploy(packages.python())
    for target in (f"{name}:1", arn_of(name, "1"), "absent:1"):
        yield api.get(target, {"Qualifier": "$LATEST"}), {}
        yield api.get_configuration(target, {"Qualifier": "2"}), {}
        yield api.invoke(target, query={"Qualifier": "2"}), {}
        yield api.delete(target, {"Qualifier": "2"}), {}


@case("DeleteFunction", "qualifier is $LATEST")
def delete_latest(api, functions):
    name = functions.deploy(packages.python())
    yield api.delete(name, {"Qualifier": "$LATEST"}), {}
    yield api.delete(f"{name}:$LATEST"), {}


@case("DeleteFunction", "qualifier is an alias name (even a non-existing one)")
def delete_alias(api, functions):
    yield api.delete(functions.deploy(packages.python()), {"Qualifier": "live"}), {}


@case("any", "ARN of another region")
def other_region(api, functions):
    arn = arn_of("some", region="eu-west-1")
    values = {"arnRegion": "eu-west-1", "region": REGION}
    for answer in (api.get(arn), api.get_configuration(arn), api.invoke(arn), api.delete(arn),
                   api.update_configuration(arn, Description="x")):
        yield answer, values


@case("ops without resource policy for caller", "ARN of another account")
def other_account(api, functions):
    arn = arn_of("some", account="123456789012")
    for answer in (api.get(arn), api.get_configuration(arn), api.delete(arn),
                   api.update_configuration(arn, Timeout=4)):
        yield answer, {}


@case("Get/Delete/Invoke", "illegal characters, non-lambda ARN, missing region or account in ARN, two qualifiers, "
      "misspelt $LATES")
def malformed_names(api, functions):
    for name in ("bad!name", "bad name", "arn:aws:s3:us-east-1:000000000000:function:x", f"arn:aws:lambda:{ACCOUNT}:x",
                 f"arn:aws:lambda:{REGION}:function:x:y:z", "name:1:2", "name:$LATES", "größe"):
        for answer in (api.get(name), api.delete(name), api.invoke(name), api.get_configuration(name)):
            yield answer, {"v": name}


@case("CreateFunction", "same, stricter (no dots; $latest rejected)")
def malformed_new_names(api, functions):
    for name in ("with.dot", "name:$latest", "bad!name"):
        yield api.create(name), {"v": name}


@case("any with Qualifier", "illegal characters in Qualifier")
def malformed_qualifiers(api, functions):
    for qualifier in ("bad!", "with.dot", "with blank"):
        query = {"Qualifier": qualifier}
        for answer in (api.get("absent", query), api.invoke("absent", query=query)):
            yield answer, {"v": qualifier}


@case("any with Qualifier", "Qualifier longer than 128")
def long_qualifier(api, functions):
    yield api.get("absent", {"Qualifier": "q" * 129}), {"v": "q" * 129}


@case("CreateFunction", "bare name longer than 64")
def long_new_name(api, functions):
    yield api.create("n" * 65), {"v": "n" * 65}


@case("CreateFunction", "whole FunctionName (ARN form) longer than 140")
def long_new_arn(api, functions):
    arn = arn_of("n" * 120)
    yield api.create(arn), {"v": arn}


@case("several", "two failures at once are joined")
def joined_failures(api, functions):
    yield api.get("bad!name", {"Qualifier": "q" * 129}), {"q": "q" * 129, "v": "bad!name"}


# --- create and update ---

@case("CreateFunction", "name taken")
def name_taken(api, functions):
    name = functions.deploy(packages.python())
    yield api.create(name), {"name": name}


@case("CreateFunction", "role absent or trust policy does not allow lambda.amazonaws.com")
def closed_role(api, functions):
    iam = api.platform.client("iam")
    name = functions.new_name("closed")
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    try:
        yield create(api, functions, Role=f"arn:aws:iam::{ACCOUNT}:role/{name}"), {}
    finally:
        iam.delete_role(RoleName=name)


@case("Create, UpdateConfiguration", "role is not a role ARN")
def malformed_role(api, functions):
    for role in ("r", "arn:aws:iam::1:role/x", f"arn:aws:iam::{ACCOUNT}:user/x"):
        yield create(api, functions, Role=role), {"v": role}
        yield api.update_configuration("absent", Role=role), {"v": role}


@case("Create, UpdateConfiguration", "unknown runtime (case-sensitive)")
def unknown_runtime(api, functions):
    name = functions.deploy(packages.python())
    for runtime in ("cobol85", "Python3.11"):
        yield create(api, functions, Runtime=runtime), {"v": runtime}
        yield api.update_configuration(name, Runtime=runtime), {"v": runtime}


@case("CreateFunction", "two architectures")
def two_architectures(api, functions):
    yield create(api, functions, Architectures=["x86_64", "arm64"]), {}


@case("CreateFunction", "unknown architecture")
def unknown_architecture(api, functions):
    yield create(api, functions, Architectures=["X86_64"]), {}


@case("Create, UpdateCode", "archive is not a zip")
def not_a_zip(api, functions):
    name = functions.deploy(packages.python())
    for content in (b"no zip", b"PK\x03\x04" + bytes(40)):
        yield create(api, functions, Code={"ZipFile": base64_of(content)}), {}
        yield api.update_code(name, ZipFile=base64_of(content)), {}


@case("Create, UpdateCode, PublishLayerVersion", "unzipped content over 250 MiB")
def unzipped_too_large(api, functions):
    archive = packages.make_zip({"main.py": "x", "zeros": bytes(262144001)})
    yield create(api, functions, Code={"ZipFile": base64_of(archive)}), {}
    yield api.update_code(functions.deploy(packages.python()), ZipFile=base64_of(archive)), {}
    yield api.call("POST", "/2018-10-31/layers/big/versions", body={"Content": {"ZipFile": base64_of(archive)}}), {}


@case("CreateFunction", "HTTP request body too large")
def body_too_large(api, functions):
    yield api.call("POST", FUNCTIONS, body=b'{"FunctionName": "' + b"x" * 70167211 + b'"}'), {}


@case("CreateFunction", "zip over 50 MiB in ZipFile")
def zip_too_large(api, functions):
    archive = packages.make_zip({"main.py": "x"}) + bytes(52428800)
    yield create(api, functions, Code={"ZipFile": base64_of(archive[:52428801])}), {}


@case("Create, UpdateConfiguration", "environment JSON over 4096 bytes")
def environment_too_large(api, functions):
    variables = {"KEY": "v" * 4096}
    values = {"json of Variables": '{"KEY":"' + "v" * 4096 + '"}'}
    yield create(api, functions, Environment={"Variables": variables}), values
    yield api.update_configuration(functions.deploy(packages.python()), Environment={"Variables": variables}), values


@case("Create, UpdateConfiguration", "reserved environment key")
def reserved_key(api, functions):
    environment = {"Variables": {"AWS_REGION": "x"}}
    yield create(api, functions, Environment=environment), {"keys": "AWS_REGION"}
    name = functions.deploy(packages.python())
    yield api.update_configuration(name, Environment=environment), {"keys": "AWS_REGION"}


@case("UpdateFunctionCode", "ImageUri sent to a Zip function")
def image_for_a_zip_function(api, functions):
    yield api.update_code(functions.deploy(packages.python()), ImageUri="registry/x:1"), {}


@case("UpdateFunctionCode/Configuration, PublishVersion", "previous update still in progress or function Pending")
def update_in_progress(api, functions):
    """The state lasts for milliseconds only: several at once, until one comes too early."""
    name = functions.deploy(packages.python())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(50):
            answers = list(pool.map(lambda _: api.update_configuration(name, Description="again"), range(8)))
            for answer in answers:
                if answer.status != 200:
                    yield answer, {"fnArn": arn_of(name)}
                    return


@case("CreateFunction", "bad subnet id")
def malformed_subnet(api, functions):
    vpc = {"SubnetIds": ["bad-id"], "SecurityGroupIds": ["sg-12345678"]}
    yield create(api, functions, VpcConfig=vpc), {"id": "bad-id"}


@case("CreateFunction", "bad security group id")
def malformed_group(api, functions):
    vpc = {"SubnetIds": ["subnet-12345678"], "SecurityGroupIds": ["bad-id"]}
    yield create(api, functions, VpcConfig=vpc), {"id": "bad-id"}


@case("Create, UpdateConfiguration", "SnapStart on unsupported runtime")
def snapstart(api, functions):
    snapshots = {"ApplyOn": "PublishedVersions"}
    name = functions.deploy(packages.node())
    for runtime in ("nodejs20.x", "provided.al2023"):
        yield create(api, functions, Runtime=runtime, SnapStart=snapshots), {"runtime": runtime}
        yield api.update_configuration(name, Runtime=runtime, SnapStart=snapshots), {"runtime": runtime}
    yield api.update_configuration(name, SnapStart=snapshots), {"runtime": "nodejs20.x"}


@case("Create, UpdateConfiguration", "bad SnapStart.ApplyOn")
def bad_snapstart(api, functions):
    yield create(api, functions, SnapStart={"ApplyOn": "Sometimes"}), {"v": "Sometimes"}
    name = functions.deploy(packages.python())
    yield api.update_configuration(name, SnapStart={"ApplyOn": "Sometimes"}), {"v": "Sometimes"}


@case("Create, UpdateConfiguration", "log level with text format")
def level_with_text(api, functions):
    logging = {"LogFormat": "Text", "ApplicationLogLevel": "INFO"}
    yield create(api, functions, LoggingConfig=logging), {}
    yield api.update_configuration(functions.deploy(packages.python()), LoggingConfig={"SystemLogLevel": "WARN"}), {}


@case("CreateFunction", "capacity provider settings on a default function (and similar)")
def capacity_provider(api, functions):
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:capacity-provider:x"
    config = {"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": arn}}
    yield create(api, functions, CapacityProviderConfig=config), {}


@case("ListFunctions", "bad FunctionVersion")
def bad_function_version(api, functions):
    yield api.call("GET", FUNCTIONS, query={"FunctionVersion": "SOME"}), {"v": "SOME"}


@case("UpdateFunctionCode/Configuration, PublishVersion, UpdateAlias, AddPermission, RemovePermission",
      "RevisionId mismatch")
def stale_revision(api, functions):
    name = functions.deploy(packages.python())
    stale = "00000000-0000-4000-8000-000000000000"
    yield api.update_configuration(name, Description="x", RevisionId=stale), {}
    yield api.update_code(name, ZipFile=base64_of(packages.python().zip_bytes), RevisionId=stale), {}
    permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}
    yield api.add_permission(name, RevisionId=stale, **permission), {}
    assert api.add_permission(name, **permission).status == 201
    yield api.remove_permission(name, "s", {"RevisionId": stale}), {}
    yield api.call("POST", f"{FUNCTIONS}/{name}/versions", {"RevisionId": stale}), {}
    api.call("POST", f"{FUNCTIONS}/{name}/aliases", {"Name": "live", "FunctionVersion": "$LATEST"})
    yield api.call("PUT", f"{FUNCTIONS}/{name}/aliases/live", {"RevisionId": stale}), {}


@case("PublishVersion", "CodeSha256 differs")
def other_code(api, functions):
    package = packages.python()
    name = functions.deploy(package)
    current = base64_of(hashlib.sha256(package.zip_bytes).digest())
    answer = api.call("POST", f"{FUNCTIONS}/{name}/versions", {"CodeSha256": "other"})
    yield answer, {"given": "other", "current": current}


# --- aliases ---

def alias_of(api, functions):
    """A function with version 1 and the alias live; the path of its aliases."""
    name = functions.deploy(packages.python())
    functions.client.publish_version(FunctionName=name)
    functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    return name, f"{FUNCTIONS}/{name}/aliases"


@case("CreateAlias", "alias exists")
def alias_exists(api, functions):
    name, path = alias_of(api, functions)
    answer = api.call("POST", path, {"Name": "live", "FunctionVersion": "1"})
    yield answer, {"aliasArn": arn_of(name, "live")}


@case("GetAlias", "alias absent")
def no_alias_to_get(api, functions):
    name, path = alias_of(api, functions)
    yield api.call("GET", f"{path}/other"), {"aliasArn": arn_of(name, "other")}


@case("UpdateAlias", "alias absent")
def no_alias_to_update(api, functions):
    name, path = alias_of(api, functions)
    yield api.call("PUT", f"{path}/other", {}), {"aliasArn": arn_of(name, "other")}


@case("CreateAlias", "numeric alias name")
def numeric_alias(api, functions):
    yield api.call("POST", alias_of(api, functions)[1], {"Name": "2024", "FunctionVersion": "1"}), {}


def routing_case(condition, version, weights):
    @case("Create/UpdateAlias", condition)
    def refused(api, functions):
        path = alias_of(api, functions)[1]
        body = {"FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": weights}}
        yield api.call("POST", path, {"Name": "new", **body}), {}
        yield api.call("PUT", f"{path}/live", body), {}


routing_case("more than one routing entry", "1", {"2": 0.1, "3": 0.1})
routing_case("weight out of range", "1", {"2": 2.0})
routing_case("routing key not numeric", "1", {"$LATEST": 0.5})
routing_case("routing key equals FunctionVersion", "1", {"1": 0.5})
routing_case("$LATEST as FunctionVersion with routing", "$LATEST", {"1": 0.5})


# --- concurrency ---

def concurrency_of(name, method):
    return f"/{'2019-09-30' if method == 'GET' else '2017-10-31'}/functions/{quote(name)}/concurrency"


@case("Put/Get/DeleteFunctionConcurrency", "qualified ARN")
def concurrency_of_a_version(api, functions):
    name = arn_of(functions.deploy(packages.python()), "$LATEST")
    for method, body in (("PUT", {"ReservedConcurrentExecutions": 1}), ("GET", None), ("DELETE", None)):
        yield api.call(method, concurrency_of(name, method), body), {}


@case("PutFunctionConcurrency", "leaves less than the unreserved minimum")
def too_much_reserved(api, functions):
    name = functions.deploy(packages.python())
    yield api.call("PUT", concurrency_of(name, "PUT"), {"ReservedConcurrentExecutions": 901}), {"min": "100"}


@case("Invoke", "concurrency used up (reserved)")
def nothing_reserved(api, functions):
    name = functions.deploy(packages.python())
    api.call("PUT", concurrency_of(name, "PUT"), {"ReservedConcurrentExecutions": 0})
    yield api.invoke(name), {}


# --- tags of CreateFunction ---

@case("TagResource, CreateFunction", "over 50 tags in total")
def too_many_tags(api, functions):
    yield create(api, functions, Tags={f"key{n}": "x" for n in range(51)}), {}


# --- invocation ---

@case("Invoke", "payload is not UTF-8")
def payload_not_utf8(api, functions):
    yield api.invoke(functions.deploy(packages.python()), b'"a\x87"'), {}


@case("Invoke", "payload is not JSON")
def payload_not_json(api, functions):
    name = functions.deploy(packages.python())
    for payload in (b"{", b"plain text", b"\x99"[:0] + b"{'a': 1}"):
        yield api.invoke(name, payload), {}


@case("Invoke", "tenant id missing on tenant-isolated function, or given on a plain one")
def tenant_on_a_plain_function(api, functions):
    yield api.invoke(functions.deploy(packages.python()), headers={"X-Amz-Tenant-Id": "blue"}), {}


# --- code signing ---

ABSENT_CONFIG = f"arn:aws:lambda:{REGION}:{ACCOUNT}:code-signing-config:csc-" + "0" * 17


@case("Get/Update/DeleteCodeSigningConfig, ListFunctionsByCodeSigningConfig", "config absent")
def absent_config(api, functions):
    path = f"/2020-04-22/code-signing-configs/{quote(ABSENT_CONFIG)}"
    values = {"cscArn": ABSENT_CONFIG}
    yield api.call("GET", path), values
    yield api.call("PUT", path, body={"Description": "x"}), values
    yield api.call("DELETE", path), values
    yield api.call("GET", path + "/functions"), values


@case("PutFunctionCodeSigningConfig", "config absent (checked before function)")
def absent_config_for_a_function(api, functions):
    body = {"CodeSigningConfigArn": ABSENT_CONFIG}
    yield (api.call("PUT", "/2020-06-30/functions/absent/code-signing-config", body=body), {"cscArn": ABSENT_CONFIG})


@case("PutFunctionRecursionConfig", "bad value")
def bad_recursion(api, functions):
    yield (api.call("PUT", "/2024-08-31/functions/any/recursion-config", body={"RecursiveLoop": "Perhaps"}),
           {"v": "Perhaps"})
