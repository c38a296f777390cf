"""The few places where a rule does not hold, each with its reason."""

# Sources without a name_test.cc beside them.
UNTESTED = {
    # Both ends of one wire: tests/node_session/node_session_test.cc runs each against the other.
    "controller/cluster/artifact_call.cc",
    "controller/cluster/log_call.cc",
    "controller/cluster/node_sessions.cc",
    "controller/cluster/session_call.cc",
    "worker/agent/controller_link.cc",
    "worker/agent/fetch_stream.cc",
    "worker/agent/log_uplink.cc",
    "worker/agent/session_stream.cc",
}

# (rule, file) -> why the rule does not hold there.
ALLOWED = {
}
