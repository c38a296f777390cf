#include "controller/invoke/lineage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <vector>

#include "common/crypto.h"

namespace hearth::controller {
namespace {

constexpr std::string_view kName = "Lineage=";
constexpr size_t kIdCharacters = 8;

struct Link {
  std::string function;
  int runs = 0;
};

struct TraceHeader {
  std::vector<std::string_view> others;  // its other parts, as they were
  std::vector<Link> lineage;
};

std::string IdOf(std::string_view account, std::string_view function_name) {
  return Sha256Hex(fmt::format("{}/{}", account, function_name)).substr(0, kIdCharacters);
}

// Takes what stands before the next separator off the front of `text`.
std::string_view TakePart(std::string_view& text, std::string_view separator) {
  const size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + separator.size(), text.size()));
  return part;
}

void ReadLineage(std::string_view text, std::vector<Link>& lineage) {
  const std::string_view separator = text.find('|') != std::string_view::npos ? "|" : "%7C";
  while (!text.empty() && lineage.size() < kMaxLineageFunctions) {
    const std::string_view part = TakePart(text, separator);
    if (part.find(':') != kIdCharacters) continue;
    Link link{std::string(part.substr(0, kIdCharacters))};
    const std::string_view runs = part.substr(kIdCharacters + 1);
    const auto read = std::from_chars(runs.data(), runs.data() + runs.size(), link.runs);
    if (read.ec == std::errc() && link.runs > 0) lineage.push_back(std::move(link));
  }
}

TraceHeader Read(std::string_view text) {
  TraceHeader header;
  while (!text.empty()) {
    const std::string_view part = TakePart(text, ";");
    if (part.starts_with(kName)) {
      ReadLineage(part.substr(kName.size()), header.lineage);
    } else if (!part.empty()) {
      header.others.push_back(part);
    }
  }
  return header;
}

}  // namespace

int RunsInChain(std::string_view trace_header, std::string_view account, std::string_view function_name) {
  if (trace_header.find(kName) == std::string_view::npos) return 0;
  const std::string id = IdOf(account, function_name);
  int runs = 0;
  for (const Link& link : Read(trace_header).lineage) {
    if (link.function == id) runs = std::max(runs, link.runs);
  }
  return runs;
}

std::string WithRun(std::string_view trace_header, std::string_view account, std::string_view function_name) {
  TraceHeader header = Read(trace_header);
  Link own{IdOf(account, function_name)};
  for (const Link& link : header.lineage) {
    if (link.function == own.function) own.runs = std::max(own.runs, link.runs);
  }
  own.runs = std::min(own.runs, kMaxRunsInChain) + 1;
  std::erase_if(header.lineage, [&](const Link& link) { return link.function == own.function; });
  if (header.lineage.size() == kMaxLineageFunctions) {
    header.lineage.erase(std::min_element(header.lineage.begin(), header.lineage.end(),
                                          [](const Link& a, const Link& b) { return a.runs < b.runs; }));
  }
  header.lineage.push_back(std::move(own));
  std::string lineage(kName);
  for (const Link& link : header.lineage) {
    fmt::format_to(std::back_inserter(lineage), "{}{}:{}", lineage.size() == kName.size() ? "" : "|", link.function,
                   link.runs);
  }
  return header.others.empty() ? lineage : fmt::format("{};{}", fmt::join(header.others, ";"), lineage);
}

}  // namespace hearth::controller
