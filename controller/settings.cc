#include "controller/settings.h"

#include <string>

#include "controller/limits/account_limits.h"

namespace hearth::controller {
namespace {

using std::string;

constexpr int64_t kMiB = int64_t{1} << 20;

std::vector<ConfigKey> EndpointSettings() {
  return {
      {"controller.data_directory", string("/var/lib/hearth/controller"), "",
       "Where functions, code, logs and keys are kept; created 0700."},
      {"controller.listen", string("127.0.0.1:9000"), "host:port",
       "Where the AWS API answers; put TLS in front of it before it leaves the machine."},
      {"controller.admin_listen", string("127.0.0.1:9020"), "host:port",
       "Where /healthz and /metrics answer; it asks for no credentials, so keep it on loopback; empty: nowhere."},
      {"controller.operator_socket", string(""), "",
       "The socket file on which hearth account asks for accounts; whoever may open it is the operator; empty: "
       "operator.sock in the data folder."},
      {"controller.public_url", string(""), "",
       "What clients reach the API by, for download links behind a proxy; empty: http and the Host a client sent."},
      {"controller.region", string("us-east-1"), "", "The AWS region this installation answers as."},
      {"controller.account", string("000000000000"), "", "The account made at the first start: 12 digits."},
      {"controller.user", string(""), "",
       "Whom to become when started as root, once the data folder is theirs; empty: stay."},
      {"controller.log_level", string("info"), "", "debug, info, warn or error: how much is said."},
      {"controller.io_threads", int64_t{2}, "threads", "Threads that read requests and start invocations.", 1, 64},
      {"controller.api_threads", int64_t{4}, "threads",
       "Threads for operations that wait for disk; each may hold one upload of 70 MB in memory.", 1, 256},
      {"controller.max_queued_requests", int64_t{512}, "requests",
       "Operations that wait for such a thread before clients are answered 429.", 1, 100000},
      {"controller.drain_seconds", int64_t{30}, "seconds",
       "How long a controller that is told to stop waits for invocations that run; new requests are answered 503.", 0,
       86400},
      {"controller.max_clock_skew_seconds", int64_t{300}, "seconds",
       "How far a client's clock may be off before its signatures are refused.", 60, 900},
  };
}

// What holds for accounts whose operator set nothing else.
std::vector<ConfigKey> LimitSettings() {
  std::vector<ConfigKey> keys;
  for (const LimitKind& kind : LimitKinds()) {
    keys.push_back({string(kind.setting), Limits().*kind.value, string(kind.unit), string(kind.reason), kind.minimum,
                    kind.maximum});
  }
  return keys;
}

std::vector<ConfigKey> IdentitySettings() {
  return {
      {"identity.issuer", string(""), "",
       "The issuer that functions' identity tokens name, as those who check them reach it; empty: "
       "controller.public_url, "
       "or http and controller.listen."},
      {"identity.audience", string("sts.amazonaws.com"), "", "Whom the tokens are for: their claim \"aud\"."},
      {"identity.token_seconds", int64_t{3600}, "seconds",
       "How long an identity token is good; environments get another at half of it.", 10, 43200},
      {"identity.keys_directory", string(""), "",
       "Keys of other issuers, whose tokens may be traded in for roles: files \"*.json\" of a JWK set with a member "
       "\"issuer\"; empty: none."},
      {"identity.ask_issuers", false, "",
       "Whether other issuers are asked for their keys by https: accounts then choose URLs that the controller reads."},
  };
}

std::vector<ConfigKey> KeepingSettings() {
  return {
      {"controller.code_grace_seconds", int64_t{600}, "seconds",
       "How long a package stays after no function uses it; workers may still be fetching it.", 60, 86400},
      {"controller.extract_binary", string(""), "",
       "The helper that inspects uploaded packages; empty: hearth-extract beside this program."},
      {"signing.profiles_file", string(""), "",
       "Which public key stands for which signing profile version, one a line: an ARN and a key that hearth sign "
       "printed; empty: no signature is trusted."},
      {"store.min_free_bytes", 256 * kMiB, "bytes",
       "Writes are refused while the disk has less left, because a full disk cannot be reopened.", 0, INT64_MAX},
      {"store.ballast_bytes", 64 * kMiB, "bytes", "Space set aside and given up at a start on a full disk; 0: none.", 0,
       INT64_MAX},
      {"logs.max_total_bytes", 4096 * kMiB, "bytes", "Logs kept in all; past it the oldest go.", kMiB, INT64_MAX},
      {"logs.min_free_bytes", 512 * kMiB, "bytes",
       "No log is kept while the disk has less left: logs must not fill the disk of the functions.", 0, INT64_MAX},
  };
}

std::vector<ConfigKey> EventSettings() {
  return {
      {"async.first_retry_seconds", int64_t{60}, "seconds",
       "How long after an error of the function its event is tried again; the second retry waits twice as long.", 1,
       3600},
      {"async.max_waiting_events", int64_t{5000000}, "events",
       "Accepted events that wait to run, of all functions; more are answered 429. Each takes about 50 bytes of "
       "memory.",
       1, INT64_MAX},
      {"queues.max_messages", int64_t{2000000}, "messages",
       "Messages that wait in queues, of all accounts; more are refused. Each takes about 250 bytes of memory.", 1,
       INT64_MAX},
      {"topics.http_endpoints", false, "",
       "Whether URLs may subscribe to topics (http, https): accounts then choose URLs that the controller posts to."},
  };
}

std::vector<ConfigKey> WorkerSettings() {
  return {
      {"iam.allow_unknown_roles", false, "",
       "Accept functions whose role nobody made; what they run as may do nothing. Roles that exist must trust Lambda."},
      {"node.listen", string("127.0.0.1:9010"), "host:port",
       "Where workers join, or unix:/path; anything but loopback or a socket file is refused, since workers prove "
       "nothing yet."},
      {"runtimes.allow_nearest", false, "",
       "Serve a runtime id whose exact version is not installed by the nearest installed one of its family."},
      {"runtimes.allow_deprecated", false, "",
       "Accept runtime ids past the date from which AWS creates no more functions with them."},
  };
}

}  // namespace

std::vector<ConfigKey> ControllerSettings() {
  std::vector<ConfigKey> all = EndpointSettings();
  for (const std::vector<ConfigKey>& more :
       {LimitSettings(), IdentitySettings(), KeepingSettings(), EventSettings(), WorkerSettings()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace hearth::controller
