/* More system calls that a function has no use for, and sockets of families it has no use for. Checklist I4 to I14. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/tiocl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "tests/sandbox/escape_probe.h"

/* Newer than the headers this is built with. */
#define CALL_QUOTACTL_FD 443
#define CALL_MEMFD_SECRET 447
#define CALL_CACHESTAT 451
#define CALL_STATMOUNT 457
#define CALL_LISTMOUNT 458

static bool capability_set(const char* field) {
  FILE* status = fopen("/proc/self/status", "r");
  char line[256];
  unsigned long long set = 0;
  while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
    if (strncmp(line, field, strlen(field)) == 0) sscanf(line + strlen(field), "%llx", &set);
  }
  return set != 0;
}

/* The kernel lets a capability be raised there only by who has it. */
static bool inherit_a_capability(void) {
  if (capability_set("CapInh:")) return true;
  uint32_t header[2] = {0x20080522, 0};
  uint32_t sets[6] = {0};
  if (syscall(SYS_capget, header, sets) != 0) return false;
  sets[2] |= 1; /* CAP_CHOWN, inheritable */
  return syscall(SYS_capset, header, sets) == 0;
}

static bool ambient_capability(void) {
  if (capability_set("CapAmb:")) return true;
  return inherit_a_capability() && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0, 0, 0) == 0;
}

static bool io_uring_enter(void) { return passed(syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0)); }
static bool io_uring_register(void) { return passed(syscall(SYS_io_uring_register, -1, 0, NULL, 0)); }
static bool write_another_process(void) {
  char byte = 'x';
  char copy = 0;
  struct iovec local = {&byte, 1}, remote = {&copy, 1};
  return passed(syscall(SYS_process_vm_writev, getpid(), &local, 1, &remote, 1, 0));
}
static bool advise_another_process(void) { return passed(syscall(SYS_process_madvise, -1, NULL, 0, 0, 0)); }
static bool finit_module(void) { return passed(syscall(SYS_finit_module, -1, "", 0)); }
static bool kexec_file(void) { return passed(syscall(SYS_kexec_file_load, -1, -1, 0, "", ~0UL)); }
static bool swap_off(void) { return passed(syscall(SYS_swapoff, "/hearth-probe-none")); }
static bool domain_name(void) {
  unshare(CLONE_NEWUTS);
  return passed(syscall(SYS_setdomainname, "probe", 5));
}
static bool clock_set(void) { return passed(clock_settime(CLOCK_REALTIME, &(struct timespec){.tv_sec = -1})); }
static bool clock_adjust(void) { return passed(syscall(SYS_clock_adjtime, CLOCK_REALTIME, NULL)); }
static bool quota_by_descriptor(void) { return passed(syscall(CALL_QUOTACTL_FD, -1, 0, 0, NULL)); }
static bool fanotify_mark_all(void) { return passed(syscall(SYS_fanotify_mark, -1, 1, 0, -1, NULL)); }
static bool set_policy(void) { return passed(syscall(SYS_set_mempolicy, 0, NULL, 0)); }
static bool get_policy(void) { return passed(syscall(SYS_get_mempolicy, NULL, NULL, 0, NULL, 0)); }
static bool migrate(void) { return passed(syscall(SYS_migrate_pages, 0, 0, NULL, NULL)); }
static bool secret_memory(void) { return passed(syscall(CALL_MEMFD_SECRET, 0)); }
static bool configure_a_file_system(void) { return passed(syscall(SYS_fsconfig, -1, 0, "x", NULL, 0)); }
static bool mount_a_file_system(void) { return passed(syscall(SYS_fsmount, -1, 0, 0)); }
static bool pick_a_file_system(void) { return passed(syscall(SYS_fspick, AT_FDCWD, "/", 0)); }
static bool list_mounts(void) { return passed(syscall(CALL_LISTMOUNT, NULL, NULL, 0, 0)); }
static bool mount_facts(void) { return passed(syscall(CALL_STATMOUNT, NULL, NULL, 0, 0)); }
static bool cached_pages(void) { return passed(syscall(CALL_CACHESTAT, 0, NULL, NULL, 0)); }
static bool directory_cookie(void) { return passed(syscall(SYS_lookup_dcookie, 0, NULL, 0)); }
static bool kinds_of_file_systems(void) { return passed(syscall(SYS_sysfs, 3)); }
static bool device_facts(void) { return passed(syscall(SYS_ustat, 0, NULL)); }
static bool old_io_submit(void) { return passed(syscall(SYS_io_submit, 0, 0, NULL)); }

static bool paste_into_a_console(void) {
  char paste[2] = {TIOCL_PASTESEL, 0};
  return passed(ioctl(0, TIOCLINUX, paste));
}

static bool line_discipline(void) {
  int discipline = 0;
  return passed(ioctl(0, TIOCSETD, &discipline));
}

static bool earliest_deadline(void) {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } wanted = {48, 6, 0, 0, 0, 1000000, 10000000, 10000000};
  return passed(syscall(SYS_sched_setattr, 0, &wanted, 0));
}
static bool real_time_io(void) { return passed(syscall(SYS_ioprio_set, 1, 0, 1 << 13)); }

#if defined(__x86_64__)
static bool all_ports(void) { return passed(syscall(SYS_iopl, 3)); }
static bool call_of_x32(void) { return syscall(0x40000000 + SYS_getpid) > 0; }
#endif

static bool socket_of(int family, int type, int protocol) { return passed(socket(family, type, protocol)); }
static bool bluetooth(void) { return socket_of(AF_BLUETOOTH, SOCK_RAW, 1); }
static bool can_bus(void) { return socket_of(AF_CAN, SOCK_RAW, 1); }
static bool tipc(void) { return socket_of(AF_TIPC, SOCK_STREAM, 0); }
static bool key_management(void) { return socket_of(AF_KEY, SOCK_RAW, 2); }
static bool rds(void) { return socket_of(AF_RDS, SOCK_SEQPACKET, 0); }
static bool audit(void) { return socket_of(AF_NETLINK, SOCK_RAW, 9); }
static bool transformations(void) { return socket_of(AF_NETLINK, SOCK_RAW, 6); }
static bool generic_netlink(void) { return socket_of(AF_NETLINK, SOCK_RAW, 16); }
static bool raw_ip6(void) { return socket_of(AF_INET6, SOCK_RAW, 58); }
static bool packet_datagrams(void) { return socket_of(AF_PACKET, SOCK_DGRAM, 0); }

static const struct check call_checks[] = {
    {"cap_inheritable", inherit_a_capability},
    {"cap_ambient", ambient_capability},
    {"io_uring_enter", io_uring_enter},
    {"io_uring_register", io_uring_register},
    {"process_vm_writev", write_another_process},
    {"process_madvise", advise_another_process},
    {"finit_module", finit_module},
    {"kexec_file_load", kexec_file},
    {"swapoff", swap_off},
    {"setdomainname", domain_name},
    {"clock_settime", clock_set},
    {"clock_adjtime", clock_adjust},
    {"quotactl_fd", quota_by_descriptor},
    {"fanotify_mark", fanotify_mark_all},
    {"set_mempolicy", set_policy},
    {"get_mempolicy", get_policy},
    {"migrate_pages", migrate},
    {"memfd_secret", secret_memory},
    {"fsconfig", configure_a_file_system},
    {"fsmount", mount_a_file_system},
    {"fspick", pick_a_file_system},
    {"listmount", list_mounts},
    {"statmount", mount_facts},
    {"cachestat", cached_pages},
    {"lookup_dcookie", directory_cookie},
    {"sysfs", kinds_of_file_systems},
    {"ustat", device_facts},
    {"io_submit", old_io_submit},
    {"tioclinux", paste_into_a_console},
    {"tiocsetd", line_discipline},
    {"sched_deadline", earliest_deadline},
    {"ioprio_real_time", real_time_io},
#if defined(__x86_64__)
    {"iopl", all_ports},
    {"x32_call", call_of_x32},
#endif
    {"af_bluetooth", bluetooth},
    {"af_can", can_bus},
    {"af_tipc", tipc},
    {"af_key", key_management},
    {"af_rds", rds},
    {"netlink_audit", audit},
    {"netlink_xfrm", transformations},
    {"netlink_generic", generic_netlink},
    {"raw_ip6", raw_ip6},
    {"af_packet_dgram", packet_datagrams},
};
const struct check_group call_group = {"calls", call_checks, COUNT(call_checks)};
