"""The few places where a rule does not hold, each with its reason."""

# Sources without a name_test.cc beside them, and where they are tested instead.
UNTESTED = {
    "cli/commands/identity.cc": "asks a running controller: tests/integration/test_accounts.py",
    "cli/commands/dev.cc": "starts the real daemons: tests/integration/test_start_and_stop.py",
    **dict.fromkeys(
        ("controller/api/iam/iam_call.cc", "controller/api/iam/iam_identities.cc", "controller/api/iam/iam_paging.cc",
         "controller/api/iam/iam_policies.cc", "controller/api/iam/iam_roles.cc", "controller/api/iam/iam_users.cc",
         "controller/api/iam/policy_view.cc"),
        "parts of one service: iam_api_test.cc"),
    "controller/api/logs/logs_events.cc": "one operation of the service each: logs_api_test.cc",
    "controller/api/kms/kms_alias_operations.cc": "a part of the service: kms_api_test.cc",
    "controller/api/kms/kms_crypto_operations.cc": "a part of the service: kms_api_test.cc",
    "controller/api/kms/kms_key_operations.cc": "a part of the service: kms_api_test.cc",
    "controller/api/kms/kms_rotation_operations.cc": "a part of the service: kms_api_test.cc",
    "controller/api/kms/kms_shapes.cc": "a part of the service: kms_api_test.cc",
    "controller/api/kms/kms_tag_operations.cc": "a part of the service: kms_api_test.cc",
    "controller/api/logs/logs_groups.cc": "one operation of the service each: logs_api_test.cc",
    "controller/api/logs/logs_input.cc": "one operation of the service each: logs_api_test.cc",
    "controller/api/logs/logs_streams.cc": "one operation of the service each: logs_api_test.cc",
    **dict.fromkeys(
        ("controller/cluster/artifact_call.cc", "controller/cluster/log_call.cc", "controller/cluster/node_sessions.cc",
         "controller/cluster/session_call.cc", "worker/agent/controller_link.cc", "worker/agent/fetch_stream.cc",
         "worker/agent/log_uplink.cc", "worker/agent/session_stream.cc"),
        "both ends of the node session speak to each other in tests/node_session/"),
    **dict.fromkeys(("controller/auth/session_keys.cc", "controller/auth/session_tokens.cc"),
                    "keys, tokens and sessions are one thing in three parts: role_sessions_test.cc"),
    **dict.fromkeys(
        ("controller/api/sqs/message_text.cc", "controller/api/sqs/redrive_policies.cc",
         "controller/api/sqs/sqs_delete.cc", "controller/api/sqs/sqs_errors.cc", "controller/api/sqs/sqs_input.cc",
         "controller/api/sqs/sqs_moves.cc", "controller/api/sqs/sqs_permissions.cc", "controller/api/sqs/sqs_queues.cc",
         "controller/api/sqs/sqs_receive.cc", "controller/api/sqs/sqs_send.cc"),
        "parts of one service: sqs_api_test.cc, message_attributes_test.cc, queue_attributes_test.cc"),
    **dict.fromkeys(
        ("controller/queues/queues_delete.cc", "controller/queues/queues_load.cc", "controller/queues/queues_moves.cc",
         "controller/queues/queues_receive.cc", "controller/queues/queues_rows.cc", "controller/queues/queues_send.cc",
         "controller/queues/queues_time.cc"),
        "parts of Queues: queues_test.cc"),
    **dict.fromkeys(
        ("controller/api/sns/sns_errors.cc", "controller/api/sns/sns_input.cc", "controller/api/sns/sns_permissions.cc",
         "controller/api/sns/sns_publish.cc", "controller/api/sns/sns_subscriptions.cc",
         "controller/api/sns/sns_topics.cc", "controller/api/sns/subscription_attributes.cc",
         "controller/api/sns/topic_access.cc", "controller/api/sns/topic_attributes.cc"),
        "parts of one service: sns_api_test.cc"),
    "controller/gauges.cc": "copies numbers that are tested where they are counted",
    "controller/topicing.cc": "puts parts together that have tests: tests/conformance/topics/",
    "controller/queueing.cc": "puts parts together that have tests: tests/conformance/queues/",
    "controller/kept.cc": "opens what the controller keeps: tests/integration/test_start_and_stop.py",
    "controller/observe/log_group.cc": "the inside of LogStore: log_store_test.cc",
    "controller/observe/log_group_queries.cc": "the inside of LogStore: log_store_test.cc",
    "worker/artifacts/extract_seccomp.cc": "a filter is tested by what it stops: extract_confinement_test.cc",
    "worker/artifacts/package_folder.cc": "the inside of ArtifactCache: artifact_cache_test.cc",
}

# (rule, file) -> why the rule does not hold there.
ALLOWED = {
}
