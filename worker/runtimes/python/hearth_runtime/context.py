"""LambdaContext is the second argument of a handler.

Source: Lambda Developer Guide, "AWS Lambda context object in Python"; awslambdaric, lambda_context.py.
"""

import os
import time

from . import json_codec
from .faults import Fault

W3C_FIELDS = ("traceparent", "tracestate", "baggage")


class LambdaContext:
    def __init__(self, invocation, log_sink):
        environ = os.environ
        client_context = _parse_json_header(invocation, b"lambda-runtime-client-context", "Client Context")
        identity = _parse_json_header(invocation, b"lambda-runtime-cognito-identity", "Cognito Identity")
        self.aws_request_id = invocation.request_id
        self.log_group_name = environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = invocation.header(b"lambda-runtime-invoked-function-arn")
        self.tenant_id = invocation.header(b"lambda-runtime-aws-tenant-id")
        self._w3c_fields = _take_w3c_fields(client_context)
        self.client_context = None if client_context is None else ClientContext(client_context)
        self.identity = CognitoIdentity(identity or {})
        self._deadline_ms = invocation.deadline_ms
        self._log_sink = log_sink

    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def w3c(self):
        """The W3C trace context of this invocation: traceparent, tracestate and baggage, as far as they were sent."""
        return dict(self._w3c_fields)

    def log(self, message):
        self._log_sink.log(str(message))

    def __repr__(self):
        return _describe(self, ("aws_request_id", "log_group_name", "log_stream_name", "function_name",
                                "memory_limit_in_mb", "function_version", "invoked_function_arn", "client_context",
                                "identity", "tenant_id"))


class CognitoIdentity:
    __slots__ = ["cognito_identity_id", "cognito_identity_pool_id"]

    def __init__(self, members):
        self.cognito_identity_id = members.get("cognitoIdentityId")
        self.cognito_identity_pool_id = members.get("cognitoIdentityPoolId")

    def __repr__(self):
        return _describe(self, self.__slots__)


class Client:
    __slots__ = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]

    def __init__(self, members):
        for name in self.__slots__:
            setattr(self, name, members.get(name))

    def __repr__(self):
        return _describe(self, self.__slots__)


class ClientContext:
    __slots__ = ["custom", "env", "client"]

    def __init__(self, members):
        client = members.get("client")
        self.custom = members.get("custom")
        self.env = members.get("env")
        self.client = None if client is None else Client(client)

    def __repr__(self):
        return _describe(self, self.__slots__)


def _describe(value, names):
    return f"{type(value).__name__}([{','.join(f'{name}={getattr(value, name)}' for name in names)}])"


def _parse_json_header(invocation, header, name):
    text = invocation.header(header)
    if not text:
        return None
    try:
        return json_codec.loads(text)
    except Exception as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", f"Unable to parse {name} JSON: {error}")


def _take_w3c_fields(client_context):
    if not isinstance(client_context, dict):
        return {}
    fields = client_context.pop("w3c", None)
    if not isinstance(fields, dict):
        return {}
    return {name: fields[name] for name in W3C_FIELDS if isinstance(fields.get(name), str)}
