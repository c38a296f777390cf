// FunctionsApi answers the operations on functions and single versions: create, read, update, delete, list.
//
// Shapes:  rest-json of api.md §1.
// Errors:  AWS errors; a failure of the store is passed up as it is.
// Threads: any thread; blocks on disk.
// Source:  api.md §1; semantics.md §1 to §3.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/random.h"
#include "controller/api/lambda/code_intake.h"
#include "controller/api/lambda/code_signing/code_trust.h"
#include "controller/api/lambda/configuration/function_key.h"
#include "controller/api/lambda/execution_role.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/lambda/function_settings.h"
#include "controller/api/lambda/layers/function_layers.h"
#include "controller/api/lambda/paging.h"
#include "controller/api/lambda/publishing.h"
#include "controller/api/lambda/queue_access.h"
#include "controller/api/operation_table.h"
#include "controller/auth/code_links.h"
#include "controller/scheduler/runtime_support.h"
#include "controller/secrets/envelope.h"
#include "controller/store/activator.h"
#include "controller/store/function_store.h"

namespace hearth::controller {

struct FunctionsOptions {
  std::string region;
  std::string architecture;                // what the workers run: "x86_64" or "arm64"
  bool allow_deprecated_runtimes = false;  // past AWS's block-create date
  // Whether the caller may have a function run as a role.
  RoleCheck check_role = [](const Identity&, const std::string&, const std::string&) { return absl::OkStatus(); };
  // Whether the caller may seal a function's environment under a key.
  KeyCheck check_key = [](const Identity&, const std::string&, const std::string&) { return absl::OkStatus(); };
  DeadLetterCheck check_dead_letters = RefuseDeadLetters;
};

class FunctionsApi {
 public:
  FunctionsApi(FunctionsOptions options, FunctionStore& functions, Activator& activator, CodeIntake& code,
               const FunctionLayers& layers, const CodeTrust& trust, const RuntimeSupport& runtimes,
               const Envelope& envelope, const CodeLinks& links, Clock& clock, Random& random)
      : options_(std::move(options)),
        functions_(functions),
        activator_(activator),
        code_(code),
        layers_(layers),
        trust_(trust),
        runtimes_(runtimes),
        envelope_(envelope),
        links_(links),
        clock_(clock),
        random_(random),
        publisher_(envelope, random) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Create(const ApiCall& call);
  absl::StatusOr<ApiReply> Get(const ApiCall& call);
  absl::StatusOr<ApiReply> GetConfiguration(const ApiCall& call);
  absl::StatusOr<ApiReply> UpdateCode(const ApiCall& call);
  absl::StatusOr<ApiReply> UpdateConfiguration(const ApiCall& call);
  absl::StatusOr<ApiReply> Delete(const ApiCall& call);
  absl::StatusOr<ApiReply> List(const ApiCall& call);

 private:
  struct Found {
    FunctionTarget target;
    records::Function function;
    records::FunctionVersion version;  // the one the qualifier names; the main one of an alias
  };
  // An UpdateFunctionCode or UpdateFunctionConfiguration.
  struct UpdateRequest {
    std::string name;
    std::optional<std::string> revision_id;
    bool publish = false;
  };

  FunctionScope Scope(const ApiCall& call) const { return {options_.region, call.caller.account}; }
  // One entry more than the page holds, when there is one.
  absl::StatusOr<std::vector<records::FunctionVersion>> ReadPage(const std::string& account, const Paging& paging,
                                                                 bool all_versions) const;
  // The settled records a read names.
  absl::StatusOr<Found> Find(const ApiCall& call);
  absl::StatusOr<records::FunctionVersion> FindVersion(const FunctionId& id, const records::Function& function,
                                                       const std::string& qualifier) const;
  absl::Status DeleteVersion(const FunctionId& id, const std::string& qualifier, std::string_view arn);
  // What CreateFunction asks for, but for its code.
  absl::StatusOr<records::Function> BuildFunction(const ApiCall& call, const Json& body) const;
  // Whether the caller may use the key that what it sets is sealed under.
  absl::Status CheckKey(const ApiCall& call, const FunctionSettings& settings,
                        const records::FunctionVersion& version) const;
  absl::Status Apply(const FunctionSettings& settings, records::FunctionVersion& version) const;
  // Every change has a new revision, and environments of its own.
  void Touch(records::FunctionVersion& version) const;
  absl::Status SetRuntime(const std::string& runtime, records::FunctionVersion& version) const;
  absl::Status SetEnvironment(const FunctionSettings& settings, records::FunctionVersion& version) const;
  // Runs `change` on the newest version as an update: the old one serves until the new one is activated.
  absl::StatusOr<ApiReply> Update(const ApiCall& call, const UpdateRequest& request,
                                  const FunctionStore::Change& change);
  ApiReply Render(int status, const records::FunctionVersion& version, std::string_view arn) const;

  const FunctionsOptions options_;
  FunctionStore& functions_;
  Activator& activator_;
  CodeIntake& code_;
  const FunctionLayers& layers_;
  const CodeTrust& trust_;
  const RuntimeSupport& runtimes_;
  const Envelope& envelope_;
  const CodeLinks& links_;
  Clock& clock_;
  Random& random_;
  const Publisher publisher_;
};

}  // namespace hearth::controller
