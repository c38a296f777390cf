/* Identity and limits, and things the caller set up outside for the probe to find. Checklist I2, I3, I20 to I32.
 *
 * The caller's environment names them: PROBE_PORT a TCP port on the host's 127.0.0.1, PROBE_ABSTRACT an abstract Unix
 * socket, PROBE_PID a process, PROBE_IPC_KEY a System V shared memory key, PROBE_PATH a host directory.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/sandbox/escape_probe.h"

static bool status_set(const char* field) {
  FILE* status = fopen("/proc/self/status", "r");
  char line[256];
  while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
    if (strncmp(line, field, strlen(field)) == 0) return strtoull(line + strlen(field), NULL, 16) != 0;
  }
  return false;
}

static bool effective(void) { return status_set("CapEff:"); }
static bool permitted(void) { return status_set("CapPrm:"); }
static bool bounding(void) { return status_set("CapBnd:"); }
static bool securebits(void) { return (prctl(PR_GET_SECUREBITS) & SECBIT_NOROOT_LOCKED) == 0; }
static bool new_privileges(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0; }
static bool no_filter(void) { return prctl(PR_GET_SECCOMP) == 0; }
static bool be_root(void) { return setresuid(0, 0, 0) == 0; }
static bool be_root_group(void) { return setresgid(0, 0, 0) == 0; }
static bool be_another_user(void) { return setresuid(12345, 12345, 12345) == 0; }
static bool choose_groups(void) { return setgroups(0, NULL) == 0; }
static bool host_uid(void) { return getuid() < 1000; }

static bool give_a_file_away(void) {
  char path[] = "/tmp/hearth-probe-XXXXXX";
  const int file = mkstemp(path);
  const bool given = file >= 0 && fchown(file, 1, 1) == 0;
  unlink(path);
  return given;
}

static bool real_time(void) {
  const struct sched_param one = {.sched_priority = 1};
  return sched_setscheduler(0, SCHED_RR, &one) == 0;
}

static bool higher_priority(void) { return setpriority(PRIO_PROCESS, 0, -5) == 0; }

static bool lock_memory(void) {
  const size_t size = 1 << 20;
  void* block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return block != MAP_FAILED && mlock(block, size) == 0;
}

static bool limits_of_init(void) {
  struct rlimit limit;
  return prlimit(1, RLIMIT_NOFILE, NULL, &limit) == 0;
}

static bool core_files(void) {
  struct rlimit limit;
  return getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max > 0;
}

static bool more_open_files(void) {
  struct rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max > 1024;
}

static bool lower_port(void) {
  const struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(81), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int file = socket(AF_INET, SOCK_STREAM, 0);
  return bind(file, (const struct sockaddr*)&address, sizeof(address)) == 0;
}

static bool more_descriptors(void) {
  for (int fd = 3; fd < 1024; ++fd) {
    if (fd != 62 && fcntl(fd, F_GETFD) >= 0) return true;
  }
  return false;
}

static const struct check identity_checks[] = {
    {"cap_effective", effective},
    {"cap_permitted", permitted},
    {"cap_bounding", bounding},
    {"securebits_unlocked", securebits},
    {"new_privileges", new_privileges},
    {"no_seccomp", no_filter},
    {"setuid_root", be_root},
    {"setgid_root", be_root_group},
    {"setuid_other", be_another_user},
    {"setgroups", choose_groups},
    {"host_uid", host_uid},
    {"chown", give_a_file_away},
    {"real_time", real_time},
    {"negative_nice", higher_priority},
    {"lock_memory", lock_memory},
    {"limits_of_init", limits_of_init},
    {"core_files", core_files},
    {"open_files", more_open_files},
    {"privileged_port", lower_port},
    {"inherited_descriptors", more_descriptors},
};
const struct check_group identity_group = {"identity", identity_checks, COUNT(identity_checks)};

static bool host_loopback(void) {
  const char* port = outside("PROBE_PORT");
  if (port == NULL) return false;
  const struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return connect(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr*)&address, sizeof(address)) == 0;
}

static bool host_abstract_socket(void) {
  const char* name = outside("PROBE_ABSTRACT");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (name == NULL) return false;
  strncpy(address.sun_path + 1, name, sizeof(address.sun_path) - 2);
  const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
  return connect(socket(AF_UNIX, SOCK_STREAM, 0), (const struct sockaddr*)&address, size) == 0;
}

/* A route is enough: connecting a datagram socket sends nothing. */
static bool routed(const char* host) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
  inet_pton(AF_INET, host, &address.sin_addr);
  return connect(socket(AF_INET, SOCK_DGRAM, 0), (const struct sockaddr*)&address, sizeof(address)) == 0;
}

static bool metadata_service(void) { return routed("169.254.169.254"); }
static bool private_network(void) { return routed("10.0.0.1"); }

static bool other_interfaces(void) {
  struct if_nameindex* list = if_nameindex();
  for (struct if_nameindex* entry = list; entry != NULL && entry->if_index != 0; ++entry) {
    if (strcmp(entry->if_name, "lo") != 0) return true;
  }
  return false;
}

static bool ipv6_loopback(void) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  return bind(socket(AF_INET6, SOCK_STREAM, 0), (const struct sockaddr*)&address, sizeof(address)) == 0;
}

static bool host_process(void) {
  const char* pid = outside("PROBE_PID");
  return pid != NULL && kill(atoi(pid), 0) == 0;
}

static bool host_shared_memory(void) {
  const char* key = outside("PROBE_IPC_KEY");
  return key != NULL && shmget((key_t)atoi(key), 0, 0) >= 0;
}

static bool host_directory(void) {
  const char* path = outside("PROBE_PATH");
  return path != NULL && access(path, F_OK) == 0;
}

static const struct check outside_checks[] = {
    {"host_loopback", host_loopback},       {"host_abstract_socket", host_abstract_socket},
    {"metadata_service", metadata_service}, {"private_network", private_network},
    {"other_interfaces", other_interfaces}, {"ipv6_loopback", ipv6_loopback},
    {"host_process", host_process},         {"host_shared_memory", host_shared_memory},
    {"host_directory", host_directory},
};
const struct check_group outside_group = {"outside", outside_checks, COUNT(outside_checks)};
