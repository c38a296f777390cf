// What the tests of policies share: the keys of a request, written down.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "controller/auth/policy/condition_keys.h"

namespace hearth::controller {

class WrittenKeys final : public ConditionKeys {
 public:
  // Names in lower case.
  using Map = std::map<std::string, std::vector<std::string>, std::less<>>;

  WrittenKeys() = default;
  explicit WrittenKeys(Map map) : map_(std::move(map)) {}
  WrittenKeys(std::initializer_list<Map::value_type> keys) : map_(keys) {}
  void Find(std::string_view key, ConditionValues& values) const override {
    const auto found = map_.find(key);
    if (found == map_.end()) return;
    for (const std::string& value : found->second) values.push_back(value);
  }
  const Map& map() const { return map_; }

 private:
  Map map_;
};

}  // namespace hearth::controller
