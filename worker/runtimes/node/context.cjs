// The context object of one invocation: the members that come from the environment and from the event's headers.
//
// Source: Lambda Developer Guide, "AWS Lambda context object in Node.js"; aws-lambda-ric 3, InvokeContext.js.
'use strict';

function parseJson(text, name) {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(text, 'latin1').toString());
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error.toString()}`);
  }
}

// Fills `target` (which has the completion functions) and forwards the trace header.
function fillContext(target, headers) {
  const trace = headers['lambda-runtime-trace-id'];
  if (trace) process.env._X_AMZN_TRACE_ID = trace;
  else delete process.env._X_AMZN_TRACE_ID;
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  return Object.assign(target, {
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parseJson(headers['lambda-runtime-client-context'], 'ClientContext'),
    identity: parseJson(headers['lambda-runtime-cognito-identity'], 'CognitoIdentity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  });
}

module.exports = { fillContext };
