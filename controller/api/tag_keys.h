// TagKeys are the condition keys of a request that gives tags to something, or takes them away: aws:RequestTag/… and
// aws:TagKeys.
//
// Threads: one request, one thread.
// Source:  IAM User Guide, "Controlling access using tags".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/auth/policy/condition_keys.h"

namespace hearth::controller {

class TagKeys final : public ConditionKeys {
 public:
  // `given` has values, `named` are keys alone. `others` is asked as well, and outlives this.
  TagKeys(std::map<std::string, std::string> given, std::vector<std::string> named, const ConditionKeys& others)
      : given_(std::move(given)), named_(std::move(named)), others_(others) {}

  void Find(std::string_view lower_case_key, ConditionValues& values) const override;

 private:
  const std::map<std::string, std::string> given_;
  const std::vector<std::string> named_;
  const ConditionKeys& others_;
};

}  // namespace hearth::controller
