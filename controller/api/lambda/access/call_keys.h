// CallKeys are the condition keys that a call to the Lambda API itself carries.
//
// Shapes:  aws:SourceIp, aws:SecureTransport, aws:UserAgent, aws:Referer; of the operations that have them,
//          aws:RequestTag/…, aws:TagKeys, lambda:Principal, lambda:FunctionUrlAuthType, lambda:Layer. The body is read
//          when a policy asks for what is in it.
// Threads: one request, one thread.
// Source:  Service Authorization Reference, "Condition keys for AWS Lambda".
#pragma once

#include <optional>
#include <string_view>

#include "common/io/json.h"
#include "controller/api/api_call.h"
#include "controller/auth/policy/condition_keys.h"

namespace hearth::controller {

class CallKeys final : public ConditionKeys {
 public:
  CallKeys(std::string_view operation, const ApiCall& call) : operation_(operation), call_(call) {}

  void Find(std::string_view lower_case_key, ConditionValues& values) const override;

 private:
  void FindOfTransport(std::string_view key, ConditionValues& values) const;
  void FindTags(std::string_view key, ConditionValues& values) const;
  void AddMember(std::string_view member, ConditionValues& values) const;
  const Json& Body() const;

  const std::string_view operation_;
  const ApiCall& call_;
  mutable std::optional<Json> body_;
};

}  // namespace hearth::controller
