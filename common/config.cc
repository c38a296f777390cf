#include "common/config.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <toml.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/errors.h"

namespace hearth {
namespace {

// Where a value came from, for the reader of an error: "controller.toml:12" or "HEARTH_HTTP_PORT".
struct Origin {
  std::string text;
};

absl::Status Fault(const Origin& origin, std::string_view key, std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat(origin.text, ": ", std::string(key), key.empty() ? "" : ": ", std::string(what)));
}

std::string OverrideName(std::string_view key) {
  return absl::StrCat("HEARTH_",
                      absl::StrReplaceAll(absl::AsciiStrToUpper(std::string(key)), {{".", "_"}, {"-", "_"}}));
}

std::string_view TypeName(const ConfigValue& value) {
  if (std::holds_alternative<bool>(value)) return "a boolean";
  if (std::holds_alternative<int64_t>(value)) return "an integer";
  return "a string";
}

const ConfigKey* FindKey(const std::vector<ConfigKey>& keys, std::string_view name) {
  const auto it = std::find_if(keys.begin(), keys.end(), [&](const ConfigKey& key) { return key.name == name; });
  return it == keys.end() ? nullptr : &*it;
}

absl::Status CheckValue(const ConfigKey& key, const ConfigValue& value, const Origin& origin) {
  if (value.index() != key.default_value.index()) {
    return Fault(origin, key.name, absl::StrCat("must be ", std::string(TypeName(key.default_value))));
  }
  const int64_t* const number = std::get_if<int64_t>(&value);
  if (number != nullptr && (*number < key.minimum || *number > key.maximum)) {
    return Fault(origin, key.name, absl::StrCat(*number, " is outside ", key.minimum, " to ", key.maximum));
  }
  return absl::OkStatus();
}

// nullopt for what no key can be: floats, dates, arrays, tables.
std::optional<ConfigValue> FromToml(const toml::value& value) {
  if (value.is_boolean()) return ConfigValue(value.as_boolean());
  if (value.is_integer()) return ConfigValue(int64_t{value.as_integer()});
  if (value.is_string()) return ConfigValue(value.as_string().str);
  return std::nullopt;
}

std::optional<ConfigValue> FromText(const ConfigValue& like, const std::string& text) {
  if (std::holds_alternative<std::string>(like)) return ConfigValue(text);
  if (std::holds_alternative<bool>(like)) {
    if (text == "true" || text == "1") return ConfigValue(true);
    if (text == "false" || text == "0") return ConfigValue(false);
    return std::nullopt;
  }
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) return std::nullopt;
  return ConfigValue(number);
}

// toml11 throws; nothing of it leaves this function.
absl::StatusOr<toml::value> ParseFile(const std::string& path) {
  if (access(path.c_str(), R_OK) != 0) return ErrnoStatus(path);
  try {
    return toml::parse(path);
  } catch (const toml::exception& error) {
    const std::string text = error.what();
    const std::string first_line = text.substr(0, text.find('\n'));
    return Fault({absl::StrCat(path, ":", error.location().line())}, "", absl::StrCat("not TOML: ", first_line));
  } catch (const std::exception& error) {
    return Fault({path}, "", absl::StrCat("not TOML: ", error.what()));
  }
}

absl::Status ReadFile(const std::vector<ConfigKey>& keys, const std::string& path,
                      std::map<std::string, ConfigValue, std::less<>>& values) {
  ASSIGN_OR_RETURN(const toml::value root, ParseFile(path));
  const auto origin = [&](const toml::value& at) { return Origin{absl::StrCat(path, ":", at.location().line())}; };
  for (const auto& [section, table] : root.as_table()) {
    if (!table.is_table()) return Fault(origin(table), section, "stands outside any [section]");
    for (const auto& [key_name, value] : table.as_table()) {
      const std::string name = absl::StrCat(section, ".", key_name);
      const ConfigKey* const key = FindKey(keys, name);
      if (key == nullptr) return Fault(origin(value), name, "unknown key");
      const std::optional<ConfigValue> parsed = FromToml(value);
      if (!parsed)
        return Fault(origin(value), name, absl::StrCat("must be ", std::string(TypeName(key->default_value))));
      RETURN_IF_ERROR(CheckValue(*key, *parsed, origin(value)));
      values[name] = *parsed;
    }
  }
  return absl::OkStatus();
}

absl::Status ReadEnvironment(const std::vector<ConfigKey>& keys, const std::vector<std::string>& environment,
                             std::map<std::string, ConfigValue, std::less<>>& values) {
  for (const ConfigKey& key : keys) {
    const std::string name = OverrideName(key.name);
    for (const std::string& variable : environment) {
      const size_t equals = variable.find('=');
      if (equals == std::string::npos || variable.compare(0, equals, name) != 0) continue;
      const std::optional<ConfigValue> parsed = FromText(key.default_value, variable.substr(equals + 1));
      if (!parsed) return Fault({name}, key.name, absl::StrCat("must be ", std::string(TypeName(key.default_value))));
      RETURN_IF_ERROR(CheckValue(key, *parsed, {name}));
      values[key.name] = *parsed;
    }
  }
  return absl::OkStatus();
}

std::string ToToml(const ConfigValue& value) {
  if (const bool* const flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const int64_t* const number = std::get_if<int64_t>(&value)) return absl::StrCat(*number);
  return absl::StrCat("\"", absl::StrReplaceAll(std::get<std::string>(value), {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

std::string Range(const ConfigKey& key) {
  if (key.minimum == INT64_MIN && key.maximum == INT64_MAX) return "";
  if (key.maximum == INT64_MAX) return absl::StrCat(" At least ", key.minimum, ".");
  if (key.minimum == INT64_MIN) return absl::StrCat(" At most ", key.maximum, ".");
  return absl::StrCat(" From ", key.minimum, " to ", key.maximum, ".");
}

}  // namespace

absl::StatusOr<Config> Config::Load(const std::vector<ConfigKey>& keys, const std::string& path,
                                    const std::vector<std::string>& environment) {
  Config config;
  for (const ConfigKey& key : keys) config.values_[key.name] = key.default_value;
  if (!path.empty()) RETURN_IF_ERROR(ReadFile(keys, path, config.values_));
  RETURN_IF_ERROR(ReadEnvironment(keys, environment, config.values_));
  return config;
}

std::vector<std::string> Config::ProcessEnvironment() {
  std::vector<std::string> environment;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  return environment;
}

bool Config::Bool(std::string_view name) const { return std::get<bool>(values_.find(name)->second); }
int64_t Config::Int(std::string_view name) const { return std::get<int64_t>(values_.find(name)->second); }
const std::string& Config::String(std::string_view name) const {
  return std::get<std::string>(values_.find(name)->second);
}

std::string Config::Sample(const std::vector<ConfigKey>& keys) {
  std::vector<std::string> sections;  // in the order of their first key
  for (const ConfigKey& key : keys) {
    const std::string section = key.name.substr(0, key.name.find('.'));
    if (std::find(sections.begin(), sections.end(), section) == sections.end()) sections.push_back(section);
  }
  std::string sample;
  for (const std::string& section : sections) {
    absl::StrAppend(&sample, sample.empty() ? "" : "\n", "[", section, "]\n");
    for (const ConfigKey& key : keys) {
      const size_t dot = key.name.find('.');
      if (key.name.compare(0, dot, section) != 0) continue;
      absl::StrAppend(&sample, "# ", key.reason, key.unit.empty() ? "" : absl::StrCat(" In ", key.unit, "."),
                      Range(key), " Override: ", OverrideName(key.name), "\n");
      absl::StrAppend(&sample, key.name.substr(dot + 1), " = ", ToToml(key.default_value), "\n");
    }
  }
  return sample;
}

}  // namespace hearth
