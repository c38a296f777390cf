// A Lambda API on an in-memory database, with a clock that stands still and an invoker that answers what a test says.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto.h"
#include "controller/api/aws_error.h"
#include "controller/api/lambda/access/operation_guard.h"
#include "controller/api/lambda/account.h"
#include "controller/api/lambda/concurrency.h"
#include "controller/api/lambda/configuration/recursion_config.h"
#include "controller/api/lambda/configuration/runtime_management.h"
#include "controller/api/lambda/configuration/tags.h"
#include "controller/api/lambda/functions.h"
#include "controller/api/lambda/invoke.h"
#include "controller/api/lambda/layers/layers.h"
#include "controller/api/lambda/permissions/permissions.h"
#include "controller/api/lambda/versions/aliases.h"
#include "controller/api/lambda/versions/versions.h"
#include "controller/auth/authorizer_test_support.h"
#include "controller/auth/policy_authorizer.h"
#include "controller/limits/api_rates.h"
#include "controller/provisioned/provisioned_configs.h"
#include "controller/secrets/key_problem.h"

namespace hearth::controller {

inline constexpr char kTestRegion[] = "eu-west-1";
inline constexpr char kTestAccount[] = "000000000000";
inline constexpr char kTestRole[] = "arn:aws:iam::000000000000:role/any";
inline constexpr char kTestArn[] = "arn:aws:lambda:eu-west-1:000000000000:function:hello";

// Wraps with a fixed key, under any id; customers' keys have the problem a test says.
class TestKeys final : public KeyProvider {
 public:
  std::string CurrentKeyId() const override { return "test"; }
  absl::StatusOr<WrappedKey> Wrap(std::string_view data_key, std::string_view context) override {
    return WrapUnder("test", data_key, context);
  }
  absl::StatusOr<WrappedKey> WrapUnder(std::string_view key_id, std::string_view data_key,
                                       std::string_view context) override {
    if (problem && IsCustomerKey(key_id)) return KeyProblemError(*problem, "test");
    return WrappedKey{std::string(key_id), SealAesGcm(std::string(32, 'k'), std::string(12, 'n'), data_key, context)};
  }
  absl::StatusOr<std::string> Unwrap(const WrappedKey& wrapped, std::string_view context) const override {
    if (problem && IsCustomerKey(wrapped.key_id)) return KeyProblemError(*problem, "test");
    return OpenAesGcm(std::string(32, 'k'), std::string(12, 'n'), wrapped.bytes, context);
  }

  std::optional<KeyProblem> problem;
};

class TestInvoker final : public Invoker {
 public:
  Async<absl::StatusOr<InvokeOutcome>> Invoke(InvokeRequest request) override {
    if (while_running) while_running(request);
    last = std::move(request);
    co_return answer;
  }
  std::function<void(const InvokeRequest&)> while_running;
  absl::StatusOr<InvokeOutcome> answer = InvokeOutcome(Completed{false, "\"done\"", "", "$LATEST"});
  std::optional<InvokeRequest> last;
};

// The body of an answer that leaves piece by piece.
struct WrittenStream final : HttpBodyStream {
  void Write(std::string piece) override { text += piece; }
  void Finish() override { finished = true; }
  ApiReply head;
  HttpBodyEvents events;
  std::string text;
  bool finished = false;
};

struct Answer {
  int status = 0;
  HttpHeaders headers;
  std::string error;  // the shape; empty for a success
  std::string text;   // of the error
  Json body;
  std::string raw;
};

class LambdaTest : public testing::Test {
 protected:
  LambdaTest() {
    functions_->AddOnOthers([this](const WriteBatch& others) { policies_.Apply(others); });
    runtimes_.SetInstalled("worker-0", {{"python", "3.11.2"}, {"nodejs", "20.20.2"}, {"provided", ""}});
  }
  ~LambdaTest() override { std::filesystem::remove_all(folder_); }

  static std::string NewFolder() {
    std::string pattern = testing::TempDir() + "/hearth-lambda-XXXXXX";
    return mkdtemp(pattern.data());
  }

  ApiCall Call(Json body = Json(Json::Object())) const {
    ApiCall call;
    call.caller = RootIdentity(kTestAccount, "AKIATEST");
    call.request_id = "request-1";
    call.base_url = "http://localhost:9000";
    call.labels["FunctionName"] = "hello";
    call.body = body.Dump();
    return call;
  }

  // A CreateFunction body that is accepted; members replace or add.
  Json CreateBody(std::initializer_list<Json::Member> members = {}) const {
    Json body(Json::Object{{"FunctionName", "hello"},
                           {"Runtime", "python3.11"},
                           {"Role", kTestRole},
                           {"Handler", "a.b"},
                           {"Code", Json(Json::Object{{"ZipFile", Base64Encode("PK zip one")}})}});
    for (const Json::Member& member : members) body.Set(member.first, member.second);
    return body;
  }

  static Answer Read(const absl::StatusOr<ApiReply>& reply) {
    Answer answer;
    if (!reply.ok()) {
      const HttpResponse rendered = RenderRestError(reply.status());
      answer.status = rendered.status;
      answer.headers = rendered.headers;
      answer.error = AwsErrorShape(reply.status()).value_or("ours");
      answer.text = std::string(reply.status().message());
      answer.raw = rendered.body;
    } else {
      answer.status = reply->status;
      answer.headers = reply->headers;
      answer.raw = reply->body;
    }
    if (!answer.raw.empty()) answer.body = Json::Parse(answer.raw).value_or(Json());
    return answer;
  }

  Answer Create(std::initializer_list<Json::Member> members = {}) {
    return Read(functions_api_.Create(Call(CreateBody(members))));
  }
  // Creates "hello" and waits until it is Active.
  void CreateActive() {
    ASSERT_EQ(Create().status, 201);
    ASSERT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
  }
  Answer UpdateConfiguration(Json body) { return Read(functions_api_.UpdateConfiguration(Call(std::move(body)))); }
  Answer UpdateCode(Json body) { return Read(functions_api_.UpdateCode(Call(std::move(body)))); }
  Answer Get(const std::string& name = "hello", const std::string* qualifier = nullptr) {
    return Read(functions_api_.Get(Named(name, qualifier)));
  }
  ApiCall Named(const std::string& name, const std::string* qualifier = nullptr) const {
    ApiCall call = Call();
    call.labels["FunctionName"] = name;
    if (qualifier != nullptr) call.query["Qualifier"] = *qualifier;
    return call;
  }
  Async<absl::Status> Accept(records::QueuedEvent event) {
    accepted_.push_back(std::move(event));
    co_return acceptance_;
  }
  // Any operation on "hello".
  Answer Run(const std::string& operation, ApiCall call) { return Read((*Offered().Find(operation))(call)); }
  Answer Run(const std::string& operation, const char* body = "{}") { return Run(operation, Call(*Json::Parse(body))); }
  // An operation on one alias of "hello".
  Answer RunOnAlias(const std::string& operation, const std::string& alias, const char* body = "{}") {
    ApiCall call = Call(*Json::Parse(body));
    call.labels["Name"] = alias;
    return Run(operation, std::move(call));
  }
  static std::string Text(const Json& object, std::string_view member) {
    const Json* found = object.Find(member);
    return found != nullptr && found->is_string() ? found->as_string() : "";
  }
  // Changes the code, then publishes it; the number of the version.
  std::string PublishCode(const std::string& code) {
    UpdateCode(Json(Json::Object{{"ZipFile", Base64Encode(code)}}));
    EXPECT_TRUE(activator_.Settle({kTestAccount, "hello"}).ok());
    return Text(Run("PublishVersion").body, "Version");
  }
  OperationTable Offered() {
    OperationTable table;
    functions_api_.AddTo(table);
    versions_api_.AddTo(table);
    aliases_api_.AddTo(table);
    concurrency_api_.AddTo(table);
    account_api_.AddTo(table);
    tags_api_.AddTo(table);
    runtime_management_api_.AddTo(table);
    recursion_config_api_.AddTo(table);
    permissions_api_.AddTo(table);
    layers_api_.AddTo(table);
    return table;
  }
  Answer InvokeStream(ApiCall call) {
    std::optional<Answer> answer;
    const StartReply start = [this](ApiReply head, HttpBodyEvents events) {
      stream_ = std::make_shared<WrittenStream>();
      stream_->head = std::move(head);
      stream_->events = std::move(events);
      return stream_;
    };
    StartAsync(invoke_api_.InvokeWithResponseStream(std::move(call), start),
               [&](absl::StatusOr<std::optional<ApiReply>> reply) {
                 if (!reply.ok()) answer = Read(reply.status());
                 if (reply.ok() && *reply) answer = Read(**reply);
               });
    return answer.value_or(Answer{});
  }
  Answer InvokeAsync(ApiCall call) {
    std::optional<Answer> answer;
    StartAsync(invoke_api_.InvokeAsync(std::move(call)), [&](absl::StatusOr<ApiReply> reply) { answer = Read(reply); });
    return answer.value();
  }
  Answer Invoke(ApiCall call) {
    std::optional<Answer> answer;
    StartAsync(invoke_api_.Invoke(std::move(call)), [&](absl::StatusOr<ApiReply> reply) { answer = Read(reply); });
    return answer.value();
  }

  const std::string folder_ = NewFolder();
  FakeClock clock_;
  SeededRandom random_{42};
  TestKeys keys_;
  Envelope envelope_{keys_, random_};
  const std::unique_ptr<Database> database_ = MakeMemoryDatabase();
  Catalog catalog_;
  Limits limits_{.code_bytes = int64_t{1} << 30};
  const std::unique_ptr<FunctionStore> functions_ =
      *FunctionStore::Open(*database_, catalog_, clock_, [this](const std::string&) { return limits_.code_bytes; });
  Activator activator_{*functions_, random_};
  CodeStore code_store_ = *CodeStore::Open(folder_ + "/code", 0);
  absl::StatusOr<ZipSummary> inspection_ = ZipSummary{10, 1};
  CodeIntake code_{[this](std::string_view) { return inspection_; }, code_store_, *functions_};
  const std::unique_ptr<LayerStore> layer_store_ = *LayerStore::Open(*database_, *functions_);
  LayerAccess layer_access_{authorizer_};
  FunctionLayers layers_{kTestRegion, *layer_store_, layer_access_, *functions_};
  SigningProfiles profiles_;
  CodeSigningStore code_signing_store_{*database_};
  CodeTrust trust_{kTestRegion, profiles_, code_signing_store_,
                   [this](std::string_view hash) { return code_store_.Read(hash); }, clock_};
  RuntimeSupport runtimes_{kTestRegion, /*allow_nearest=*/false};
  CodeLinks links_{clock_, random_, kTestRegion};
  FunctionsApi functions_api_{{kTestRegion, "x86_64", false},
                              *functions_,
                              activator_,
                              code_,
                              layers_,
                              trust_,
                              runtimes_,
                              envelope_,
                              links_,
                              clock_,
                              random_};
  LayersApi layers_api_{kTestRegion, *layer_store_, layer_access_, code_, trust_, links_, clock_};
  EventSources event_sources_{*database_};
  TagsApi tags_api_{kTestRegion, *functions_, code_signing_store_, event_sources_};
  RuntimeManagementApi runtime_management_api_{kTestRegion, *functions_, runtimes_, random_};
  RecursionConfigApi recursion_config_api_{kTestRegion, *functions_};
  VersionsApi versions_api_{kTestRegion, *functions_, activator_, envelope_, random_};
  const std::unique_ptr<ProvisionedConfigs> provisioned_ = *ProvisionedConfigs::Open(*database_, *functions_);
  AliasesApi aliases_api_{kTestRegion, *functions_, *provisioned_, random_};
  const LimitsOf limits_of_ = [this](const std::string&) { return limits_; };
  ApiRates rates_{limits_of_, clock_};
  ConcurrencyApi concurrency_api_{kTestRegion, limits_of_, *functions_, *provisioned_};
  AccountApi account_api_{limits_of_, *functions_, *provisioned_};
  WrittenPolicies identities_;
  FunctionPolicies policies_;
  PolicyAuthorizer authorizer_{identities_, clock_, kTestRegion};
  OperationGuard guard_{authorizer_, policies_, kTestRegion};
  PermissionsApi permissions_api_{kTestRegion, *functions_, activator_, *database_, random_};
  TestInvoker invoker_;
  std::shared_ptr<WrittenStream> stream_;  // of the last InvokeStream whose answer began
  std::vector<records::QueuedEvent> accepted_;
  absl::Status acceptance_;
  InvokeApi invoke_api_{kTestRegion, invoker_, [this](records::QueuedEvent event) { return Accept(std::move(event)); },
                        catalog_,    clock_,   random_};
};

}  // namespace hearth::controller
