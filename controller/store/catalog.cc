#include "controller/store/catalog.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "controller/store/function_edit.h"

namespace hearth::controller {
namespace {

std::string KeyOf(std::string_view account, std::string_view name) {
  std::string key;
  key.reserve(account.size() + 1 + name.size());
  key.append(account).append("/").append(name);
  return key;
}

}  // namespace

FunctionVersionPtr Catalog::FindServing(std::string_view account, std::string_view name, std::string_view qualifier,
                                        double draw) const {
  std::optional<int64_t> number;
  std::string packed;
  {
    std::shared_lock lock(mutex_);
    Function* const function = Find(account, name);
    if (function == nullptr) return nullptr;
    number = VersionOf(*function, qualifier, draw);
    if (!number) return nullptr;
    if (*number == 0) return function->latest;
    const Version* const version = FindVersion(*function, *number);
    if (version == nullptr) return nullptr;
    if (version->unpacked != nullptr) return version->unpacked;
    packed = version->packed;
  }
  return Unpack(account, name, *number, std::move(packed));
}

std::optional<int64_t> Catalog::VersionOf(const Function& function, std::string_view qualifier, double draw) {
  if (qualifier.empty() || qualifier == "$LATEST") return 0;
  if (const std::optional<int64_t> number = ParseVersionNumber(qualifier)) return number;
  const auto alias = function.aliases.find(qualifier);
  if (alias == function.aliases.end()) return std::nullopt;
  const Route& route = alias->second;
  return route.additional != 0 && draw < route.weight ? route.additional : route.version;
}

FunctionVersionPtr Catalog::Unpack(std::string_view account, std::string_view name, int64_t number,
                                   std::string packed) const {
  auto unpacked = std::make_shared<records::FunctionVersion>();
  if (!unpacked->ParseFromString(packed)) return nullptr;  // cannot be: PutVersion packed it
  std::unique_lock lock(mutex_);
  Function* const function = Find(account, name);
  Version* const version = function == nullptr ? nullptr : FindVersion(*function, number);
  if (version == nullptr) return unpacked;
  if (version->unpacked != nullptr) return version->unpacked;
  if (version->packed != packed) return unpacked;  // put anew meanwhile; the next look-up unpacks that
  version->unpacked = std::move(unpacked);
  std::string().swap(version->packed);
  return version->unpacked;
}

void Catalog::Put(FunctionVersionPtr serving) {
  std::string key = KeyOf(serving->account(), serving->name());
  std::unique_lock lock(mutex_);
  functions_[std::move(key)].latest = std::move(serving);
}

void Catalog::Erase(std::string_view account, std::string_view name) {
  std::unique_lock lock(mutex_);
  functions_.erase(KeyOf(account, name));
}

void Catalog::PutVersion(const records::FunctionVersion& version) {
  PutVersion(version.account(), version.name(), ParseVersionNumber(version.version()).value_or(0),
             version.SerializeAsString());
}

void Catalog::PutVersion(std::string_view account, std::string_view name, int64_t number, std::string packed) {
  Version put{number, std::move(packed), nullptr};
  std::unique_lock lock(mutex_);
  Function* const function = Find(account, name);
  if (function == nullptr) return;
  if (Version* const standing = FindVersion(*function, put.number)) {
    *standing = std::move(put);
    return;
  }
  const auto after = std::upper_bound(function->versions.begin(), function->versions.end(), put.number,
                                      [](int64_t wanted, const Version& other) { return wanted < other.number; });
  function->versions.insert(after, std::move(put));
}

void Catalog::EraseVersion(std::string_view account, std::string_view name, int64_t number) {
  std::unique_lock lock(mutex_);
  Function* const function = Find(account, name);
  if (function == nullptr) return;
  if (Version* const version = FindVersion(*function, number)) {
    function->versions.erase(function->versions.begin() + (version - function->versions.data()));
  }
}

void Catalog::PutAlias(std::string_view account, std::string_view name, const records::Alias& alias) {
  const Route route{ParseVersionNumber(alias.function_version()).value_or(0),
                    ParseVersionNumber(alias.additional_version()).value_or(0), alias.additional_weight()};
  std::unique_lock lock(mutex_);
  if (Function* const function = Find(account, name)) function->aliases.insert_or_assign(alias.name(), route);
}

void Catalog::EraseAlias(std::string_view account, std::string_view name, std::string_view alias) {
  std::unique_lock lock(mutex_);
  Function* const function = Find(account, name);
  if (function == nullptr) return;
  if (const auto it = function->aliases.find(alias); it != function->aliases.end()) function->aliases.erase(it);
}

Catalog::Function* Catalog::Find(std::string_view account, std::string_view name) const {
  const auto it = functions_.find(KeyOf(account, name));
  return it == functions_.end() ? nullptr : &it->second;
}

Catalog::Version* Catalog::FindVersion(Function& function, int64_t number) {
  const auto it = std::lower_bound(function.versions.begin(), function.versions.end(), number,
                                   [](const Version& version, int64_t wanted) { return version.number < wanted; });
  return it == function.versions.end() || it->number != number ? nullptr : &*it;
}

}  // namespace hearth::controller
