"""What is accepted is enforced: every member that Hearth does not carry out is refused, and nothing is changed."""

import json

import pytest

import compatibility
import function_packages as packages
from api import base64_of, FUNCTIONS
from platform_fixture import ACCOUNT, REGION

ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
PROVIDER = {"LambdaManagedInstancesCapacityProviderConfig":
            {"CapacityProviderArn": ARN.format("lambda", "capacity-provider:x")}}
FILE_SYSTEM = {"Arn": ARN.format("elasticfilesystem", "access-point/fsap-0123456789abcdef0"),
               "LocalMountPath": "/mnt/x"}
MAPPINGS = "/2015-03-31/event-source-mappings"
VPC = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}

# member -> the value of the outermost member that must be refused
BODY_PROBES = {
    "PublishTo": "LATEST_PUBLISHED", "PackageType": "Image",
    "VpcConfig": VPC, "VpcConfig.SubnetIds": {"SubnetIds": ["subnet-1"]},
    "VpcConfig.SecurityGroupIds": {"SecurityGroupIds": ["sg-1"]},
    "VpcConfig.Ipv6AllowedForDualStack": {"Ipv6AllowedForDualStack": True},
    "SourceKMSKeyArn": ARN.format("kms", "key/1"),
    "TracingConfig": {"Mode": "Active"}, "TracingConfig.Mode": {"Mode": "Active"},
    "FileSystemConfigs": [FILE_SYSTEM], "FileSystemConfigs.Arn": [FILE_SYSTEM],
    "FileSystemConfigs.LocalMountPath": [FILE_SYSTEM],
    "ImageConfig": {"Command": ["a"]}, "ImageConfig.EntryPoint": {"EntryPoint": ["a"]},
    "ImageConfig.Command": {"Command": ["a"]}, "ImageConfig.WorkingDirectory": {"WorkingDirectory": "/"},
    "SnapStart": {"ApplyOn": "PublishedVersions"}, "SnapStart.ApplyOn": {"ApplyOn": "PublishedVersions"},
    "TenancyConfig": {"TenantIsolationMode": "PER_TENANT"},
    "TenancyConfig.TenantIsolationMode": {"TenantIsolationMode": "PER_TENANT"},
    "CapacityProviderConfig": PROVIDER,
    "CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig": PROVIDER,
    "DurableConfig": {"ExecutionTimeout": 60}, "DurableConfig.KMSKeyArn": {"KMSKeyArn": ARN.format("kms", "key/1")},
    "DurableConfig.RetentionPeriodInDays": {"RetentionPeriodInDays": 5},
    "DurableConfig.ExecutionTimeout": {"ExecutionTimeout": 60},
    "S3Bucket": "bucket", "S3Key": "key", "S3ObjectVersion": "1", "S3ObjectStorageMode": "REFERENCE",
    "ImageUri": "registry/image:1", "RecursiveLoop": "Allow",
    "KMSKeyArn": ARN.format("kms", "key/1"), "MetricsConfig": {"Metrics": ["EventCount"]},
    "LoggingConfig": {"SystemLogLevel": "DEBUG"}, "ProvisionedPollerConfig": {"MinimumPollers": 2},
    "ParallelizationFactor": 2, "DestinationConfig": {"OnFailure": {"Destination": ARN.format("sqs", "q")}},
    "MaximumRecordAgeInSeconds": 60, "BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 1,
    "TumblingWindowInSeconds": 5, "SourceAccessConfigurations": [{"Type": "BASIC_AUTH", "URI": "arn:a"}],
    "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": "g"},
    "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": "g"},
    "DocumentDBEventSourceConfig": {"DatabaseName": "d"}, "StartingPosition": "LATEST",
    "StartingPositionTimestamp": 1.0, "Topics": ["t"], "Queues": ["q"],
    "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["a:1"]}},
}
HEADER_PROBES = {"DurableExecutionName": ("X-Amz-Durable-Execution-Name", "run-1"),
                 "TenantId": ("X-Amz-Tenant-Id", "blue")}
HARMLESS = {
    "PackageType": "Zip", "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
    "DeadLetterConfig": {"TargetArn": ""}, "KMSKeyArn": "", "TracingConfig": {"Mode": "PassThrough"},
    "FileSystemConfigs": [], "SnapStart": {"ApplyOn": "None"}}

REFUSED = [(row["operation"], row["member"]) for row in compatibility.table("members.tsv")
           if row["status"] == "refused"]


def change_mapping(api, name, operation, members):
    """Sends the members for a mapping of a queue that is there; UpdateEventSourceMapping for a mapping that is."""
    sqs = api.platform.client("sqs")
    url = sqs.create_queue(QueueName="refused-members")["QueueUrl"]
    source = {"FunctionName": name, "Enabled": False, "EventSourceArn": sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]}
    if operation == "CreateEventSourceMapping":
        return api.call("POST", MAPPINGS, body={**source, **members})
    api.call("POST", MAPPINGS, body=source)
    listed = json.loads(api.call("GET", MAPPINGS, query={"FunctionName": name}).body)["EventSourceMappings"]
    return api.call("PUT", f"{MAPPINGS}/{listed[0]['UUID']}", body=members)


def with_zip(member):
    """The probe beside a package that alone would be accepted: nothing but the probe can be what is refused."""
    return {"ZipFile": base64_of(packages.python().zip_bytes), member: BODY_PROBES[member]}


def refuse(api, functions, name, operation, member):
    """Sends the probe and returns the answer."""
    if operation == "Invoke":
        header, value = HEADER_PROBES[member]
        return api.invoke(name, headers={header: value})
    if operation == "InvokeWithResponseStream":
        header, value = HEADER_PROBES[member]
        return api.call("POST", f"/2021-11-15/functions/{name}/response-streaming-invocations", body={},
                        headers={header: value})
    if operation == "PutFunctionRecursionConfig":
        return api.call("PUT", f"/2024-08-31/functions/{name}/recursion-config", body={member: BODY_PROBES[member]})
    if operation == "PublishVersion":
        return api.call("POST", f"{FUNCTIONS}/{name}/versions", body={member: BODY_PROBES[member]})
    if operation.endswith("EventSourceMapping"):
        return change_mapping(api, name, operation, {member: BODY_PROBES[member]})
    outer = member.split(".")[0]
    if operation == "CreateFunction" and outer == "Code":
        return api.create(functions.new_name(), Code=with_zip(member.split(".")[1]))
    if operation == "CreateFunction":
        return api.create(functions.new_name(), **{outer: BODY_PROBES[member]})
    if operation == "PublishLayerVersion":
        content = with_zip(member.split(".")[1])
        return api.call("POST", "/2018-10-31/layers/refused/versions", body={outer: content})
    if operation == "UpdateFunctionCode":
        return api.update_code(name, **with_zip(outer))
    return api.update_configuration(name, **{outer: BODY_PROBES[member]})


@pytest.mark.parametrize("operation, member", REFUSED, ids=lambda value: value)
def test_a_member_that_is_not_carried_out_is_refused(api, functions, shared, operation, member):
    before = json.loads(api.get_configuration(shared).body)
    answer = refuse(api, functions, shared, operation, member)
    assert answer.status == 400, answer
    assert answer.headers["x-amzn-ErrorType"] in ("InvalidParameterValueException", "ValidationException")
    assert json.loads(api.get_configuration(shared).body) == before


@pytest.mark.parametrize("member", HARMLESS)
def test_the_harmless_value_of_a_refused_member_is_accepted(api, functions, member):
    name = functions.new_name()
    answer = api.create(name, **{member: HARMLESS[member]})
    assert answer.status == 201, answer
    functions.wait_ready(name)


def test_arm64_is_refused_on_workers_that_are_not(api, functions):
    answer = api.create(functions.new_name(), Architectures=["arm64"])
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "InvalidParameterValueException")


@pytest.mark.parametrize("runtime", ["java21", "ruby3.3", "dotnet8"])
def test_a_runtime_the_machine_lacks_is_refused_with_a_clear_message(api, functions, runtime):
    answer = api.create(functions.new_name(), Runtime=runtime)
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "InvalidParameterValueException")
    assert runtime in answer.body.decode() and "installed" in answer.body.decode()


def test_a_nearest_runtime_is_shown_as_what_it_is(api, functions):
    name = functions.deploy(packages.python(runtime="python3.13"))
    answer = functions.invoke(name, {"do": "environ"}, LogType="Tail")
    assert answer.value["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    exact = functions.deploy(packages.python(runtime="python3.11"))
    arns = [json.loads(api.get_configuration(one).body)["RuntimeVersionConfig"]["RuntimeVersionArn"]
            for one in (name, exact)]
    assert arns[0] == arns[1] and arns[0].startswith("arn:aws:lambda:us-east-1::runtime:")
