// SessionConditionKeys are the condition keys of assuming a role: the call's, those of what the session is to carry,
// and what the provider of an identity says.
//
// Threads: one request, one thread.
// Source:  IAM User Guide, "IAM and AWS STS condition context keys".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/api/lambda/access/call_keys.h"
#include "controller/api/sts/session_tags.h"

namespace hearth::controller {

class SessionConditionKeys final : public ConditionKeys {
 public:
  // All that is passed in outlives this.
  SessionConditionKeys(const ApiCall& call, const SessionTraits& traits) : call_keys_("", call), traits_(traits) {}

  // `lower_case_key` has these values.
  void Add(std::string lower_case_key, std::vector<std::string> values);
  void Find(std::string_view lower_case_key, ConditionValues& values) const override;

 private:
  const CallKeys call_keys_;
  const SessionTraits& traits_;
  std::map<std::string, std::vector<std::string>, std::less<>> more_;
};

}  // namespace hearth::controller
