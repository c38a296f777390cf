// hearth-load: closed- and open-loop HTTP load against an endpoint of this machine, the figures as one line of JSON.
#include <csignal>
#include <cstdio>

#include "tests/performance/load_generator.h"
#include "tests/performance/load_options.h"

int main(int argc, char** argv) {
  hearth::load::LoadOptions options;
  int exit_code = 0;
  if (!hearth::load::ReadLoadOptions(argc, argv, options, exit_code)) return exit_code;
  std::signal(SIGPIPE, SIG_IGN);
  hearth::load::LoadGenerator generator(std::move(options));
  std::printf("%s\n", generator.Run().c_str());
  return 0;
}
