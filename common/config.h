// Config is one TOML file per daemon: every key is declared with its default, unit and reason, and HEARTH_* overrides
// it.
//
// Shapes:  keys are "section.name"; the override of worker.keep_alive_seconds is HEARTH_WORKER_KEEP_ALIVE_SECONDS.
//          A key's value has the type of its default: bool, int64 or string.
// Errors:  InvalidArgument for an unknown key, a wrong type or a value out of range, naming file, line and key.
// Threads: read-only after Load.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

namespace hearth {

using ConfigValue = std::variant<bool, int64_t, std::string>;

struct ConfigKey {
  std::string name;  // "section.key"
  ConfigValue default_value;
  std::string unit;             // "", "seconds", "bytes", "host:port" …
  std::string reason;           // one sentence: what it does and why one would change it
  int64_t minimum = INT64_MIN;  // for int64 values
  int64_t maximum = INT64_MAX;
};

class Config {
 public:
  // `path` empty: defaults and overrides only. `environment` is environ-like ("NAME=value").
  static absl::StatusOr<Config> Load(const std::vector<ConfigKey>& keys, const std::string& path,
                                     const std::vector<std::string>& environment);
  static std::vector<std::string> ProcessEnvironment();

  // Preconditions: the key was declared with that type.
  bool Bool(std::string_view name) const;
  int64_t Int(std::string_view name) const;
  const std::string& String(std::string_view name) const;

  // A commented TOML sample with every key at its default (deploy/config holds it; a test compares).
  static std::string Sample(const std::vector<ConfigKey>& keys);

 private:
  std::map<std::string, ConfigValue, std::less<>> values_;
};

}  // namespace hearth
