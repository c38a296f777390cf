// hearth-controller: answers the AWS API, keeps functions and places every invocation.
//
// Builds every object, innermost first; the only file that names all concrete classes.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>

#include "common/config.h"
#include "common/errors.h"
#include "common/failpoint.h"
#include "common/io/http_server.h"
#include "common/log.h"
#include "common/process.h"
#include "common/setting_checks.h"
#include "common/work_thread.h"
#include "controller/api/iam/iam_api.h"
#include "controller/api/kms/function_keys.h"
#include "controller/api/kms/kms_api.h"
#include "controller/api/lambda/account.h"
#include "controller/api/lambda/code_signing/code_signing_configs.h"
#include "controller/api/lambda/code_signing/function_code_signing.h"
#include "controller/api/lambda/concurrency.h"
#include "controller/api/lambda/configuration/recursion_config.h"
#include "controller/api/lambda/configuration/runtime_management.h"
#include "controller/api/lambda/configuration/tags.h"
#include "controller/api/lambda/event_invoke_config.h"
#include "controller/api/lambda/functions.h"
#include "controller/api/lambda/invoke.h"
#include "controller/api/lambda/layers/layer_permissions.h"
#include "controller/api/lambda/layers/layers.h"
#include "controller/api/lambda/permissions/permissions.h"
#include "controller/api/lambda/versions/aliases.h"
#include "controller/api/lambda/versions/versions.h"
#include "controller/api/logs/logs_api.h"
#include "controller/api/sts/sts_api.h"
#include "controller/artifacts/zip_inspector.h"
#include "controller/auth/code_links.h"
#include "controller/auth/execution_roles.h"
#include "controller/auth/known_principals.h"
#include "controller/auth/oidc/identity_issuer.h"
#include "controller/auth/oidc/verification_keys.h"
#include "controller/auth/oidc/web_identity.h"
#include "controller/auth/policy_authorizer.h"
#include "controller/auth/request_verifier.h"
#include "controller/cluster/node_sessions.h"
#include "controller/events.h"
#include "controller/gauges.h"
#include "controller/http/admin_endpoint.h"
#include "controller/http/frontend.h"
#include "controller/http/operator_endpoint.h"
#include "controller/invoke/function_invoker.h"
#include "controller/kept.h"
#include "controller/process.h"
#include "controller/provisioning.h"
#include "controller/queueing.h"
#include "controller/resealer.h"
#include "controller/scheduler/scheduler.h"
#include "controller/scheduler/ticker.h"
#include "controller/sealed_records.h"
#include "controller/settings.h"
#include "controller/settings_check.h"
#include "controller/start_specs.h"
#include "controller/store/activator.h"
#include "controller/topicing.h"

namespace hearth::controller {
namespace {

constexpr std::chrono::milliseconds kSchedulerTick{20};
constexpr std::chrono::milliseconds kCodeSweepPeriod{60000};
constexpr std::chrono::milliseconds kReadinessPoll{20};
constexpr std::chrono::milliseconds kLastBytes{200};  // until the last answers are on their way
constexpr std::chrono::milliseconds kResealPeriod{5000};
constexpr std::chrono::milliseconds kKmsSweepPeriod{60000};

struct Flags {
  std::string config_file;
  std::string credentials_file;
  bool check_config = false;
  bool sample_config = false;
  bool die_with_parent = false;
  pid_t parent = getppid();
};

LimitsOf LimitsFrom(const Kept& kept) {
  return [&limits = *kept.limits](const std::string& account) { return limits.Of(account); };
}

// Who asks, and what they may do.
struct Judging {
  Judging(const Config& config, Kept& kept, Clock& clock, Random& random)
      : tokens(*kept.session_keys, random),
        sessions(tokens, *kept.identities, config.Bool("iam.allow_unknown_roles"), clock),
        authorizer(*kept.policies, clock, config.String("controller.region")),
        key_access(*kept.kms, *kept.kms_grants, authorizer),
        function_keys(*kept.kms, key_access),
        verifier(kept.credentials, &sessions, clock, random, config.String("controller.region"),
                 std::chrono::seconds(config.Int("controller.max_clock_skew_seconds"))),
        issuer({IssuerUrl(config), config.String("identity.audience"),
                std::chrono::seconds(config.Int("identity.token_seconds"))},
               *kept.issuer_keys, clock, random),
        verification_keys(issuer, config.String("identity.keys_directory"),
                          config.Bool("identity.ask_issuers") ? FetchByHttps() : VerificationKeys::Fetch(), clock),
        web_identities(*kept.oidc_providers, verification_keys, clock),
        iam(*kept.identities, *kept.keys, *kept.oidc_providers, issuer.url(), authorizer, clock, random),
        sts(sessions, *kept.identities, *kept.keys, authorizer, web_identities),
        execution_roles(sessions, authorizer),
        known_principals(*kept.identities, sessions) {
    kept.credentials.SetOnChanged([this](std::string_view access_key_id) { verifier.Forget(access_key_id); });
  }

  SessionTokens tokens;
  RoleSessions sessions;
  PolicyAuthorizer authorizer;
  KeyAccess key_access;
  FunctionKeys function_keys;
  RequestVerifier verifier;
  IdentityIssuer issuer;
  VerificationKeys verification_keys;
  WebIdentities web_identities;
  IamApi iam;
  StsApi sts;
  ExecutionRoles execution_roles;
  KnownPrincipals known_principals;
};

// What places invocations on workers.
struct Placing {
  Placing(const Config& config, Kept& kept, const Judging& judging, Clock& clock, Random& random)
      : runtimes(config.String("controller.region"), config.Bool("runtimes.allow_nearest")),
        sessions(NodeSessions::Create([&code = *kept.code](const std::string& hash) { return code.OpenBlob(hash); },
                                      RenewWith(judging.issuer), *kept.logs, random)),
        scheduler({.limits_of = LimitsFrom(kept)}, runtimes, *sessions,
                  SpecsFrom({*kept.function_envelope, runtimes, judging.execution_roles, judging.function_keys,
                             judging.issuer}),
                  clock, random),
        ticker(kSchedulerTick, [this] { scheduler.Tick(); }) {
    kept.functions->SetOnRetired([this](const std::string& key) { scheduler.placer().Retire(key); });
  }

  RuntimeSupport runtimes;
  std::unique_ptr<NodeSessions> sessions;
  Scheduler scheduler;
  Ticker ticker;
};

// Tags of what has any, for policies that ask for them.
OperationGuard::TagsOfResource TagsFrom(const FunctionStore& functions, const CodeSigningStore& configs,
                                        const EventSources& mappings) {
  return [&functions, &configs, &mappings](const std::string& account, std::string_view kind, const std::string& name) {
    std::map<std::string, std::string> tags;
    if (kind == "event-source-mapping") return mappings.TagsOf(account, name).value_or(tags);
    if (kind == "code-signing-config") return configs.TagsOf(account, name).value_or(tags);
    if (kind != "function") return tags;
    const absl::StatusOr<records::Function> function = functions.Get({account, name});
    if (function.ok()) tags.insert(function->tags().begin(), function->tags().end());
    return tags;
  };
}

// What anyone may read without a signature.
PublicDocument PublicDocuments(const IdentityIssuer& issuer, const MessageSigner& signer) {
  return [&](std::string_view path) {
    const std::optional<std::string> certificate = signer.Document(path);
    return certificate ? certificate : issuer.Document(path);
  };
}

auto CodeReader(const Kept& kept) {
  return [&store = *kept.code](std::string_view hash) { return store.Read(hash); };
}

// The function that a mapping runs, for policies that ask for it.
OperationGuard::FunctionOfMapping FunctionsMappedBy(const EventSources& sources, const std::string& region) {
  return [&sources, &region](const std::string& account, const std::string& id) -> std::string {
    const absl::StatusOr<SourceView> found = sources.Find(account, id);
    if (!found.ok()) return "";
    const records::EventSource& source = found->source;
    return FunctionTarget{source.function_name(), source.qualifier(), account}.Arn({region, account});
  };
}

// What clients reach.
struct Serving {
  Serving(const Config& config, const std::string& architecture, const std::string& extract_binary, Kept& kept,
          Judging& judging, Placing& placing, Clock& clock, Random& random)
      : region(config.String("controller.region")),
        inspector(extract_binary),
        activator(*kept.functions, random),
        code([this](std::string_view zip) { return inspector.Inspect(zip); }, *kept.code, *kept.functions),
        links(clock, random, region),
        provisioning(region, LimitsFrom(kept), kept, placing.scheduler.placer(), clock),
        invoker({kept.catalog, region, random}, provisioning.gate, placing.scheduler.placer(),
                placing.scheduler.in_flight(), clock, random),
        queueing(region, kept, judging.authorizer, judging.execution_roles, invoker, clock, random),
        events(config, kept, invoker, queueing.Letters(), clock, random),
        layer_access(judging.authorizer),
        function_layers(region, *kept.layers, layer_access, *kept.functions),
        trust(region, kept.signing_profiles, *kept.code_signing, CodeReader(kept), clock),
        functions(
            {region, architecture, config.Bool("runtimes.allow_deprecated"), CheckRolesWith(judging.execution_roles),
             CheckKeysWith(judging.function_keys), queueing.DeadLetters()},
            *kept.functions, activator, code, function_layers, trust, placing.runtimes, *kept.function_envelope, links,
            clock, random),
        tags(region, *kept.functions, *kept.code_signing, queueing.sources),
        runtime_management(region, *kept.functions, placing.runtimes, random),
        recursion(region, *kept.functions),
        versions(region, *kept.functions, activator, *kept.function_envelope, random),
        aliases(region, *kept.functions, *kept.provisioned, random),
        concurrency(region, LimitsFrom(kept), *kept.functions, *kept.provisioned),
        layers(region, *kept.layers, layer_access, code, trust, links, clock),
        code_signing_configs(region, *kept.code_signing, *kept.functions, clock, random),
        function_code_signing(region, *kept.functions, trust),
        layer_permissions(region, *kept.layers, random),
        account(LimitsFrom(kept), *kept.functions, *kept.provisioned),
        permissions(region, *kept.functions, activator, *kept.database, random, judging.known_principals.Check()),
        event_configs(region, *kept.event_configs, kept.catalog, clock, queueing.Destinations()),
        invoke(
            region, invoker, [this](records::QueuedEvent event) { return events.dispatcher.Accept(std::move(event)); },
            kept.catalog, clock, random),
        logs(*kept.logs, clock, region),
        kms(*kept.kms, *kept.kms_grants, judging.key_access, judging.known_principals.Check(), clock, random, region),
        guard(judging.authorizer, kept.function_policies, region,
              TagsFrom(*kept.functions, *kept.code_signing, queueing.sources),
              FunctionsMappedBy(queueing.sources, region)),
        topicing(config, kept, queueing, judging.authorizer, guard, events.dispatcher, clock, random),
        rates(LimitsFrom(kept), clock),
        operations(Offered(), invoke, guard, rates),
        metrics(Metrics::Create()),
        api_metrics(*metrics, clock),
        frontend({config.String("controller.public_url"), static_cast<int>(config.Int("controller.api_threads")),
                  static_cast<size_t>(config.Int("controller.max_queued_requests")),
                  PublicDocuments(judging.issuer, *kept.signer), IdentityIssuer::kCacheFor},
                 judging.verifier, judging.authorizer, links, CodeReader(kept), operations,
                 {&logs, &kms, &queueing.sqs}, {&judging.iam, &judging.sts, &queueing.query, &topicing.sns},
                 api_metrics, random) {}

  // The operations of the Lambda API that are carried out.
  OperationTable Offered() {
    OperationTable table;
    functions.AddTo(table);
    versions.AddTo(table);
    aliases.AddTo(table);
    concurrency.AddTo(table);
    provisioning.api.AddTo(table);
    account.AddTo(table);
    tags.AddTo(table);
    runtime_management.AddTo(table);
    recursion.AddTo(table);
    event_configs.AddTo(table);
    queueing.mappings.AddTo(table);
    permissions.AddTo(table);
    layers.AddTo(table);
    layer_permissions.AddTo(table);
    code_signing_configs.AddTo(table);
    function_code_signing.AddTo(table);
    return table;
  }

  const std::string region;
  ZipInspector inspector;
  Activator activator;
  CodeIntake code;
  CodeLinks links;
  Provisioning provisioning;
  FunctionInvoker invoker;
  Queueing queueing;
  Events events;
  LayerAccess layer_access;
  FunctionLayers function_layers;
  CodeTrust trust;
  FunctionsApi functions;
  TagsApi tags;
  RuntimeManagementApi runtime_management;
  RecursionConfigApi recursion;
  VersionsApi versions;
  AliasesApi aliases;
  ConcurrencyApi concurrency;
  LayersApi layers;
  CodeSigningConfigsApi code_signing_configs;
  FunctionCodeSigningApi function_code_signing;
  LayerPermissionsApi layer_permissions;
  AccountApi account;
  PermissionsApi permissions;
  EventInvokeConfigApi event_configs;
  InvokeApi invoke;
  LogsApi logs;
  KmsApi kms;
  OperationGuard guard;
  Topicing topicing;
  ApiRates rates;
  Operations operations;
  std::unique_ptr<Metrics> metrics;
  ApiMetrics api_metrics;
  Frontend frontend;
};

std::unique_ptr<HttpServer> ServeAdmin(const Config& config, AdminEndpoint& admin) {
  HttpServerOptions options;
  std::unique_ptr<HttpServer> server =
      HttpServer::Start(options, [&](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
        admin.Handle(std::move(request), std::move(responder));
      });
  const std::string& address = config.String("controller.admin_listen");
  if (address.empty()) return server;
  const absl::StatusOr<std::string> bound = server->Listen(address);
  // A second controller on the machine serves functions all the same.
  if (!bound.ok()) {
    LogWarn("metrics and health are not served", {{"error", std::string(bound.status().message())}});
  } else {
    LogInfo("metrics and health are served", {{"address", *bound}});
  }
  return server;
}

std::unique_ptr<HttpServer> ServeOperator(const Config& config, OperatorEndpoint& endpoint) {
  std::unique_ptr<HttpServer> server =
      HttpServer::Start({}, [&](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
        endpoint.Handle(std::move(request), std::move(responder));
      });
  const std::string& configured = config.String("controller.operator_socket");
  const std::string path =
      configured.empty() ? config.String("controller.data_directory") + "/operator.sock" : configured;
  const absl::StatusOr<std::string> bound = server->Listen("unix:" + path);
  if (!bound.ok()) LogWarn("no accounts can be made", {{"error", std::string(bound.status().message())}});
  return server;
}

// Why no client should be sent here; empty: they should.
std::string WhyNotReady(bool draining, const Scheduler& scheduler) {
  if (draining) return "the controller is stopping";
  return scheduler.Snapshot().fleet.workers > 0 ? "" : "no worker takes work";
}

// Says once that the first invocation would succeed, then waits for the signal to stop.
void WaitUntilStopped(const std::string& url, const Scheduler& scheduler) {
  while (scheduler.Snapshot().fleet.workers == 0) {
    if (WaitForStop(kReadinessPoll)) return;
  }
  fmt::print("ready at {}\n", url);
  std::fflush(stdout);
  LogInfo("ready", {{"url", url}});
  WaitForStop(std::nullopt);
}

// Takes nothing new and waits until what runs is answered and settled, but not past `grace` or a second signal.
void Drain(Serving& serving, std::chrono::seconds grace, Clock& clock) {
  LogInfo("draining", {{"seconds", std::to_string(grace.count())}});
  const MonotonicTime deadline = clock.Monotonic() + grace;
  serving.frontend.StopAccepting();
  serving.events.dispatcher.Pause();
  const auto runs = [&] { return serving.frontend.unanswered() > 0 || serving.events.dispatcher.Counts().running > 0; };
  if (!runs()) return;
  while (runs()) {
    if (clock.Monotonic() >= deadline) return LogWarn("what still runs is given up: the time to drain is over");
    if (WaitForStop(kReadinessPoll)) return;
  }
  WaitForStop(kLastBytes);
}

void SweepCode(Kept& kept, std::chrono::seconds grace) {
  const absl::StatusOr<int> removed =
      kept.functions->SweepCode(grace, [&](const std::string& hash) { return kept.code->Remove(hash); });
  if (!removed.ok()) LogError("unused code cannot be removed", {{"error", std::string(removed.status().message())}});
}

// Everything that lies sealed under the installation's key.
std::vector<Resealer::Source> SealedRecords(Kept& kept) {
  return {[&] { return ResealFunctions(*kept.accounts, *kept.functions, *kept.function_envelope); },
          [&] { return kept.keys->Reseal(); },
          [&] { return kept.kms->Reseal(); },
          [&] { return ResealSessionKeys(*kept.database, *kept.envelope); },
          [&] { return kept.issuer_keys->Reseal(); },
          [&] { return kept.signer->Reseal(); }};
}

// Takes up what earlier runs left.
absl::Status Load(Serving& serving) {
  RETURN_IF_ERROR(serving.events.dispatcher.Load());
  RETURN_IF_ERROR(serving.topicing.deliveries.Load());
  return serving.queueing.sources.Load();
}

void EndInvocations(Placing& placing, Kept& kept) {
  placing.sessions->Close();  // answers every invocation that runs
  placing.scheduler.Stop();   // and every one that waits
  kept.queues->Stop();        // what mappings still had to delete is deleted
}

absl::Status Serve(const Config& config, const Flags& flags) {
  RealClock clock;
  RealRandom random;
  ASSIGN_OR_RETURN(const std::string architecture, MachineArchitecture());
  ASSIGN_OR_RETURN(const std::string program_folder, ProgramDirectory());
  const std::string& configured = config.String("controller.extract_binary");
  Kept kept;
  RETURN_IF_ERROR(OpenKept(config, flags.credentials_file, clock, random, kept));
  Judging judging(config, kept, clock, random);
  Placing placing(config, kept, judging, clock, random);
  Serving serving(config, architecture, configured.empty() ? program_folder + "/hearth-extract" : configured, kept,
                  judging, placing, clock, random);
  RETURN_IF_ERROR(Load(serving));
  const std::chrono::seconds grace(config.Int("controller.code_grace_seconds"));
  const Ticker sweeper(kCodeSweepPeriod, [&] { SweepCode(kept, grace); });

  std::atomic<bool> draining = false;
  AdminEndpoint admin(
      *serving.metrics,
      [&] {
        RefreshGauges(*serving.metrics, placing.scheduler.Snapshot(), serving.events.dispatcher.Counts(),
                      serving.topicing.deliveries.Counts(), judging.verifier);
      },
      [&] { return WhyNotReady(draining, placing.scheduler); });
  const std::unique_ptr<HttpServer> admin_server = ServeAdmin(config, admin);
  Resealer resealer(
      *kept.keyring, SealedRecords(kept), [&](std::string_view key) { return AnyRecordNames(*kept.database, key); },
      clock);
  const Ticker resealing(kResealPeriod, [&] { resealer.Tick(); });
  const Ticker kms_sweeper(kKmsSweepPeriod, [&] {
    const absl::Status swept = kept.kms->Sweep();
    if (!swept.ok()) LogError("customers' keys cannot be swept", {{"error", std::string(swept.message())}});
    const absl::Status renewed = kept.issuer_keys->Tick();
    if (!renewed.ok()) LogError("the issuer's keys cannot be renewed", {{"error", std::string(renewed.message())}});
  });
  OperatorEndpoint operator_endpoint(
      *kept.who, *kept.limits, {[&] { return resealer.Rotate().status(); }, [&] { return resealer.KeyIds(); }},
      {[&] { return kept.issuer_keys->Rotate().status(); }, [&] { return kept.issuer_keys->Ids(); }}, judging.sessions);
  const std::unique_ptr<HttpServer> operator_server = ServeOperator(config, operator_endpoint);
  ASSIGN_OR_RETURN(const std::string node_address,
                   placing.sessions->Listen(config.String("node.listen"), placing.scheduler));
  std::unique_ptr<HttpServer> server =
      HttpServer::Start(serving.frontend.ServerOptions(static_cast<int>(config.Int("controller.io_threads"))),
                        [&](HttpRequest request, std::unique_ptr<HttpResponder> responder) {
                          serving.frontend.Handle(std::move(request), std::move(responder));
                        });
  ASSIGN_OR_RETURN(const std::string address, server->Listen(config.String("controller.listen")));
  std::optional<WorkThread<AsyncDispatcher>> events(std::in_place, serving.events.dispatcher);
  std::optional<QueueThreads> queue_threads(std::in_place, serving.queueing, serving.topicing.deliveries);
  LogInfo("serving", {{"address", address}, {"node_address", node_address}, {"region", serving.region}});
  WaitUntilStopped("http://" + address, placing.scheduler);
  draining = true;
  queue_threads.reset();  // mappings receive nothing more, and no call waits for messages
  Drain(serving, std::chrono::seconds(config.Int("controller.drain_seconds")), clock);
  LogInfo("stopping");
  events.reset();  // what has not begun waits for the next start
  EndInvocations(placing, kept);
  server.reset();
  return absl::OkStatus();
}

absl::Status Run(const Flags& flags) {
  if (flags.sample_config) {
    fmt::print("{}", Config::Sample(ControllerSettings()));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Config config,
                   Config::Load(ControllerSettings(), flags.config_file, Config::ProcessEnvironment()));
  RETURN_IF_ERROR(CheckSettings(config));
  CHECK_FAILPOINTS_OR_RETURN();
  if (flags.check_config) return absl::OkStatus();
  ASSIGN_OR_RETURN(const LogLevel level, ParseLogLevel(config.String("controller.log_level")));
  InitLog("hearth-controller", level);
  const std::string& folder = config.String("controller.data_directory");
  RETURN_IF_ERROR(ProtectProcess());
  RETURN_IF_ERROR(MakeFolder(folder));
  RETURN_IF_ERROR(GiveUpRoot(config.String("controller.user"), folder));
  if (flags.die_with_parent) RETURN_IF_ERROR(DieWithParent(flags.parent));
  BlockStopSignals();
  return Serve(config, flags);
}

int Main(int argc, char** argv) {
  InitLog("hearth-controller", LogLevel::kInfo);
  Flags flags;
  CLI::App app("hearth-controller answers the AWS API and places every invocation.", "hearth-controller");
  app.add_option("--config", flags.config_file, "The TOML file of settings; HEARTH_* in the environment overrides it");
  app.add_flag("--check-config", flags.check_config, "Read the settings, say what is wrong with them and end");
  app.add_flag("--sample-config", flags.sample_config, "Print every setting with its default and end");
  app.add_flag("--die-with-parent", flags.die_with_parent, "End when the process that started this one ends");
  app.add_option("--bootstrap-credentials", flags.credentials_file,
                 "Where the root access key is written (AWS shared credentials, 0600); else DATA/root-credentials");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = Run(flags);
  if (status.ok()) return 0;
  fmt::print(stderr, "hearth-controller: {}\n", std::string(status.message()));
  return 1;
}

}  // namespace
}  // namespace hearth::controller

int main(int argc, char** argv) { return hearth::controller::Main(argc, argv); }
