// Paging of IAM's lists: MaxItems at a time, with a Marker that says where the next page begins.
//
// Shapes:  items are ordered by a text key; a marker is the base64 of the last key that was shown.
// Errors:  ValidationException for a marker that was not made here or a MaxItems out of range.
// Threads: one request, one thread.
// Source:  AWS IAM API Reference, "ListRoles": IsTruncated, Marker, MaxItems.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "controller/api/iam/iam_call.h"

namespace hearth::controller {

// An item's key and what writes it.
using PageItem = std::pair<std::string, std::function<void()>>;

struct Page {
  std::string after;  // the key of the last item shown; empty: begin
  size_t size = 0;
};

// The page the request asks for; what is wrong is said by its validation.
Page ReadPage(IamCall& iam);
// Writes <list>, IsTruncated and Marker. `items` in the order of their keys.
void WritePage(IamCall& iam, const Page& page, std::string_view list, const std::vector<PageItem>& items);
// <Tags>, in the order of their keys.
void WriteTagPage(IamCall& iam, const Page& page, const google::protobuf::RepeatedPtrField<records::IdentityTag>& tags);

}  // namespace hearth::controller
