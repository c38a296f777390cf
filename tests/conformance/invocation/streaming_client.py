"""A boto3 client that has invoke_with_response_stream, also where the installed botocore is older than that.

botocore's own serializer, transport and event-stream parser do the work; only the operation's description is added.
"""

import json
import os
import tempfile

import boto3
import botocore.loaders
import botocore.session

from platform_fixture import CLIENT_CONFIG, REGION

OPERATION = {
    "name": "InvokeWithResponseStream",
    "http": {"method": "POST",
             "requestUri": "/2021-11-15/functions/{FunctionName}/response-streaming-invocations"},
    "input": {"shape": "InvokeWithResponseStreamRequest"},
    "output": {"shape": "InvokeWithResponseStreamResponse"},
    "errors": [{"shape": "ResourceNotFoundException"}, {"shape": "TooManyRequestsException"},
               {"shape": "InvalidRequestContentException"}, {"shape": "InvalidParameterValueException"},
               {"shape": "ServiceException"}],
}


def _header(shape, name):
    return {"shape": shape, "location": "header", "locationName": name}


SHAPES = {
    "InvokeWithResponseStreamRequest": {
        "type": "structure", "required": ["FunctionName"], "payload": "Payload",
        "members": {
            "FunctionName": {"shape": "NamespacedFunctionName", "location": "uri", "locationName": "FunctionName"},
            "InvocationType": _header("String", "X-Amz-Invocation-Type"),
            "LogType": _header("LogType", "X-Amz-Log-Type"),
            "ClientContext": _header("String", "X-Amz-Client-Context"),
            "Qualifier": {"shape": "Qualifier", "location": "querystring", "locationName": "Qualifier"},
            "Payload": {"shape": "Blob"}}},
    "InvokeWithResponseStreamResponse": {
        "type": "structure", "payload": "EventStream",
        "members": {
            "StatusCode": {"shape": "Integer", "location": "statusCode"},
            "ExecutedVersion": _header("Version", "X-Amz-Executed-Version"),
            "EventStream": {"shape": "InvokeWithResponseStreamResponseEvent"},
            "ResponseStreamContentType": _header("String", "Content-Type")}},
    "InvokeWithResponseStreamResponseEvent": {
        "type": "structure", "eventstream": True,
        "members": {"PayloadChunk": {"shape": "InvokeResponseStreamUpdate"},
                    "InvokeComplete": {"shape": "InvokeWithResponseStreamCompleteEvent"}}},
    "InvokeResponseStreamUpdate": {
        "type": "structure", "event": True, "members": {"Payload": {"shape": "Blob", "eventpayload": True}}},
    "InvokeWithResponseStreamCompleteEvent": {
        "type": "structure", "event": True,
        "members": {name: {"shape": "String"} for name in ("ErrorCode", "ErrorDetails", "LogResult")}},
}


def make(platform, keys=None):
    access_key, secret_key = keys or platform.keys()
    model = botocore.loaders.Loader(
        extra_search_paths=[os.path.join(os.path.dirname(botocore.session.__file__), "data")]).load_service_model(
            "lambda", "service-2")
    if "InvokeWithResponseStream" not in model["operations"]:
        model["operations"]["InvokeWithResponseStream"] = OPERATION
        for name, shape in SHAPES.items():
            model["shapes"].setdefault(name, shape)
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "lambda", "2015-03-31"))
        with open(os.path.join(folder, "lambda", "2015-03-31", "service-2.json"), "w", encoding="utf-8") as file:
            json.dump(model, file)
        session = botocore.session.get_session()
        session.register_component("data_loader", botocore.loaders.create_loader(folder))
        return boto3.Session(botocore_session=session).client(
            "lambda", endpoint_url=platform.endpoint, region_name=REGION, aws_access_key_id=access_key,
            aws_secret_access_key=secret_key, config=CLIENT_CONFIG)
