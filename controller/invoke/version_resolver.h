// VersionResolver finds what an invocation runs, and whether it may run now. A weighted alias draws anew each time.
//
// Errors:  NotFound when there is no such function or qualifier.
// Threads: any thread; reads the catalog, no disk.
// Source:  semantics.md §2 (weighted alias) and §3.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "controller/invoke/invoker.h"
#include "controller/store/catalog.h"

namespace hearth::controller {

struct Resolved {
  FunctionVersionPtr version;
  std::optional<NotInvocable> blocked;  // by its state
};

class VersionResolver {
 public:
  VersionResolver(const Catalog& catalog, std::string region, Random& random)
      : catalog_(catalog), region_(std::move(region)), random_(random) {}

  absl::StatusOr<Resolved> Resolve(const InvokeTarget& target) const;
  // As the caller wrote it: the qualifier stays.
  std::string ArnOf(const InvokeTarget& target) const;

 private:
  double DrawFor(const std::string& qualifier) const;

  const Catalog& catalog_;
  const std::string region_;
  Random& random_;
};

}  // namespace hearth::controller
