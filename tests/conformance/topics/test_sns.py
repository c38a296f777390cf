"""Amazon SNS with boto3 and the aws CLI: topics, subscriptions of queues and functions, filters, signatures."""

import base64
import json
import os
import subprocess
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.exceptions
import pytest

import function_packages as packages
from platform_fixture import ACCOUNT, REGION, wait_until

PRINTS = """
import json
def handler(event, context):
    print("GOT " + json.dumps(event))
"""


@pytest.fixture(scope="module")
def sns(platform):
    return platform.client("sns")


@pytest.fixture(scope="module")
def sqs(platform):
    return platform.client("sqs")


@pytest.fixture
def topic(sns, functions):
    made = []

    def make(**settings):
        made.append(sns.create_topic(Name=functions.new_name("topic"), **settings)["TopicArn"])
        return made[-1]
    yield make
    for arn in made:
        sns.delete_topic(TopicArn=arn)


@pytest.fixture
def queue(sqs, functions):
    """Makes queues that let SNS in; answers URL and ARN."""
    made = []

    def make(open_to_sns=True, **attributes):
        name = functions.new_name("queue")
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        if open_to_sns:
            attributes["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": {
                "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
                "Resource": arn}})
        made.append(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])
        return made[-1], arn
    yield make
    for url in made:
        sqs.delete_queue(QueueUrl=url)


def received(sqs, url, seconds=10):
    def ask():
        return sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10,
                                   AttributeNames=["All"], MessageAttributeNames=["All"]).get("Messages")
    return wait_until(ask, seconds)


def nothing(sqs, url):
    return "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2)


def error_of(call, **members):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**members)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def lines_signed(envelope):
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    return "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope)


def check_signature(envelope, tmp_path, digest):
    """With the certificate that the message names, as a subscriber would."""
    with urllib.request.urlopen(envelope["SigningCertURL"]) as answer:
        assert answer.headers["Content-Type"] == "application/x-pem-file"
        (tmp_path / "cert.pem").write_bytes(answer.read())
    key = subprocess.run(["openssl", "x509", "-in", tmp_path / "cert.pem", "-pubkey", "-noout"], check=True,
                         capture_output=True).stdout
    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "signature").write_bytes(base64.b64decode(envelope["Signature"]))
    (tmp_path / "text").write_text(lines_signed(envelope))
    subprocess.run(["openssl", "dgst", digest, "-verify", tmp_path / "key.pem", "-signature", tmp_path / "signature",
                    tmp_path / "text"], check=True, capture_output=True)


def test_a_topic_is_made_shown_changed_and_deleted(sns, topic):
    arn = topic(Attributes={"DisplayName": "Orders"}, Tags=[{"Key": "team", "Value": "a"}])
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (attributes["TopicArn"], attributes["Owner"], attributes["DisplayName"]) == (arn, ACCOUNT, "Orders")
    assert json.loads(attributes["Policy"])["Id"] == "__default_policy_ID"
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="Others")
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "Others"
    assert {"TopicArn": arn} in [row for page in sns.get_paginator("list_topics").paginate() for row in page["Topics"]]
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    sns.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == []
    sns.delete_topic(TopicArn=arn)
    assert error_of(sns.get_topic_attributes, TopicArn=arn) == ("NotFound", "Topic does not exist")


@pytest.mark.parametrize("version, digest", [("1", "-sha1"), ("2", "-sha256")])
def test_a_queue_gets_a_signed_envelope(sns, sqs, topic, queue, tmp_path, version, digest):
    arn = topic(Attributes={"SignatureVersion": version})
    url, queue_arn = queue()
    subscription = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)["SubscriptionArn"]
    attributes = {"store": {"DataType": "String", "StringValue": "a"},
                  "blob": {"DataType": "Binary", "BinaryValue": b"\x00\x01"}}
    message_id = sns.publish(TopicArn=arn, Message='hello "you"', Subject="greeting",
                             MessageAttributes=attributes)["MessageId"]
    message, = received(sqs, url)
    envelope = json.loads(message["Body"])
    assert list(envelope) == ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion",
                              "Signature", "SigningCertURL", "UnsubscribeURL", "MessageAttributes"]
    assert [envelope[name] for name in ("Type", "MessageId", "TopicArn", "Subject", "Message")] == [
        "Notification", message_id, arn, "greeting", 'hello "you"']
    assert envelope["MessageAttributes"] == {"store": {"Type": "String", "Value": "a"},
                                             "blob": {"Type": "Binary", "Value": "AAE="}}
    assert envelope["SignatureVersion"] == version
    assert envelope["UnsubscribeURL"].endswith(f"Action=Unsubscribe&Version=2010-03-31&SubscriptionArn={subscription}")
    check_signature(envelope, tmp_path, digest)


def test_raw_delivery_is_the_message_itself(sns, sqs, topic, queue):
    arn = topic()
    url, queue_arn = queue()
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=arn, Message="hello", MessageAttributes={"n": {"DataType": "Number", "StringValue": "7"}})
    message, = received(sqs, url)
    assert message["Body"] == "hello"
    assert message["MessageAttributes"] == {"n": {"DataType": "Number", "StringValue": "7"}}


def test_a_function_gets_the_record_once_its_policy_lets_sns_in(platform, sns, sqs, client, topic, queue, functions):
    arn = topic()
    dead_url, dead = queue()
    name = functions.deploy(packages.python_text(PRINTS))
    function = client.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})}
    subscription = sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=function, Attributes=redrive)
    subscription = subscription["SubscriptionArn"]
    sns.publish(TopicArn=arn, Message="refused")
    assert json.loads(received(sqs, dead_url)[0]["Body"])["Message"] == "refused"
    client.add_permission(FunctionName=name, StatementId="sns", Action="lambda:InvokeFunction",
                          Principal="sns.amazonaws.com", SourceArn=arn)
    message_id = sns.publish(TopicArn=arn, Message="hello")["MessageId"]
    logs = platform.client("logs")

    def events():
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="GOT")["events"]
        return [json.loads(event["message"].split("GOT ", 1)[1]) for event in found]
    wait_until(lambda: _try(events), 20)
    event, = events()
    record, = event["Records"]
    assert (record["EventSource"], record["EventVersion"], record["EventSubscriptionArn"]) == (
        "aws:sns", "1.0", subscription)
    assert sorted(record["Sns"]) == sorted(["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp",
                                            "SignatureVersion", "Signature", "SigningCertUrl", "UnsubscribeUrl",
                                            "MessageAttributes"])
    assert (record["Sns"]["MessageId"], record["Sns"]["Message"], record["Sns"]["Subject"]) == (
        message_id, "hello", None)


def _try(call):
    try:
        return call()
    except botocore.exceptions.ClientError:
        return None


def test_filters_decide_who_gets_a_message(sns, sqs, topic, queue):
    arn = topic()
    by_attribute, by_body = queue(), queue()
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=by_attribute[1], Attributes={
        "RawMessageDelivery": "true", "FilterPolicy": json.dumps({"store": ["a"], "price": [{"numeric": [">", 5]}]})})
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=by_body[1], Attributes={
        "RawMessageDelivery": "true", "FilterPolicyScope": "MessageBody",
        "FilterPolicy": json.dumps({"order": {"kind": [{"prefix": "big"}]}})})

    def publish(text, store, price):
        sns.publish(TopicArn=arn, Message=text, MessageAttributes={
            "store": {"DataType": "String", "StringValue": store},
            "price": {"DataType": "Number", "StringValue": price}})
    publish("cheap", "a", "5")
    publish("elsewhere", "b", "6")
    publish("wanted", "a", "6")
    publish('{"order": {"kind": "bigger"}}', "c", "0")
    assert [message["Body"] for message in received(sqs, by_attribute[0])] == ["wanted"]
    assert [message["Body"] for message in received(sqs, by_body[0])] == ['{"order": {"kind": "bigger"}}']


def test_what_a_queue_refuses_goes_to_the_dead_letter_queue(sns, sqs, topic, queue):
    arn = topic()
    closed_url, closed = queue(open_to_sns=False)
    dead_url, dead = queue()
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=closed, Attributes={
        "RawMessageDelivery": "true", "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})})
    sns.publish(TopicArn=arn, Message="hello")
    assert [message["Body"] for message in received(sqs, dead_url)] == ["hello"]
    assert nothing(sqs, closed_url)


def test_a_batch_answers_for_each_message(sns, sqs, topic, queue):
    arn = topic()
    url, queue_arn = queue()
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
    answer = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=[
        {"Id": "a", "Message": "one"}, {"Id": "b", "Message": "two", "Subject": "\n"}])
    assert [row["Id"] for row in answer["Successful"]] == ["a"]
    assert [(row["Id"], row["Code"], row["SenderFault"]) for row in answer["Failed"]] == [
        ("b", "InvalidParameter", True)]
    assert [message["Body"] for message in received(sqs, url)] == ["one"]


def test_subscriptions_are_listed_changed_and_ended(sns, topic, queue):
    arn = topic()
    _, queue_arn = queue()
    subscription = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)["SubscriptionArn"]
    row = {"SubscriptionArn": subscription, "Owner": ACCOUNT, "Protocol": "sqs", "Endpoint": queue_arn, "TopicArn": arn}
    assert sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"] == [row]
    assert row in [one for page in sns.get_paginator("list_subscriptions").paginate() for one in page["Subscriptions"]]
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="FilterPolicy",
                                    AttributeValue='{"a": ["b"]}')
    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert (attributes["FilterPolicy"], attributes["PendingConfirmation"], attributes["RawMessageDelivery"]) == (
        '{"a": ["b"]}', "false", "false")
    assert error_of(sns.confirm_subscription, TopicArn=arn, Token="x") == ("InvalidParameter",
                                                                           "Invalid parameter: Token")
    sns.unsubscribe(SubscriptionArn=subscription)
    assert error_of(sns.get_subscription_attributes, SubscriptionArn=subscription)[0] == "NotFound"


@pytest.mark.parametrize("protocol, endpoint", [
    ("http", "http://127.0.0.1:1/"), ("https", "https://127.0.0.1:1/"), ("email", "a@example.com"), ("sms", "+1"),
    ("firehose", f"arn:aws:firehose:{REGION}:{ACCOUNT}:x")])
def test_other_protocols_are_refused_by_name(sns, topic, protocol, endpoint):
    code, text = error_of(sns.subscribe, TopicArn=topic(), Protocol=protocol, Endpoint=endpoint)
    assert (code, text) == ("InvalidParameter",
                            f"Invalid parameter: Protocol Reason: {protocol} is not supported by Hearth")


def test_fifo_topics_are_refused_by_name(sns):
    code, text = error_of(sns.create_topic, Name="orders.fifo", Attributes={"FifoTopic": "true"})
    assert code == "InvalidParameter" and "FIFO" in text


def test_a_user_publishes_where_a_policy_lets_them(platform, sns, topic, functions):
    arn = topic()
    iam = platform.client("iam")
    user = functions.new_name("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    theirs = platform.client("sns", keys=(key["AccessKeyId"], key["SecretAccessKey"]))
    code, text = error_of(theirs.publish, TopicArn=arn, Message="x")
    assert code == "AuthorizationError"
    assert f"is not authorized to perform: SNS:Publish on resource: {arn}" in text
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sns:Publish", "Resource": arn}}))
    assert theirs.publish(TopicArn=arn, Message="x")["MessageId"]
    assert error_of(theirs.get_topic_attributes, TopicArn=arn)[0] == "AuthorizationError"


def test_the_aws_cli_publishes(platform, sns, sqs, topic, queue):
    arn = topic()
    url, queue_arn = queue()
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
    key, secret = platform.keys()
    environment = dict(os.environ, AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret, AWS_DEFAULT_REGION=REGION)
    run = subprocess.run(["/usr/bin/aws", "--endpoint-url", platform.endpoint, "sns", "publish", "--topic-arn", arn,
                          "--message", "from the shell"], capture_output=True, text=True, env=environment, check=False)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["MessageId"]
    assert [message["Body"] for message in received(sqs, url)] == ["from the shell"]


def test_the_unsubscribe_url_ends_the_subscription_of_who_signs_it(platform, sns, sqs, topic, queue):
    arn, (url, queue_arn) = topic(), queue()
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)
    sns.publish(TopicArn=arn, Message="hello")
    message, = received(sqs, url)
    address = json.loads(message["Body"])["UnsubscribeURL"]
    target = address[len(platform.endpoint):]
    assert platform.send("GET", target).status == 403
    request = botocore.awsrequest.AWSRequest("GET", address)
    credentials = botocore.credentials.Credentials(*platform.keys())
    botocore.auth.SigV4QueryAuth(credentials, "sns", REGION).add_auth(request)
    answer = platform.send("GET", request.url[len(platform.endpoint):])
    assert answer.status == 200, answer
    assert sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"] == []


def test_tags_of_the_request_bind_who_makes_a_topic_or_a_queue(platform, sns):
    iam = platform.client("iam")
    iam.create_user(UserName="tagger")
    keys = iam.create_access_key(UserName="tagger")["AccessKey"]
    iam.put_user_policy(UserName="tagger", PolicyName="red", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["sns:*", "sqs:*"], "Resource": "*",
             "Condition": {"StringEquals": {"aws:RequestTag/team": "red"},
                           "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}}]}))
    pair = keys["AccessKeyId"], keys["SecretAccessKey"]
    topics, queues = platform.client("sns", keys=pair), platform.client("sqs", keys=pair)
    for tags in ({}, {"team": "blue"}, {"team": "red", "more": "x"}):
        with pytest.raises(botocore.exceptions.ClientError):
            topics.create_topic(Name="tagged", Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
        with pytest.raises(botocore.exceptions.ClientError):
            queues.create_queue(QueueName="tagged", tags=tags)
    arn = topics.create_topic(Name="tagged", Tags=[{"Key": "team", "Value": "red"}])["TopicArn"]
    url = queues.create_queue(QueueName="tagged", tags={"team": "red"})["QueueUrl"]
    sns.delete_topic(TopicArn=arn)
    platform.client("sqs").delete_queue(QueueUrl=url)
    iam.delete_user_policy(UserName="tagger", PolicyName="red")
    iam.delete_access_key(UserName="tagger", AccessKeyId=keys["AccessKeyId"])
    iam.delete_user(UserName="tagger")


def test_what_is_no_utf8_is_refused_and_the_controller_starts_again(make_platform):
    own = make_platform().start()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    bodies = (b"Action=CreateTopic&Version=2010-03-31&Name=t&Tags.member.1.Key=%FF&Tags.member.1.Value=x",
              b"Action=CreateTopic&Version=2010-03-31&Name=t&Attributes.entry.1.key=DisplayName&"
              b"Attributes.entry.1.value=%FF")
    for body in bodies:
        assert own.request("POST", "/", body, headers, service="sns").status == 400
    assert own.stop() == 0
    own.start()
    assert own.client("sns").list_topics()["Topics"] == []
