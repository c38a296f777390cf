// Takes V8's heap flags out of sight while the runtime and the handler are loaded.
//
// V8 reads them once, when it sizes the heap of a new isolate; their value is also part of the hash that guards the
// code cache inside the node binary. While a flag differs from its default every built-in module is compiled from
// source, which takes an eighth of a cold start. The heap keeps the limits it was given; the flags come back before the
// first event, for the isolates of worker threads.
// Source: V8, src/flags/flags.cc (ComputeFlagListHash) and src/heap/heap.cc (Heap::ConfigureHeap).
'use strict';

const GIVEN = process.execArgv.filter((argument) => /^--max-(old|semi)-space-size=\d+$/.test(argument));

// require('v8') brings all of that module along, uncached at this point; its binding is what is needed. A Node without
// the way to it does without the gain.
function setter() {
  const { noDeprecation } = process;
  if (!noDeprecation) process.noDeprecation = true;  // with --no-deprecation it is true, and read-only
  try {
    return process.binding('v8').setFlagsFromString;
  } catch {
    return undefined;
  } finally {
    if (!noDeprecation) process.noDeprecation = noDeprecation;
  }
}

const set = GIVEN.length > 0 ? setter() : undefined;

// Zero is each one's default.
function hide() {
  if (set) GIVEN.forEach((flag) => set(flag.replace(/\d+$/, '0')));
}

function restore() {
  if (set) GIVEN.forEach((flag) => set(flag));
}

module.exports = { hide, restore };
