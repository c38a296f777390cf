#include "common/errors.h"

namespace hearth {

absl::Status ErrnoStatus(std::string_view what, int error) {
  return absl::ErrnoToStatus(error, absl::string_view(what.data(), what.size()));
}

}  // namespace hearth
