// Lineage is the part of a trace header that says how often the chain of invocations behind it ran which function.
//
// Shapes:  "Root=…;Sampled=0;Lineage=5f2a4f0e:3|0c1dd2aa:1": eight hex digits stand for a function, then
//          comes how often it ran. SDKs inside functions send the header they were run with; some write %7C for the
//          bar.
// Errors:  none: a function writes what it likes, and what cannot be read counts nothing. It can shorten its own chain
//          or lengthen it, and no other's.
// Threads: no state.
// Limits:  kMaxLineageFunctions; past them those that ran least are left out.
// Source:  semantics.md §10; Lambda Developer Guide, "Use Lambda recursive loop detection".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hearth::controller {

// A chain runs a function this often, and no more.
inline constexpr int kMaxRunsInChain = 16;
inline constexpr size_t kMaxLineageFunctions = 32;

// How often the chain ran the function.
int RunsInChain(std::string_view trace_header, std::string_view account, std::string_view function_name);
// The header for what the function sets off: it ran once more.
std::string WithRun(std::string_view trace_header, std::string_view account, std::string_view function_name);

}  // namespace hearth::controller
