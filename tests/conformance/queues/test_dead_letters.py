"""What becomes of events that are given up or end: DeadLetterConfig, and destinations that are queues."""

import json

import pytest

import function_packages as packages
from platform_fixture import wait_until

BROKEN = """
def handler(event, context):
    raise ValueError("broken")
"""


@pytest.fixture(scope="module")
def sqs(platform):
    return platform.client("sqs")


@pytest.fixture
def queue(sqs, functions):
    def make():
        url = sqs.create_queue(QueueName=functions.new_name())["QueueUrl"]
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, answer["Attributes"]["QueueArn"]
    return make


def receive(sqs, url, seconds=20):
    names = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
    return wait_until(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2, **names).get("Messages"), seconds)


def test_a_dead_letter_is_the_event_and_why_it_was_given_up(client, sqs, queue, functions):
    url, arn = queue()
    name = functions.deploy(packages.python_text(BROKEN), DeadLetterConfig={"TargetArn": arn})
    assert client.get_function_configuration(FunctionName=name)["DeadLetterConfig"] == {"TargetArn": arn}
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    answer = client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')
    letter, = receive(sqs, url)
    assert json.loads(letter["Body"]) == {"a": 1}
    attributes = {key: (value["DataType"], value["StringValue"]) for key, value in letter["MessageAttributes"].items()}
    assert attributes == {"RequestID": ("String", answer["ResponseMetadata"]["RequestId"]),
                          "ErrorCode": ("Number", "200"), "ErrorMessage": ("String", "broken")}


def test_an_event_of_a_function_without_concurrency_goes_at_once(client, sqs, queue, functions):
    url, arn = queue()
    name = functions.deploy(packages.python_text(BROKEN), DeadLetterConfig={"TargetArn": arn})
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    client.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    letter, = receive(sqs, url)
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "429"


def test_dead_letters_can_be_taken_away(client, queue, functions):
    _, arn = queue()
    name = functions.deploy(packages.python_text(BROKEN), DeadLetterConfig={"TargetArn": arn})
    client.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": ""})
    assert "DeadLetterConfig" not in client.get_function_configuration(FunctionName=name)


def test_an_alias_has_two_versions_only_with_the_same_dead_letters(client, queue, functions):
    _, arn = queue()
    name = functions.deploy(packages.python_text(BROKEN), DeadLetterConfig={"TargetArn": arn})
    client.publish_version(FunctionName=name)
    client.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": ""})
    functions.wait_ready(name)
    client.publish_version(FunctionName=name)
    routed = {"RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5}}}
    with pytest.raises(client.exceptions.InvalidParameterValueException):
        client.create_alias(FunctionName=name, Name="live", FunctionVersion="1", **routed)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    with pytest.raises(client.exceptions.InvalidParameterValueException):
        client.update_alias(FunctionName=name, Name="live", **routed)


def test_topics_and_queues_that_are_not_there_are_refused(client, queue, functions):
    _, arn = queue()
    for target in (arn.replace(":sqs:", ":sns:"), arn + "-absent"):
        with pytest.raises(client.exceptions.InvalidParameterValueException):
            functions.create(packages.python_text(BROKEN), DeadLetterConfig={"TargetArn": target})


def test_a_queue_hears_of_success_and_of_failure(client, sqs, queue, functions):
    (well_url, well), (failed_url, failed) = queue(), queue()
    config = {"OnSuccess": {"Destination": well}, "OnFailure": {"Destination": failed}}
    good = functions.deploy(packages.python_text("def handler(event, context):\n    return 'done'\n"))
    bad = functions.deploy(packages.python_text(BROKEN))
    for name in (good, bad):
        client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=config)
        client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')
    record = json.loads(receive(sqs, well_url)[0]["Body"])
    assert (record["requestContext"]["condition"], record["requestPayload"], record["responsePayload"]) == (
        "Success", {"a": 1}, "done")
    record = json.loads(receive(sqs, failed_url)[0]["Body"])
    assert (record["requestContext"]["condition"], record["responseContext"]["functionError"]) == (
        "RetriesExhausted", "Unhandled")


def topic_heard_by_a_queue(platform, sqs, url, arn, name):
    sns = platform.client("sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
                                                     "Action": "sqs:SendMessage", "Resource": arn}}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic


def test_a_topic_gets_dead_letters(platform, client, sqs, queue, functions):
    url, arn = queue()
    topic = topic_heard_by_a_queue(platform, sqs, url, arn, functions.new_name())
    name = functions.deploy(packages.python_text(BROKEN), DeadLetterConfig={"TargetArn": topic})
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    answer = client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')
    envelope = json.loads(receive(sqs, url)[0]["Body"])
    assert (envelope["TopicArn"], json.loads(envelope["Message"])) == (topic, {"a": 1})
    assert envelope["MessageAttributes"] == {
        "RequestID": {"Type": "String", "Value": answer["ResponseMetadata"]["RequestId"]},
        "ErrorCode": {"Type": "Number", "Value": "200"}, "ErrorMessage": {"Type": "String", "Value": "broken"}}


def test_a_topic_hears_of_success_and_of_failure(platform, client, sqs, queue, functions):
    url, arn = queue()
    topic = topic_heard_by_a_queue(platform, sqs, url, arn, functions.new_name())
    config = {"OnSuccess": {"Destination": topic}, "OnFailure": {"Destination": topic}}
    good = functions.deploy(packages.python_text("def handler(event, context):\n    return 'done'\n"))
    bad = functions.deploy(packages.python_text(BROKEN))
    conditions = []
    for name in (good, bad):
        client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=config)
        client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"a": 1}')
        message, = receive(sqs, url)
        record = json.loads(json.loads(message["Body"])["Message"])
        conditions.append((record["requestContext"]["condition"], record["requestPayload"]))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert conditions == [("Success", {"a": 1}), ("RetriesExhausted", {"a": 1})]


def test_the_role_must_be_allowed_to_publish(platform, client, functions):
    topic = platform.client("sns").create_topic(Name=functions.new_name())["TopicArn"]
    iam = platform.client("iam")
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
                                                    "Principal": {"Service": "lambda.amazonaws.com"}}}
    role = iam.create_role(RoleName=functions.new_name(), AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    with pytest.raises(client.exceptions.InvalidParameterValueException) as refused:
        functions.create(packages.python_text(BROKEN), Role=role["Arn"], DeadLetterConfig={"TargetArn": topic})
    assert refused.value.response["Error"]["Message"] == (
        "The provided execution role does not have permissions to call Publish on SNS")
    name = functions.deploy(packages.python_text(BROKEN), Role=role["Arn"])
    with pytest.raises(client.exceptions.InvalidParameterValueException) as refused:
        client.put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnFailure": {"Destination": topic}})
    assert "call Publish on " + topic in refused.value.response["Error"]["Message"]


def test_the_role_must_be_allowed_to_send(platform, client, sqs, queue, functions):
    url, arn = queue()
    iam = platform.client("iam")
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
                                                    "Principal": {"Service": "lambda.amazonaws.com"}}}
    role = iam.create_role(RoleName=functions.new_name(), AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    with pytest.raises(client.exceptions.InvalidParameterValueException) as refused:
        functions.create(packages.python_text(BROKEN), Role=role["Arn"], DeadLetterConfig={"TargetArn": arn})
    assert refused.value.response["Error"]["Message"] == (
        "The provided execution role does not have permissions to call SendMessage on SQS")
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}}))
    functions.create(packages.python_text(BROKEN), Role=role["Arn"], DeadLetterConfig={"TargetArn": arn})
