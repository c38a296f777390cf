// KmsConditionKeys are the condition keys of one use of a customer's key: what the key is, and what is asked of it.
//
// Threads: one request, one thread; reads the aliases of an account when a policy asks for them.
// Source:  AWS KMS Developer Guide, "Condition keys for AWS KMS", "ABAC for AWS KMS".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/api/kms/key_use.h"
#include "controller/auth/policy/condition_keys.h"

namespace hearth::controller {

class KmsConditionKeys final : public ConditionKeys {
 public:
  struct Subject {
    KeyUse use;
    std::optional<records::KmsKey> key;  // nullopt: none, or none that is there
  };

  // `subject` is asked when a policy asks for something of it, `others` (nullptr: none) for every key that is not of
  // KMS or of tags. All outlive this.
  KmsConditionKeys(const KmsKeys& keys, std::function<Subject()> subject, const ConditionKeys* others)
      : keys_(keys), read_subject_(std::move(subject)), others_(others) {}

  void Find(std::string_view lower_case_key, ConditionValues& values) const override;

 private:
  const Subject& subject() const;
  void FindOfKey(std::string_view key, ConditionValues& values) const;
  void FindAliases(ConditionValues& values) const;

  const KmsKeys& keys_;
  const std::function<Subject()> read_subject_;
  const ConditionKeys* const others_;
  mutable std::optional<Subject> subject_;
  mutable std::optional<std::vector<std::string>> aliases_;
};

}  // namespace hearth::controller
