// CallerKeys are the condition keys that follow from who asks, when and where, and what the request adds to them.
//
// Shapes:  texts as AWS writes them ("true", "2026-01-31T09:30:00Z"). Worked out when a policy asks.
// Errors:  a key that says nothing about this caller is absent.
// Threads: one request, one thread.
// Source:  IAM User Guide, "AWS global condition context keys"; Lambda Developer Guide, "Using source function ARN to
//          control function access behavior".
#pragma once

#include <forward_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "controller/auth/authorizer.h"
#include "controller/auth/identity.h"
#include "controller/auth/policy/condition_keys.h"

namespace hearth::controller {

class CallerKeys final : public ConditionKeys {
 public:
  // At most one of `identity` and `service`; neither: nobody signed. All that is passed in outlives this.
  CallerKeys(const Identity* identity, const ServiceCaller* service, const AccessRequest& request,
             std::string_view region, Clock& clock, const std::map<std::string, std::string>* principal_tags = nullptr)
      : identity_(identity),
        service_(service),
        request_(request),
        region_(region),
        clock_(clock),
        principal_tags_(principal_tags) {}

  void Find(std::string_view lower_case_key, ConditionValues& values) const override;

 private:
  // nullopt: not a key of this caller.
  std::optional<std::string_view> OfIdentity(std::string_view key) const;
  std::optional<std::string_view> PrincipalTag(std::string_view name) const;
  std::optional<std::string_view> OfService(std::string_view key) const;
  std::optional<std::string_view> OfRequest(std::string_view key) const;
  std::string_view Keep(std::string text) const;

  const Identity* const identity_;
  const ServiceCaller* const service_;
  const AccessRequest& request_;
  const std::string_view region_;
  Clock& clock_;
  const std::map<std::string, std::string>* const principal_tags_;  // of the user or role; nullptr: none
  mutable std::forward_list<std::string> kept_;                     // what was worked out; its texts do not move
};

}  // namespace hearth::controller
