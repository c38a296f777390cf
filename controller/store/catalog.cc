#include "controller/store/catalog.h"

#include <mutex>

#include "absl/strings/str_cat.h"

namespace hearth::controller {
namespace {

std::string KeyOf(std::string_view account, std::string_view name) {
  std::string key;
  key.reserve(account.size() + 1 + name.size());
  key.append(account).append("/").append(name);
  return key;
}

}  // namespace

FunctionVersionPtr Catalog::FindServing(std::string_view account, std::string_view name,
                                        std::string_view qualifier) const {
  if (!qualifier.empty() && qualifier != "$LATEST") return nullptr;
  std::shared_lock lock(mutex_);
  const auto it = latest_.find(KeyOf(account, name));
  return it == latest_.end() ? nullptr : it->second;
}

void Catalog::Put(FunctionVersionPtr serving) {
  std::string key = KeyOf(serving->account(), serving->name());
  std::unique_lock lock(mutex_);
  latest_.insert_or_assign(std::move(key), std::move(serving));
}

void Catalog::Erase(std::string_view account, std::string_view name) {
  std::unique_lock lock(mutex_);
  latest_.erase(KeyOf(account, name));
}

}  // namespace hearth::controller
