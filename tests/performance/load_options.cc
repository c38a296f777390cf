#include "tests/performance/load_options.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace hearth::load {
namespace {

// What CLI11 fills before it is checked and put into LoadOptions.
struct Words {
  std::string url;
  std::string method = "POST";
  std::string body;
  std::string body_file;
  std::vector<std::string> headers;
  std::string mode = "closed";
  std::string arrivals = "poisson";
  double seconds = 10;
  double warmup_seconds = 0;
  double timeout_seconds = 30;
};

// Only loopback: a load generator that reaches other machines is a weapon.
bool ReadUrl(const std::string& url, LoadOptions& options) {
  absl::string_view rest = url;
  if (!absl::ConsumePrefix(&rest, "http://")) return false;
  const size_t slash = std::min(rest.find('/'), rest.size());
  options.host = std::string(rest.substr(0, slash));
  options.request.target = slash == rest.size() ? "/" : std::string(rest.substr(slash));
  const size_t colon = options.host.rfind(':');
  int port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(options.host.substr(colon + 1), &port)) return false;
  if (port < 1 || port > 65535) return false;
  options.port = static_cast<uint16_t>(port);
  options.address = options.host.substr(0, colon);
  if (options.address == "localhost") options.address = "127.0.0.1";
  if (options.address == "[::1]") options.address = "::1";
  return options.address == "::1" || options.address.starts_with("127.");
}

bool ReadBody(const Words& words, LoadOptions& options) {
  options.request.body = words.body;
  if (words.body_file.empty()) return true;
  std::ifstream file(words.body_file, std::ios::binary);
  if (!file) return false;
  std::stringstream text;
  text << file.rdbuf();
  options.request.body = text.str();
  return true;
}

bool ReadHeaders(const Words& words, LoadOptions& options) {
  options.request.headers.Add("Host", options.host);
  for (const std::string& header : words.headers) {
    const size_t colon = header.find(':');
    if (colon == std::string::npos) return false;
    options.request.headers.Add(header.substr(0, colon),
                                std::string(absl::StripLeadingAsciiWhitespace(header.substr(colon + 1))));
  }
  return true;
}

std::chrono::milliseconds Milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

// Empty when all is well.
std::string Check(const Words& words, LoadOptions& options) {
  if (!ReadUrl(words.url, options)) return "the URL must be http://<loopback address>:<port>/…";
  if (!ReadBody(words, options)) return "cannot read " + words.body_file;
  if (!ReadHeaders(words, options)) return "a header is written 'Name: value'";
  options.request.method = words.method;
  options.mode = words.mode == "open" ? Mode::kOpen : Mode::kClosed;
  options.arrivals = words.arrivals == "fixed" ? Arrivals::kFixed : Arrivals::kPoisson;
  options.duration = Milliseconds(words.seconds);
  options.warmup = Milliseconds(words.warmup_seconds);
  options.request_timeout = Milliseconds(words.timeout_seconds);
  if (options.mode == Mode::kOpen && options.rate_per_second <= 0) return "an open loop needs a --rate";
  if (options.warmup >= options.duration) return "the warm-up must end before the run";
  options.sign = !options.credentials.access_key_id.empty();
  return "";
}

void Declare(CLI::App& app, Words& words, LoadOptions& options) {
  const double longest = std::chrono::duration<double>(kMaxDuration).count();
  app.add_option("url", words.url, "http://127.0.0.1:9000/2015-03-31/functions/NAME/invocations")->required();
  app.add_option("--method", words.method, "HTTP method");
  app.add_option("--body", words.body, "request body");
  app.add_option("--body-file", words.body_file, "file with the request body");
  app.add_option("--header,-H", words.headers, "'Name: value', repeatable");
  app.add_option("--mode", words.mode, "closed: each connection sends when it was answered; open: at --rate")
      ->check(CLI::IsMember({"closed", "open"}));
  app.add_option("--rate", options.rate_per_second, "requests a second of an open loop")->check(CLI::Range(0.01, 1e6));
  app.add_option("--arrivals", words.arrivals, "of an open loop")->check(CLI::IsMember({"poisson", "fixed"}));
  app.add_option("--connections,-c", options.connections, "connections")->check(CLI::Range(1, kMaxConnections));
  app.add_option("--requests,-n", options.max_requests, "end after so many requests")
      ->default_val(kMaxRequests)
      ->check(CLI::Range(int64_t{1}, kMaxRequests));
  app.add_option("--seconds", words.seconds, "end after so long, warm-up included")->check(CLI::Range(0.1, longest));
  app.add_option("--warmup", words.warmup_seconds, "seconds not counted at the start")->check(CLI::Range(0.0, longest));
  app.add_option("--timeout", words.timeout_seconds, "seconds one request may take")->check(CLI::Range(0.01, longest));
  app.add_option("--seed", options.seed, "of the Poisson arrivals");
  app.add_option("--access-key", options.credentials.access_key_id, "signs the requests")->envname("AWS_ACCESS_KEY_ID");
  app.add_option("--secret-key", options.credentials.secret_access_key, "")->envname("AWS_SECRET_ACCESS_KEY");
  app.add_option("--session-token", options.credentials.session_token, "")->envname("AWS_SESSION_TOKEN");
  app.add_option("--region", options.region, "of the signature")->default_val("us-east-1")->envname("AWS_REGION");
  app.add_option("--service", options.service, "of the signature")->default_val("lambda");
}

}  // namespace

bool ReadLoadOptions(int argc, char** argv, LoadOptions& options, int& exit_code) {
  CLI::App app("hearth-load measures an HTTP endpoint on this machine and prints its figures as JSON.");
  Words words;
  Declare(app, words, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error);
    return false;
  }
  const std::string complaint = Check(words, options);
  if (complaint.empty()) return true;
  std::cerr << complaint << "\n";
  exit_code = 2;
  return false;
}

}  // namespace hearth::load
