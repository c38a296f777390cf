// Publisher makes a version of what $LATEST is now.
//
// Shapes:  versions are numbered by Function.next_version, which only grows. A version has a revision, environments and
//          sealed variables of its own: the seal is bound to the number.
// Errors:  the envelope's, when the variables cannot be sealed anew; the database's.
// Threads: any thread; Publish runs inside FunctionStore::Edit.
// Source:  semantics.md §2; api.md §2.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/random.h"
#include "controller/secrets/envelope.h"
#include "controller/store/function_edit.h"

namespace hearth::controller {

// Whether the newest version may be changed or published now: settled, and of that revision.
absl::Status CheckUpdatable(const records::Function& function, const std::optional<std::string>& revision_id,
                            std::string_view arn);
// 412; aliases and versions have revisions of their own.
absl::Status RevisionMismatch();
// What a full code storage is to a client; any other failure as it is.
absl::Status CodeStorageError(const absl::Status& status);

class Publisher {
 public:
  // Of a version that a PublishVersion makes, and of one that comes with new code.
  enum class As { kActive, kPending };

  Publisher(const Envelope& envelope, Random& random) : envelope_(envelope), random_(random) {}

  struct Published {
    records::FunctionVersion version;
    bool is_new = false;
  };
  // Puts the next version into `edit`; when nothing changed since the last one was published, answers that one and
  // leaves `edit` as it is.
  absl::StatusOr<Published> Publish(FunctionEdit& edit, const std::optional<std::string>& description, As as) const;
  // The next version of `function`, which counts it.
  absl::StatusOr<records::FunctionVersion> MakeVersion(records::Function& function,
                                                       const std::optional<std::string>& description, As as) const;

 private:
  bool SameAs(const records::FunctionVersion& published, const records::Function& function) const;

  const Envelope& envelope_;
  Random& random_;
};

}  // namespace hearth::controller
