"""awslambda.streamifyResponse: real chunked responses of the Node.js runtime."""

import base64
import json

from harness import run_node as run


def stream(body, **more):
    source = f"exports.handler = awslambda.streamifyResponse(async (event, out, context) => {{ {body} }});"
    return run(source, **more)


def test_a_streamed_result_is_posted_in_chunks_with_the_streaming_header():
    outcome = stream("out.setContentType('text/plain'); out.write('one '); await new Promise((r) => setTimeout(r, 20));"
                     "out.write({ two: 2 }); out.end(' three');", events=[1, 2])
    for post in outcome.posts:
        assert post.path.endswith("/response") and post.body == b'one {"two":2} three'
        assert post.headers["lambda-runtime-function-response-mode"] == "streaming"
        assert post.headers["transfer-encoding"] == "chunked" and post.headers["content-type"] == "text/plain"
        assert post.headers["trailer"] == "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"
        assert post.trailers == {}
    assert len(outcome.posts) == 2


def test_an_http_response_stream_sends_its_metadata_first():
    outcome = stream("out = awslambda.HttpResponseStream.from(out, { statusCode: 201, headers: { a: 'b' } });"
                     "out.write('body'); out.end();")
    assert outcome.posts[0].headers["content-type"] == "application/vnd.awslambda.http-integration-response"
    assert outcome.posts[0].body == b'{"statusCode":201,"headers":{"a":"b"}}' + bytes(8) + b"body"


def test_a_piped_stream_of_many_megabytes_arrives_whole():
    outcome = stream("const { pipeline } = require('stream/promises'); const { Readable } = require('stream');"
                     "await pipeline(Readable.from(Array(200).fill(Buffer.alloc(65536, 'x'))), out);")
    assert len(outcome.posts[0].body) == 200 * 65536


def test_an_error_before_the_first_byte_is_an_ordinary_error():
    outcome = stream("throw new Error('early');")
    assert outcome.error()["errorMessage"] == "early" and outcome.posts[0].path.endswith("/error")


def test_an_error_after_the_first_byte_travels_in_the_trailers():
    outcome = stream("out.write('partial'); throw new RangeError('midway');", events=[1, 2])
    post = outcome.posts[0]
    assert post.body == b"partial"
    assert post.trailers["lambda-runtime-function-error-type"] == "RangeError"
    error = json.loads(base64.b64decode(post.trailers["lambda-runtime-function-error-body"]))
    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "midway")
    assert len(outcome.posts) == 2


def test_a_stream_nobody_ends_is_an_error():
    outcome = stream("out.write('partial');", events=[1, 2])
    assert outcome.posts[0].trailers["lambda-runtime-function-error-type"] == "string"
    assert "Response stream is not finished." in outcome.lines[0]


def test_a_streaming_handler_must_be_async():
    outcome = run("exports.handler = awslambda.streamifyResponse((event, out) => { out.write('x'); out.end(); });")
    assert "Streaming does not support non-async handlers." in outcome.lines[0]
