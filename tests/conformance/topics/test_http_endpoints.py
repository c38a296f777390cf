"""URLs that subscribe to topics: the request to confirm, what is posted, and what is tried again."""

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from platform_fixture import wait_until
from test_sns import check_signature, error_of


class Endpoint(ThreadingHTTPServer):
    """Remembers what was posted to it; answers what it is told to."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.posts, self.status = [], 200
        self.url = f"http://127.0.0.1:{self.server_address[1]}/told"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def posted(self, kind):
        return [(headers, body) for headers, body in self.posts if headers["x-amz-sns-message-type"] == kind]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.posts.append((self.headers, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def endpoint():
    made = Endpoint()
    yield made
    made.shutdown()
    made.server_close()


def test_a_url_confirms_and_gets_what_is_published(make_platform, endpoint, tmp_path):
    platform = make_platform(environment={"HEARTH_TOPICS_HTTP_ENDPOINTS": "true"}).start()
    sns = platform.client("sns")
    arn = sns.create_topic(Name="told")["TopicArn"]
    assert sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=endpoint.url)["SubscriptionArn"] == (
        "pending confirmation")
    assert sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"][0]["SubscriptionArn"] == (
        "PendingConfirmation")
    sns.publish(TopicArn=arn, Message="too early")
    (headers, body), = wait_until(lambda: endpoint.posted("SubscriptionConfirmation"), 10)
    asked = json.loads(body)
    assert (asked["Type"], asked["TopicArn"], headers["x-amz-sns-topic-arn"]) == ("SubscriptionConfirmation", arn, arn)
    check_signature(asked, tmp_path, "-sha1")
    assert error_of(sns.confirm_subscription, TopicArn=arn, Token="0" * 128)[1] == "Invalid parameter: Token"
    with urllib.request.urlopen(asked["SubscribeURL"]) as answer:
        assert arn.encode() in answer.read()
    subscription = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"][0]["SubscriptionArn"]
    assert sns.confirm_subscription(TopicArn=arn, Token=asked["Token"])["SubscriptionArn"] == subscription
    message_id = sns.publish(TopicArn=arn, Message="hello", Subject="greeting")["MessageId"]
    (headers, body), = wait_until(lambda: endpoint.posted("Notification"), 10)
    told = json.loads(body)
    assert (told["Message"], told["Subject"], told["MessageId"]) == ("hello", "greeting", message_id)
    assert headers["x-amz-sns-subscription-arn"] == subscription
    assert headers["Content-Type"] == "text/plain; charset=UTF-8"
    check_signature(told, tmp_path, "-sha1")
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="RawMessageDelivery",
                                    AttributeValue="true")
    sns.publish(TopicArn=arn, Message="as it is")
    headers, body = wait_until(lambda: endpoint.posted("Notification")[1:], 10)[0]
    assert (body, headers["x-amz-sns-rawdelivery"]) == ("as it is", "true")


def test_what_a_url_refuses_for_good_goes_to_the_dead_letter_queue(make_platform, endpoint):
    platform = make_platform(environment={"HEARTH_TOPICS_HTTP_ENDPOINTS": "true"}).start()
    sns, sqs = platform.client("sns"), platform.client("sqs")
    arn = sns.create_topic(Name="told")["TopicArn"]
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    dead = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({
        "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
                                               "Action": "sqs:SendMessage", "Resource": dead}})})
    sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=endpoint.url, Attributes={
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})})
    (_, body), = wait_until(lambda: endpoint.posted("SubscriptionConfirmation"), 10)
    sns.confirm_subscription(TopicArn=arn, Token=json.loads(body)["Token"])
    endpoint.status = 404
    sns.publish(TopicArn=arn, Message="hello")
    message, = wait_until(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"), 10)
    assert json.loads(message["Body"])["Message"] == "hello"
    assert len(endpoint.posted("Notification")) == 1
