"""Amazon SQS with boto3, the aws CLI and the older query protocol: every operation, checksums, order, dead letters."""

import hashlib
import http.client
import json
import os
import subprocess
import threading
import time
import urllib.parse
import xml.etree.ElementTree as xml

import boto3
import botocore.exceptions
import pytest

from platform_fixture import ACCOUNT, REGION, wait_until

NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"


@pytest.fixture(scope="module")
def sqs(platform):
    return platform.client("sqs")


@pytest.fixture
def make(sqs, request):
    """Makes queues named after the test."""
    made = []

    def make_queue(stem="q", **attributes):
        fifo = attributes.get("FifoQueue") == "true"
        name = f"{request.node.name[:60]}-{len(made)}-{stem}" + (".fifo" if fifo else "")
        url = sqs.create_queue(QueueName=name.replace("[", "-").replace("]", "-"), Attributes=attributes)["QueueUrl"]
        made.append(url)
        return url
    yield make_queue
    for url in made:
        try:
            sqs.delete_queue(QueueUrl=url)
        except botocore.exceptions.ClientError:
            pass


def arn_of(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def error_of(call, **members):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**members)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def receive(sqs, url, count=10, **members):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=count, **members).get("Messages", [])


def ask_by_json(platform, operation, **members):
    """One call of the JSON protocol: (status, headers, body)."""
    body = json.dumps(members).encode()
    headers = platform.signed("POST", "/", body, {"Content-Type": "application/x-amz-json-1.0",
                                                  "X-Amz-Target": f"AmazonSQS.{operation}"}, service="sqs")
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=30)
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, json.loads(answer.read())


def test_the_json_protocol(platform, make):
    url = make()
    status, headers, sent = ask_by_json(platform, "SendMessage", QueueUrl=url, MessageBody="grüße")
    assert (status, headers["Content-Type"]) == (200, "application/x-amz-json-1.0")
    assert sent["MD5OfMessageBody"] == hashlib.md5("grüße".encode()).hexdigest()
    got = ask_by_json(platform, "ReceiveMessage", QueueUrl=url, MessageSystemAttributeNames=["All"])[2]["Messages"][0]
    assert got["Body"] == "grüße" and got["Attributes"]["ApproximateReceiveCount"] == "1"
    batch = [{"Id": "a", "ReceiptHandle": got["ReceiptHandle"]}, {"Id": "b", "ReceiptHandle": "x"}]
    answer = ask_by_json(platform, "DeleteMessageBatch", QueueUrl=url, Entries=batch)[2]
    assert answer["Successful"] == [{"Id": "a"}]
    assert (answer["Failed"][0]["Code"], answer["Failed"][0]["SenderFault"]) == ("ReceiptHandleIsInvalid", True)
    status, headers, error = ask_by_json(platform, "GetQueueUrl", QueueName="none")
    assert (status, error["__type"]) == (400, "com.amazonaws.sqs#QueueDoesNotExist")
    assert headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"


def test_the_same_request_may_come_twice_within_a_second(platform, sqs, make):
    url = make()
    body = json.dumps({"QueueUrl": url, "MessageBody": "again"}).encode()
    headers = platform.signed("POST", "/", body, {"Content-Type": "application/x-amz-json-1.0",
                                                  "X-Amz-Target": "AmazonSQS.SendMessage"}, service="sqs")
    for _ in range(2):
        connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=30)
        connection.request("POST", "/", body, headers)
        assert connection.getresponse().status == 200
    assert len(receive(sqs, url)) == 2


def test_a_message_is_sent_received_and_deleted(sqs, make):
    url = make()
    attributes = {"n": {"DataType": "Number", "StringValue": "7"}, "b": {"DataType": "Binary", "BinaryValue": b"\1\2"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody="grüße", MessageAttributes=attributes)
    got, = receive(sqs, url, AttributeNames=["All"], MessageAttributeNames=["All"], VisibilityTimeout=1)
    assert (got["MessageId"], got["Body"]) == (sent["MessageId"], "grüße")
    assert got["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert got["MessageAttributes"] == attributes
    assert set(got["Attributes"]) == {"SenderId", "SentTimestamp", "ApproximateReceiveCount",
                                      "ApproximateFirstReceiveTimestamp"}
    assert receive(sqs, url) == []
    again, = receive(sqs, url, WaitTimeSeconds=5, AttributeNames=["ApproximateReceiveCount"])
    assert again["Attributes"] == {"ApproximateReceiveCount": "2"}
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == counts["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_a_long_poll_is_woken_by_a_message(sqs, make):
    url = make()
    threading.Timer(0.5, lambda: sqs.send_message(QueueUrl=url, MessageBody="now")).start()
    start = time.monotonic()
    assert [one["Body"] for one in receive(sqs, url, WaitTimeSeconds=20)] == ["now"]
    assert time.monotonic() - start < 5


def test_long_polls_do_not_hold_others_up(platform, sqs, make):
    url = make()
    clients = [platform.client("sqs") for _ in range(12)]
    wait = {"WaitTimeSeconds": 3}
    threads = [threading.Thread(target=receive, args=(client, url), kwargs=wait) for client in clients]
    for thread in threads:
        thread.start()
    start = time.monotonic()
    sqs.list_queues()
    assert time.monotonic() - start < 2
    for thread in threads:
        thread.join()


def test_batches(sqs, make):
    url = make()
    sent = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": f"m{i}"} for i in range(10)])
    assert len(sent["Successful"]) == 10 and "Failed" not in sent
    got = receive(sqs, url)
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
        {"Id": str(i), "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 0} for i, one in enumerate(got)])
    assert len(changed["Successful"]) == len(got) == 10
    got = receive(sqs, url)
    gone = sqs.delete_message_batch(QueueUrl=url, Entries=[
        {"Id": str(i), "ReceiptHandle": one["ReceiptHandle"]} for i, one in enumerate(got)])
    assert len(gone["Successful"]) == 10
    code, text = error_of(sqs.send_message_batch, QueueUrl=url,
                          Entries=[{"Id": str(i), "MessageBody": "x"} for i in range(20)])
    assert code == "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
    assert text == "Maximum number of entries per request are 10. You have sent 20."
    code, text = error_of(sqs.send_message_batch, QueueUrl=url,
                          Entries=[{"Id": str(i), "MessageBody": "x" * 262144} for i in range(4)] +
                          [{"Id": "more", "MessageBody": "x"}])
    assert code == "AWS.SimpleQueueService.BatchRequestTooLong"
    assert text == "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."


def test_a_megabyte_is_a_message(sqs, make):
    url = make()
    sqs.send_message(QueueUrl=url, MessageBody="x" * 1048576)
    assert len(receive(sqs, url)[0]["Body"]) == 1048576
    assert error_of(sqs.send_message, QueueUrl=url, MessageBody="x" * 1048577)[1] == (
        "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.")


def test_fifo_order_and_deduplication(sqs, make):
    url = make(FifoQueue="true", ContentBasedDeduplication="true")
    numbers = [sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)["SequenceNumber"]
               for body, group in (("1", "a"), ("2", "a"), ("3", "b"), ("1", "a"))]
    assert numbers[:3] == sorted(set(numbers)) and numbers[3] == numbers[0]
    first, = receive(sqs, url, 1, AttributeNames=["All"])
    assert (first["Body"], first["Attributes"]["MessageGroupId"]) == ("1", "a")
    assert [one["Body"] for one in receive(sqs, url)] == ["3"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert [one["Body"] for one in receive(sqs, url)] == ["2"]


def test_dead_letters_and_their_way_back(platform, sqs, make):
    dead = make("dead")
    policy = json.dumps({"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": 1})
    url = make("source", RedrivePolicy=policy, VisibilityTimeout="0")
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    assert len(receive(sqs, url)) == 1 and receive(sqs, url) == []
    got, = receive(sqs, dead, AttributeNames=["All"], VisibilityTimeout=0)
    assert got["Attributes"]["DeadLetterQueueSourceArn"] == arn_of(sqs, url)
    source = {"SourceArn": arn_of(sqs, dead)}
    status, _, started = ask_by_json(platform, "StartMessageMoveTask", **source)
    assert status == 200 and started["TaskHandle"]
    done = wait_until(lambda: [one for one in ask_by_json(platform, "ListMessageMoveTasks", **source)[2]["Results"]
                               if one["Status"] == "COMPLETED"], 10)
    assert done[0]["ApproximateNumberOfMessagesMoved"] == 1
    assert [one["Body"] for one in receive(sqs, url)] == ["poison"]
    status, headers, _ = ask_by_json(platform, "CancelMessageMoveTask", **started)
    assert (status, headers["x-amzn-query-error"]) == (400, "InvalidParameterValue;Sender")


def test_purge_once_a_minute(sqs, make):
    url = make()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.purge_queue(QueueUrl=url)
    assert receive(sqs, url) == []
    assert error_of(sqs.purge_queue, QueueUrl=url)[0] == "AWS.SimpleQueueService.PurgeQueueInProgress"


def test_errors_by_the_codes_clients_know(sqs, make):
    none = make().rsplit("/", 1)[0] + "/none"
    assert error_of(sqs.send_message, QueueUrl=none, MessageBody="x") == (
        "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="none")
    url = make()
    sqs.delete_queue(QueueUrl=url)
    assert error_of(sqs.create_queue, QueueName=url.rsplit("/", 1)[1])[0] == (
        "AWS.SimpleQueueService.QueueDeletedRecently")
    other = make()
    assert error_of(sqs.delete_message, QueueUrl=other, ReceiptHandle="x")[0] == "ReceiptHandleIsInvalid"
    assert error_of(sqs.set_queue_attributes, QueueUrl=other, Attributes={"KmsMasterKeyId": "alias/aws/sqs"})[0] == (
        "InvalidAttributeValue")


def test_tags_and_permissions(sqs, make):
    url = make()
    sqs.tag_queue(QueueUrl=url, Tags={"a": "1", "b": "2"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["a"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"b": "2"}
    sqs.add_permission(QueueUrl=url, Label="them", AWSAccountIds=["111111111111"], Actions=["SendMessage"])
    policy = json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])
    assert policy["Statement"][0]["Action"] == "SQS:SendMessage"
    sqs.remove_permission(QueueUrl=url, Label="them")
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])


def test_queues_are_listed_in_pages(sqs, make):
    urls = sorted(make(f"page{i}") for i in range(3))
    prefix = urls[0].rsplit("/", 1)[1][:20]
    pages = list(sqs.get_paginator("list_queues").paginate(
        QueueNamePrefix=prefix, PaginationConfig={"PageSize": 2}))
    assert len(pages) == 2
    assert [url for page in pages for url in page["QueueUrls"]] == urls


def test_users_need_a_policy(platform, sqs, make):
    url, other = make(), make()
    iam = platform.client("iam")
    iam.create_user(UserName="sender")
    iam.put_user_policy(UserName="sender", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn_of(sqs, url)}}))
    key = iam.create_access_key(UserName="sender")["AccessKey"]
    sender = boto3.client("sqs", endpoint_url=platform.endpoint, region_name=REGION,
                          aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    sender.send_message(QueueUrl=url, MessageBody="x")
    code, text = error_of(sender.send_message, QueueUrl=other, MessageBody="x")
    assert code in ("AccessDenied", "AccessDeniedException") and "sqs:SendMessage" in text
    assert error_of(sender.receive_message, QueueUrl=url)[0] in ("AccessDenied", "AccessDeniedException")


def ask_by_query(platform, path, **form):
    """One call of the query protocol: (status, root element)."""
    body = urllib.parse.urlencode({"Version": "2012-11-05", **form})
    headers = platform.signed("POST", path, body.encode(), {"Content-Type": "application/x-www-form-urlencoded"},
                              service="sqs")
    connection = http.client.HTTPConnection("127.0.0.1", platform.port, timeout=30)
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    return answer.status, xml.fromstring(answer.read())


def test_the_query_protocol(platform, sqs, make):
    url = make()
    path = urllib.parse.urlparse(url).path
    status, sent = ask_by_query(platform, path, Action="SendMessage", MessageBody="<hello>")
    assert status == 200
    assert sent.find(f"{NAMESPACE}SendMessageResult/{NAMESPACE}MD5OfMessageBody") is not None
    status, got = ask_by_query(platform, "/", Action="ReceiveMessage", QueueUrl=url, **{"AttributeName.1": "All"})
    message = got.find(f"{NAMESPACE}ReceiveMessageResult/{NAMESPACE}Message")
    assert message.find(f"{NAMESPACE}Body").text == "<hello>"
    receipt = message.find(f"{NAMESPACE}ReceiptHandle").text
    status, gone = ask_by_query(platform, path, Action="DeleteMessage", ReceiptHandle=receipt)
    assert status == 200 and gone.find(f"{NAMESPACE}DeleteMessageResult") is None
    status, error = ask_by_query(platform, f"/{ACCOUNT}/none", Action="PurgeQueue")
    assert (status, error.find(f"{NAMESPACE}Error/{NAMESPACE}Code").text) == (
        400, "AWS.SimpleQueueService.NonExistentQueue")


def test_the_aws_cli(platform, make):
    url = make()
    environment = {**{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
                   "AWS_SHARED_CREDENTIALS_FILE": platform.data_dir + "/credentials",
                   "AWS_CONFIG_FILE": platform.data_dir + "/config", "AWS_PAGER": "",
                   "AWS_EC2_METADATA_DISABLED": "true"}

    def aws(*arguments):
        run = subprocess.run(
            ["/usr/bin/aws", "sqs", *arguments, "--endpoint-url", platform.endpoint, "--region", REGION],
            capture_output=True, text=True, env=environment, check=False, timeout=60)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout) if run.stdout.strip() else {}
    aws("send-message", "--queue-url", url, "--message-body", "by hand")
    got = aws("receive-message", "--queue-url", url)["Messages"][0]
    assert got["Body"] == "by hand"
    aws("delete-message", "--queue-url", url, "--receipt-handle", got["ReceiptHandle"])
