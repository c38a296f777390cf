// The Node half of actions.py; the event's "do" says which.
'use strict';

let count = 0;

const actions = {
  echo: async (event) => event.value,
  count: async () => ({ count: ++count, pid: process.pid }),
  fail: async (event) => { throw new TypeError(event.message || 'on purpose'); },
  exit: async (event) => process.exit(event.code),
  environ: async () => process.env,
  log: async (event) => { console.log(event.text); return null; },
  sleep: async (event) => new Promise((resolve) => setTimeout(() => resolve('slept'), event.seconds * 1000)),
  context: async (event, context) => ({
    functionName: context.functionName, functionVersion: context.functionVersion,
    invokedFunctionArn: context.invokedFunctionArn, memoryLimitInMB: context.memoryLimitInMB,
    awsRequestId: context.awsRequestId, remaining: context.getRemainingTimeInMillis(),
  }),
};

exports.handler = async (event, context) => actions[event.do](event, context);
