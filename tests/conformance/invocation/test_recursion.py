"""A function that sets itself off is stopped, whichever way it goes: the SDK inside sends the chain it is part of."""

import json
import time

import pytest

import function_packages as packages
from platform_fixture import wait_until

MOST_RUNS = 16
LOOPER = """
import json, os, boto3

def handler(event, context):
    if "Records" in event:
        event = json.loads(event["Records"][0]["body"])
    print("RAN")
    client = boto3.client(event["by"], endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    if event["by"] == "sqs":
        client.send_message(QueueUrl=event["queue"], MessageBody=json.dumps(event))
        return "sent"
    answer = client.invoke(FunctionName=context.function_name, InvocationType=event["type"], Payload=json.dumps(event))
    return json.loads(answer["Payload"].read() or "null")
"""


@pytest.fixture
def looper(platform, functions):
    """The name of a function that sets itself off as its event says."""
    iam, name = platform.client("iam"), functions.new_name()
    statement = {"Effect": "Allow", "Resource": "*"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
                                                "Principal": {"Service": "lambda.amazonaws.com"}}}))
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {**statement, "Action": ["lambda:*", "sqs:*"]}}))
    role = iam.get_role(RoleName=name)["Role"]["Arn"]
    return functions.deploy(packages.python_text(LOOPER), Role=role, Timeout=60)


def runs_of(platform, name):
    logs = platform.client("logs")
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}",
                                                                 filterPattern="RAN")
        return len(pages.build_full_result()["events"])
    except logs.exceptions.ResourceNotFoundException:
        return 0


def ends_after_the_last_run(platform, name):
    assert wait_until(lambda: runs_of(platform, name) >= MOST_RUNS, 60, 0.2), runs_of(platform, name)
    time.sleep(2)
    return runs_of(platform, name) == MOST_RUNS


def test_one_that_invokes_itself_is_answered_with_an_error(platform, functions, looper):
    answer = functions.invoke(looper, {"by": "lambda", "type": "RequestResponse"})
    assert b"RecursiveInvocationException" in answer.raw, answer
    assert ends_after_the_last_run(platform, looper)


def test_one_that_sends_itself_events_is_given_up(platform, functions, looper):
    functions.client.put_function_event_invoke_config(FunctionName=looper, MaximumRetryAttempts=0)
    functions.client.invoke(FunctionName=looper, InvocationType="Event",
                            Payload=json.dumps({"by": "lambda", "type": "Event"}))
    assert ends_after_the_last_run(platform, looper)


def test_one_that_fills_the_queue_it_consumes_is_stopped(platform, functions, looper):
    sqs = platform.client("sqs")
    url = sqs.create_queue(QueueName=looper, Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    mapping = functions.client.create_event_source_mapping(FunctionName=looper, EventSourceArn=arn, BatchSize=1)
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"by": "sqs", "queue": url}))
    assert ends_after_the_last_run(platform, looper)
    functions.client.delete_event_source_mapping(UUID=mapping["UUID"])
    sqs.delete_queue(QueueUrl=url)
