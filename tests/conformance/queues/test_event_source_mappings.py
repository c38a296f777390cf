"""Event source mappings of queues, with boto3: the whole life of a mapping, batches, filters, failures, order."""

import json
import time

import botocore.exceptions
import pytest

import function_packages as packages
from platform_fixture import ACCOUNT, REGION, wait_until

# Says what it got, and fails what it is told to fail.
ECHO = """
import json
def handler(event, context):
    failed = []
    for record in event["Records"]:
        print("GOT " + json.dumps(record))
        if "fail" in record["body"]:
            failed.append({"itemIdentifier": record["messageId"]})
        if "raise" in record["body"]:
            raise ValueError("asked to")
    print("BATCH %d" % len(event["Records"]))
    return {"batchItemFailures": failed}
"""


@pytest.fixture(scope="module")
def sqs(platform):
    return platform.client("sqs")


@pytest.fixture
def queue(sqs, functions):
    """Makes queues: (URL, ARN)."""
    def make(**attributes):
        fifo = attributes.get("FifoQueue") == "true"
        url = sqs.create_queue(QueueName=functions.new_name() + (".fifo" if fifo else ""),
                               Attributes=attributes)["QueueUrl"]
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, answer["Attributes"]["QueueArn"]
    return make


@pytest.fixture
def mapped(client, functions):
    """Deploys the echo and maps a queue to it: (function, mapping id)."""
    made = []

    def make(arn, **members):
        name = members.pop("FunctionName", None) or functions.deploy(packages.python_text(ECHO), Timeout=3)
        mapping = client.create_event_source_mapping(FunctionName=name, EventSourceArn=arn, **members)
        made.append(mapping["UUID"])
        assert mapping["State"] == "Creating"
        assert wait_until(lambda: state_of(client, mapping["UUID"]) in ("Enabled", "Disabled"), 10)
        return name, mapping["UUID"]
    yield make
    for identity in made:
        try:
            client.delete_event_source_mapping(UUID=identity)
        except client.exceptions.ResourceNotFoundException:
            pass


def state_of(client, identity):
    return client.get_event_source_mapping(UUID=identity)["State"]


def test_a_mapping_has_tags_that_come_and_go_without_touching_it(api, client, functions, queue):
    """Made and read by hand: Debian's boto3 knows neither Tags nor EventSourceMappingArn of mappings."""
    _, arn = queue(VisibilityTimeout="30")
    name = functions.deploy(packages.python_text(ECHO), Timeout=3)
    answer = api.call("POST", "/2015-03-31/event-source-mappings/",
                      {"FunctionName": name, "EventSourceArn": arn, "Tags": {"team": "red", "cost": "1"}})
    assert answer.status == 202, answer
    made = json.loads(answer.body)
    identity, resource = made["UUID"], made["EventSourceMappingArn"]
    assert resource == f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{identity}"
    assert wait_until(lambda: state_of(client, identity) == "Enabled", 10)
    before = client.get_event_source_mapping(UUID=identity)
    assert client.list_tags(Resource=resource)["Tags"] == {"team": "red", "cost": "1"}
    client.tag_resource(Resource=resource, Tags={"cost": "2", "more": ""})
    client.untag_resource(Resource=resource, TagKeys=["team", "never"])
    assert client.list_tags(Resource=resource)["Tags"] == {"cost": "2", "more": ""}
    after = client.get_event_source_mapping(UUID=identity)
    assert (after["State"], after["LastModified"]) == (before["State"], before["LastModified"])
    with pytest.raises(client.exceptions.InvalidParameterValueException):
        client.tag_resource(Resource=resource, Tags={"aws:own": "x"})
    client.delete_event_source_mapping(UUID=identity)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.list_tags(Resource=resource)


def lines_of(platform, name, word):
    logs = platform.client("logs")
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}", filterPattern=word)
        return [event["message"][len(word) + 1:].strip() for event in pages.build_full_result()["events"]
                if event["message"].startswith(word)]
    except logs.exceptions.ResourceNotFoundException:
        return []


def records_of(platform, name):
    return [json.loads(line) for line in lines_of(platform, name, "GOT")]


def left_in(sqs, url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def test_a_message_runs_the_function_and_is_deleted(platform, client, sqs, queue, mapped):
    url, arn = queue()
    name, _ = mapped(arn)
    sent = sqs.send_message(QueueUrl=url, MessageBody="hello", MessageAttributes={
        "n": {"DataType": "Number", "StringValue": "7"}})
    record, = wait_until(lambda: records_of(platform, name), 20)
    assert wait_until(lambda: left_in(sqs, url) == 0, 10)
    assert set(record) == {"messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody",
                           "md5OfMessageAttributes", "eventSource", "eventSourceARN", "awsRegion"}
    assert (record["messageId"], record["body"], record["eventSource"], record["eventSourceARN"]) == (
        sent["MessageId"], "hello", "aws:sqs", arn)
    assert record["messageAttributes"] == {"n": {"stringValue": "7", "stringListValues": [], "binaryListValues": [],
                                                 "dataType": "Number"}}
    assert set(record["attributes"]) == {"ApproximateReceiveCount", "SentTimestamp", "SenderId",
                                         "ApproximateFirstReceiveTimestamp"}


def test_the_life_of_a_mapping(client, sqs, queue, mapped):
    url, arn = queue()
    name, identity = mapped(arn)
    listed = client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
    assert [(one["UUID"], one["FunctionArn"].rsplit(":", 1)[1]) for one in listed] == [(identity, name)]
    assert client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"] == listed
    _, another = mapped(queue()[1], FunctionName=name)
    pages = list(client.get_paginator("list_event_source_mappings").paginate(
        FunctionName=name, PaginationConfig={"PageSize": 1}))
    assert [len(page["EventSourceMappings"]) for page in pages] == [1, 1]
    assert {page["EventSourceMappings"][0]["UUID"] for page in pages} == {identity, another}
    client.delete_event_source_mapping(UUID=another)
    off = client.update_event_source_mapping(UUID=identity, Enabled=False, BatchSize=5)
    assert (off["State"], off["BatchSize"]) == ("Disabling", 5)
    assert wait_until(lambda: state_of(client, identity) == "Disabled", 10)
    sqs.send_message(QueueUrl=url, MessageBody="later")
    time.sleep(1)
    assert left_in(sqs, url) == 1
    assert client.update_event_source_mapping(UUID=identity, Enabled=True)["State"] == "Enabling"
    assert wait_until(lambda: left_in(sqs, url) == 0, 20)
    assert client.delete_event_source_mapping(UUID=identity)["State"] == "Deleting"

    def gone():
        try:
            return not state_of(client, identity)
        except client.exceptions.ResourceNotFoundException:
            return True
    assert wait_until(gone, 10)


def test_only_what_failed_comes_again(platform, sqs, queue, mapped):
    url, arn = queue(VisibilityTimeout="3")
    name, _ = mapped(arn, FunctionResponseTypes=["ReportBatchItemFailures"], BatchSize=10,
                     MaximumBatchingWindowInSeconds=1)
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": body, "MessageBody": body} for body in ("well", "fail")])

    def runs(body):
        return [record["attributes"]["ApproximateReceiveCount"] for record in records_of(platform, name)
                if record["body"] == body]
    assert wait_until(lambda: "2" in runs("fail"), 30)
    assert runs("well") == ["1"]
    assert left_in(sqs, url) == 1


def test_a_function_that_fails_keeps_the_batch_until_the_dead_letters(platform, client, sqs, queue, mapped):
    dead_url, dead_arn = queue()
    url, arn = queue(VisibilityTimeout="3", RedrivePolicy=json.dumps(
        {"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2}))
    name, identity = mapped(arn)
    sqs.send_message(QueueUrl=url, MessageBody="raise")
    assert wait_until(lambda: left_in(sqs, dead_url) == 1, 30)
    assert len(records_of(platform, name)) == 2
    assert client.get_event_source_mapping(UUID=identity)["LastProcessingResult"].startswith("PROBLEM")


def test_filters_delete_what_they_do_not_want(platform, sqs, queue, mapped):
    url, arn = queue()
    pattern = json.dumps({"body": {"kind": [{"prefix": "want"}], "size": [{"numeric": [">", 10]}]}})
    name, _ = mapped(arn, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    for body in ('{"kind": "wanted", "size": 11}', '{"kind": "wanted", "size": 9}', "plain"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert wait_until(lambda: left_in(sqs, url) == 0, 20)
    assert wait_until(lambda: records_of(platform, name), 10)
    assert [record["body"] for record in records_of(platform, name)] == ['{"kind": "wanted", "size": 11}']


def test_a_window_gathers_a_batch(platform, sqs, queue, mapped):
    url, arn = queue()
    name, _ = mapped(arn, BatchSize=100, MaximumBatchingWindowInSeconds=2)
    for i in range(12):
        sqs.send_message(QueueUrl=url, MessageBody=str(i))
    assert wait_until(lambda: left_in(sqs, url) == 0, 30)
    assert wait_until(lambda: sum(map(int, lines_of(platform, name, "BATCH"))) == 12, 10)
    assert len(lines_of(platform, name, "BATCH")) <= 2


def test_groups_keep_their_order(platform, sqs, queue, mapped):
    url, arn = queue(FifoQueue="true", ContentBasedDeduplication="true")
    name, _ = mapped(arn, BatchSize=2)
    for i in range(6):
        sqs.send_message(QueueUrl=url, MessageBody=f"{i}", MessageGroupId="g")
    assert wait_until(lambda: left_in(sqs, url) == 0, 30)
    assert wait_until(lambda: len(records_of(platform, name)) == 6, 10)
    assert [record["body"] for record in records_of(platform, name)] == [str(i) for i in range(6)]


def test_what_cannot_work_is_refused(client, sqs, queue, functions):
    _, arn = queue(VisibilityTimeout="2")
    name = functions.deploy(packages.python_text(ECHO), Timeout=3)
    with pytest.raises(client.exceptions.InvalidParameterValueException) as refused:
        client.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)
    assert refused.value.response["Error"]["Message"] == (
        "Invalid request provided: Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds")
    with pytest.raises(client.exceptions.InvalidParameterValueException) as refused:
        client.create_event_source_mapping(FunctionName=name, StartingPosition="LATEST",
                                           EventSourceArn=arn.replace(":sqs:", ":kinesis:"))
    assert "kinesis" in refused.value.response["Error"]["Message"]


def test_the_role_must_be_allowed_to_receive(platform, client, queue, functions):
    _, arn = queue()
    iam = platform.client("iam")
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
                                                    "Principal": {"Service": "lambda.amazonaws.com"}}}
    role = functions.new_name()
    made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    name = functions.deploy(packages.python_text(ECHO), Role=made)
    with pytest.raises(client.exceptions.InvalidParameterValueException) as refused:
        client.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)
    assert refused.value.response["Error"]["Message"] == (
        "The provided execution role does not have permissions to call ReceiveMessage on SQS")
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": arn}}))
    mapping = client.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)
    client.delete_event_source_mapping(UUID=mapping["UUID"])


def test_a_policy_says_which_functions_somebody_may_map(platform, functions, queue):
    iam, name, other = platform.client("iam"), functions.deploy(packages.python()), functions.deploy(packages.python())
    function = functions.client.get_function_configuration(FunctionName=name)["FunctionArn"]
    iam.create_user(UserName="mapper")
    iam.put_user_policy(UserName="mapper", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "lambda:*EventSourceMapping", "Resource": "*",
            "Condition": {"StringEquals": {"lambda:FunctionArn": function}}}]}))
    key = iam.create_access_key(UserName="mapper")["AccessKey"]
    own = platform.client(keys=(key["AccessKeyId"], key["SecretAccessKey"]))

    def denied(call, **members):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            call(**members)
        return refused.value.response["Error"]["Code"] == "AccessDeniedException"
    _, arn = queue()
    mapping = own.create_event_source_mapping(FunctionName=name, EventSourceArn=arn, Enabled=False)["UUID"]
    assert denied(own.create_event_source_mapping, FunctionName=other, EventSourceArn=arn)
    assert denied(own.update_event_source_mapping, UUID=mapping, FunctionName=other)
    assert wait_until(lambda: own.get_event_source_mapping(UUID=mapping)["State"] == "Disabled", 10)
    own.delete_event_source_mapping(UUID=mapping)
    iam.delete_access_key(UserName="mapper", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="mapper", PolicyName="p")
    iam.delete_user(UserName="mapper")
