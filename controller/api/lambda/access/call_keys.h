// CallKeys are the condition keys that a call to the Lambda API itself carries.
//
// Shapes:  aws:SourceIp, aws:SecureTransport, aws:UserAgent, aws:Referer, aws:ResourceTag/…; of the operations that
//          have them, aws:RequestTag/…, aws:TagKeys, lambda:Principal, lambda:FunctionUrlAuthType, lambda:Layer. The
//          body and the resource's tags are read when a policy asks for what is in them.
// Threads: one request, one thread.
// Source:  Service Authorization Reference, "Condition keys for AWS Lambda".
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/io/json.h"
#include "controller/api/api_call.h"
#include "controller/auth/policy/condition_keys.h"

namespace hearth::controller {

// The tags of what a call is about; none when it has none or is not there.
using ReadTags = std::function<std::map<std::string, std::string>()>;

class CallKeys final : public ConditionKeys {
 public:
  CallKeys(std::string_view operation, const ApiCall& call, ReadTags read_tags = nullptr)
      : operation_(operation), call_(call), read_tags_(std::move(read_tags)) {}

  void Find(std::string_view lower_case_key, ConditionValues& values) const override;

 private:
  void FindOfTransport(std::string_view key, ConditionValues& values) const;
  void FindResourceTag(std::string_view name, ConditionValues& values) const;
  void FindTags(std::string_view key, ConditionValues& values) const;
  void AddMember(std::string_view member, ConditionValues& values) const;
  const Json& Body() const;

  const std::string_view operation_;
  const ApiCall& call_;
  const ReadTags read_tags_;
  mutable std::optional<Json> body_;
  mutable std::optional<std::map<std::string, std::string>> resource_tags_;
};

}  // namespace hearth::controller
