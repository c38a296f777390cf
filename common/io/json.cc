#include "common/io/json.h"

#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/text_escape.h"

namespace hearth {
namespace {

absl::Status NotJson(size_t offset, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not JSON at byte ", offset, ": ", std::string(why)));
}

// What both parsers let pass and JSON does not: nlohmann's ends at a NUL byte and skips a byte order mark.
absl::Status CheckBytes(std::string_view text) {
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) return NotJson(nul, "NUL byte");
  if (text.starts_with("\xEF\xBB\xBF")) return NotJson(0, "byte order mark");
  return absl::OkStatus();
}

// Past this many members an index finds repeated keys; below it looking at each pair is cheaper.
constexpr size_t kSmallObject = 16;

void KeepLastOfEachKey(Json::Object& object) {
  if (object.size() < 2) return;
  Json::Object kept;
  kept.reserve(object.size());
  absl::flat_hash_map<std::string, size_t> places;
  const bool small = object.size() <= kSmallObject;
  for (Json::Member& member : object) {
    size_t place = kept.size();
    if (small) {
      for (size_t i = 0; i < kept.size() && place == kept.size(); ++i) {
        if (kept[i].first == member.first) place = i;
      }
    } else {
      place = places.try_emplace(member.first, kept.size()).first->second;
    }
    if (place == kept.size()) {
      kept.push_back(std::move(member));
    } else {
      kept[place].second = std::move(member.second);
    }
  }
  object = std::move(kept);
}

// Builds a Json from nlohmann's events. The open containers lie on stack_, innermost last.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return Place(Json()); }
  bool boolean(bool value) override { return Place(Json(value)); }
  bool number_integer(number_integer_t value) override { return Place(Json(int64_t{value})); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Place(Json(static_cast<int64_t>(value)));
    }
    return Place(Json(static_cast<double>(value)));
  }
  bool number_float(number_float_t value, const string_t&) override { return Place(Json(double{value})); }
  bool string(string_t& value) override { return Place(Json(std::move(value))); }
  bool binary(binary_t&) override { return false; }
  bool key(string_t& name) override {
    stack_.back().as_object().emplace_back(std::move(name), Json());
    return true;
  }
  bool start_object(size_t) override { return Open(Json(Json::Object())); }
  bool start_array(size_t) override { return Open(Json(Json::Array())); }
  bool end_object() override {
    KeepLastOfEachKey(stack_.back().as_object());
    return CloseTop();
  }
  bool end_array() override { return CloseTop(); }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    // The text is "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while …".
    const std::string text = error.what();
    const size_t colon = text.find(": ");
    status_ = NotJson(position, colon == std::string::npos ? text : text.substr(colon + 2));
    return false;
  }

  absl::StatusOr<Json> Take() {
    if (!status_.ok()) return status_;
    return std::move(root_);
  }

 private:
  bool Place(Json value) {
    if (stack_.empty()) {
      root_ = std::move(value);
    } else if (stack_.back().is_array()) {
      stack_.back().as_array().push_back(std::move(value));
    } else {
      stack_.back().as_object().back().second = std::move(value);
    }
    return true;
  }

  bool Open(Json container) {
    if (stack_.size() == kMaxJsonDepth) {
      status_ = absl::InvalidArgumentError(absl::StrCat("JSON is nested deeper than ", kMaxJsonDepth));
      return false;
    }
    stack_.push_back(std::move(container));
    return true;
  }

  bool CloseTop() {
    Json done = std::move(stack_.back());
    stack_.pop_back();
    return Place(std::move(done));
  }

  std::vector<Json> stack_;
  Json root_;
  absl::Status status_;
};

// Reads without building anything.
class Skipper final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return false; }
  bool key(string_t&) override { return true; }
  bool start_object(size_t) override { return ++depth_ <= kMaxJsonDepth; }
  bool start_array(size_t) override { return ++depth_ <= kMaxJsonDepth; }
  bool end_object() override { return --depth_ >= 0; }
  bool end_array() override { return --depth_ >= 0; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  int depth_ = 0;
};

// simdjson refuses integers past 64 bits, which are JSON all the same.
absl::Status CheckWithWideNumbers(std::string_view text) {
  if (const absl::Status status = CheckBytes(text); !status.ok()) return status;
  Skipper skipper;
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &skipper)) return absl::OkStatus();
  return absl::InvalidArgumentError("not JSON, or a number out of range");
}

void AppendDouble(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";  // JSON has no word for it
    return;
  }
  const double size = std::fabs(value);
  const bool fixed = size == 0 || (size >= 1e-5 && size < 1e17);
  char text[40];
  const std::to_chars_result end =
      std::to_chars(text, text + sizeof(text), value, fixed ? std::chars_format::fixed : std::chars_format::scientific);
  const std::string_view digits(text, static_cast<size_t>(end.ptr - text));
  out += digits;
  if (fixed && digits.find('.') == std::string_view::npos) out += ".0";  // read back as a double again
}

// indent < 0: compact.
class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  void Append(const Json& value) {
    if (value.is_null()) {
      out_ += "null";
    } else if (value.is_bool()) {
      out_ += value.as_bool() ? "true" : "false";
    } else if (value.is_integer()) {
      absl::StrAppend(&out_, value.as_integer());
    } else if (value.is_number()) {
      AppendDouble(out_, value.as_number());
    } else if (value.is_string()) {
      AppendJsonString(out_, value.as_string());
    } else if (value.is_array()) {
      AppendArray(value.as_array());
    } else {
      AppendObject(value.as_object());
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  void AppendArray(const Json::Array& array) {
    out_ += '[';
    ++level_;
    for (size_t i = 0; i < array.size(); ++i) {
      if (i > 0) out_ += ',';
      NewLine();
      Append(array[i]);
    }
    --level_;
    if (!array.empty()) NewLine();
    out_ += ']';
  }

  void AppendObject(const Json::Object& object) {
    out_ += '{';
    ++level_;
    for (size_t i = 0; i < object.size(); ++i) {
      if (i > 0) out_ += ',';
      NewLine();
      AppendJsonString(out_, object[i].first);
      out_ += indent_ < 0 ? ":" : ": ";
      Append(object[i].second);
    }
    --level_;
    if (!object.empty()) NewLine();
    out_ += '}';
  }

  void NewLine() {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(static_cast<size_t>(level_ * indent_), ' ');
  }

  const int indent_;
  int level_ = 0;
  std::string out_;
};

// A checker keeps its buffers for the next payload of this thread, unless one made them large.
constexpr size_t kKeptCheckerBytes = 256 * 1024;

struct Checker {
  simdjson::dom::parser parser;
  std::string padded;
};

}  // namespace

absl::StatusOr<Json> Json::Parse(std::string_view text) {
  if (const absl::Status status = CheckBytes(text); !status.ok()) return status;
  Builder builder;
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return builder.Take();
}

std::string Json::Dump() const {
  Writer writer(-1);
  writer.Append(*this);
  return writer.Take();
}

std::string Json::DumpPretty(int indent) const {
  Writer writer(indent);
  writer.Append(*this);
  return writer.Take();
}

double Json::as_number() const { return is_integer() ? static_cast<double>(as_integer()) : std::get<double>(value_); }

const Json* Json::Find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const Member& member : as_object()) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Json& Json::Set(std::string key, Json value) {
  if (is_null()) value_ = Object();
  for (Member& member : as_object()) {
    if (member.first != key) continue;
    member.second = std::move(value);
    return *this;
  }
  as_object().emplace_back(std::move(key), std::move(value));
  return *this;
}

absl::Status CheckJson(std::string_view text) {
  thread_local std::unique_ptr<Checker> checker;
  if (text.empty()) return NotJson(0, "empty");
  if (checker == nullptr) checker = std::make_unique<Checker>();
  // simdjson reads up to SIMDJSON_PADDING bytes past the end; the caller's text ends where it ends.
  checker->padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  checker->padded.assign(text);
  simdjson::error_code error = simdjson::SUCCESS;
  if (text.size() > checker->parser.capacity() || checker->parser.max_depth() != kMaxJsonDepth) {
    error = checker->parser.allocate(text.size(), kMaxJsonDepth);
  }
  if (error == simdjson::SUCCESS) {
    error = checker->parser.parse(checker->padded.data(), text.size(), /*realloc_if_needed=*/false).error();
  }
  if (text.size() > kKeptCheckerBytes) checker.reset();
  switch (error) {
    case simdjson::SUCCESS:
      return absl::OkStatus();
    case simdjson::NUMBER_ERROR:
      return CheckWithWideNumbers(text);
    case simdjson::MEMALLOC:
      return absl::ResourceExhaustedError("no memory to check the JSON text");
    case simdjson::DEPTH_ERROR:
      return absl::InvalidArgumentError(absl::StrCat("JSON is nested deeper than ", kMaxJsonDepth));
    default:
      return absl::InvalidArgumentError(absl::StrCat("not JSON: ", simdjson::error_message(error)));
  }
}

}  // namespace hearth
