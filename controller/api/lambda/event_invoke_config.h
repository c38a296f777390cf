// EventInvokeConfigApi answers the operations on how events of a function are tried and who hears of their end.
//
// Shapes:  rest-json of api.md "Event invoke config"; LastModified is epoch seconds.
// Errors:  AWS errors; a destination Hearth cannot tell is refused.
// Threads: any thread; changes block on disk.
// Source:  api.md PutFunctionEventInvokeConfig.
#pragma once

#include <functional>
#include <string>

#include "common/clock.h"
#include "common/io/json.h"
#include "controller/api/lambda/access/destination_access.h"
#include "controller/api/lambda/function_name.h"
#include "controller/api/operation_table.h"
#include "controller/async/event_invoke_configs.h"
#include "controller/store/catalog.h"

namespace hearth::controller {

class EventInvokeConfigApi {
 public:
  // What may be a destination: without one of them, no queue and no topic, or no function may.
  struct Checks {
    std::function<absl::Status(const records::FunctionVersion& function, const std::string& arn)> queue = nullptr;
    MayInvoke may_invoke = nullptr;
  };

  EventInvokeConfigApi(std::string region, EventInvokeConfigs& configs, const Catalog& catalog, Clock& clock,
                       Checks checks)
      : region_(std::move(region)), configs_(configs), catalog_(catalog), clock_(clock), checks_(std::move(checks)) {}

  void AddTo(OperationTable& table);

  absl::StatusOr<ApiReply> Put(const ApiCall& call);
  absl::StatusOr<ApiReply> Update(const ApiCall& call);
  absl::StatusOr<ApiReply> Get(const ApiCall& call);
  absl::StatusOr<ApiReply> Delete(const ApiCall& call);
  absl::StatusOr<ApiReply> List(const ApiCall& call);

 private:
  FunctionScope Scope(const ApiCall& call) const { return {region_, call.caller.account}; }
  // What the body asks for, on top of `base`.
  absl::StatusOr<records::EventInvokeConfig> Read(const ApiCall& call, records::EventInvokeConfig base) const;
  absl::Status CheckDestination(const std::string& arn, const records::EventInvokeConfig& config) const;
  absl::Status CheckFunction(const InvokeTarget& target, const std::string& arn,
                             const records::FunctionVersion& function) const;
  absl::StatusOr<records::EventInvokeConfig> Find(const ApiCall& call, const FunctionTarget& target) const;
  absl::StatusOr<ApiReply> Keep(records::EventInvokeConfig config);
  Json Render(const records::EventInvokeConfig& config) const;

  const std::string region_;
  EventInvokeConfigs& configs_;
  const Catalog& catalog_;
  Clock& clock_;
  const Checks checks_;
};

}  // namespace hearth::controller
