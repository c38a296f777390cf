/* System calls that have been ways into the kernel. Checklist I1, I4 to I14. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/quota.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sandbox/escape_probe.h"

static bool io_uring(void) {
  struct io_uring_params params = {0};
  return passed(syscall(SYS_io_uring_setup, 4, &params));
}

static bool bpf_map(void) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof(attr));
  attr.map_type = BPF_MAP_TYPE_ARRAY;
  attr.key_size = attr.value_size = 4;
  attr.max_entries = 1;
  return passed(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static bool perf_event(void) {
  struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_CPU_CLOCK};
  return passed(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

static bool user_fault(void) { return passed(syscall(SYS_userfaultfd, O_CLOEXEC)); }

static bool add_a_key(void) {
  return passed(syscall(SYS_add_key, "user", "hearth-probe", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

static bool read_session_keyring(void) {
  return passed(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1));
}

static bool ask_for_a_key(void) {
  const long key = syscall(SYS_request_key, "user", "hearth-probe-none", NULL, 0);
  return key >= 0 || errno == ENOKEY;
}

static pid_t sleeping_child(void) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(3);
    pause();
    _exit(0);
  }
  return child;
}

static bool ptrace_a_child(void) {
  const pid_t child = sleeping_child();
  const bool traced = passed(ptrace(PTRACE_SEIZE, child, NULL, NULL));
  const int error = errno;
  kill(child, SIGKILL);
  errno = error;
  return traced;
}

static bool read_another_process(void) {
  char byte = 'x';
  char copy = 0;
  struct iovec local = {&copy, 1}, remote = {&byte, 1};
  return passed(syscall(SYS_process_vm_readv, getpid(), &local, 1, &remote, 1, 0));
}

static bool take_a_descriptor(void) {
  const int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
  return passed(syscall(SYS_pidfd_getfd, self, 0, 0));
}

static bool compare_kernel_objects(void) { return passed(syscall(SYS_kcmp, getpid(), getpid(), 0, 0, 0)); }
static bool load_a_module(void) { return passed(syscall(SYS_init_module, NULL, 0, "")); }
static bool unload_a_module(void) { return passed(syscall(SYS_delete_module, "hearth_probe_none", O_NONBLOCK)); }
static bool load_a_kernel(void) { return passed(syscall(SYS_kexec_load, 0, 0, NULL, ~0UL)); }
static bool reboot_with_wrong_magic(void) { return passed(syscall(SYS_reboot, 0, 0, 0, NULL)); }
static bool swap_on(void) { return passed(swapon("/hearth-probe-none", 0)); }
static bool accounting(void) { return passed(acct("/hearth-probe-none")); }
static bool kernel_log(void) { return passed(syscall(SYS_syslog, 10, NULL, 0)); }
static bool quota(void) { return passed(syscall(SYS_quotactl, QCMD(Q_SYNC, USRQUOTA), "/hearth-probe-none", 0, NULL)); }
static bool personality_query(void) { return passed(syscall(SYS_personality, 0xffffffffUL)); }
static bool set_the_clock(void) { return passed(syscall(SYS_settimeofday, NULL, NULL)); }

static bool adjust_the_clock(void) {
  struct timex request = {.modes = ADJ_OFFSET_SINGLESHOT | ADJ_OFFSET};
  request.modes = ADJ_TICK;
  request.tick = 0; /* refused as out of range, after the permission was checked */
  return passed(adjtimex(&request));
}

static bool handle_of_a_file(void) {
  char space[128] = {0};
  struct file_handle* handle = (struct file_handle*)space;
  int mount_id;
  return passed(name_to_handle_at(AT_FDCWD, "/", handle, &mount_id, 0));
}

static bool open_a_handle(void) {
  char space[128] = {0};
  struct file_handle* handle = (struct file_handle*)space;
  handle->handle_bytes = 8;
  handle->handle_type = 1;
  return passed(open_by_handle_at(AT_FDCWD, handle, O_RDONLY));
}

static bool watch_everything(void) { return passed(syscall(SYS_fanotify_init, 0, O_RDONLY)); }
static bool bind_memory(void) { return passed(syscall(SYS_mbind, NULL, 0, 0, NULL, 0, 0)); }
static bool move_memory(void) { return passed(syscall(SYS_move_pages, 0, 0, NULL, NULL, NULL, 0)); }
static bool splice_memory(void) { return passed(syscall(SYS_vmsplice, -1, NULL, 0, 0)); }
static bool old_asynchronous_io(void) {
  unsigned long context = 0;
  return passed(syscall(SYS_io_setup, 1, &context));
}

static bool type_into_a_terminal(void) { return passed(ioctl(0, TIOCSTI, "x")); }

static bool terminal_injection_with_high_bits(void) {
  return passed(syscall(SYS_ioctl, 0, (unsigned long)TIOCSTI | (1UL << 32), "x"));
}

#if defined(__x86_64__)
static bool port_access(void) { return passed(syscall(SYS_ioperm, 0x80, 1, 1)); }
static bool local_descriptor_table(void) {
  char table[16];
  return passed(syscall(SYS_modify_ldt, 0, table, sizeof(table)));
}
static bool call_of_i386(void) {
  long result = 20; /* getpid */
  __asm__ volatile("int $0x80" : "+a"(result)::"memory");
  return result > 0;
}
#endif

static const struct check kernel_checks[] = {
    {"io_uring", io_uring},
    {"bpf", bpf_map},
    {"perf_event_open", perf_event},
    {"userfaultfd", user_fault},
    {"add_key", add_a_key},
    {"keyctl", read_session_keyring},
    {"request_key", ask_for_a_key},
    {"ptrace", ptrace_a_child},
    {"process_vm_readv", read_another_process},
    {"pidfd_getfd", take_a_descriptor},
    {"kcmp", compare_kernel_objects},
    {"init_module", load_a_module},
    {"delete_module", unload_a_module},
    {"kexec_load", load_a_kernel},
    {"reboot", reboot_with_wrong_magic},
    {"swapon", swap_on},
    {"acct", accounting},
    {"syslog", kernel_log},
    {"quotactl", quota},
    {"personality", personality_query},
    {"settimeofday", set_the_clock},
    {"adjtimex", adjust_the_clock},
    {"name_to_handle_at", handle_of_a_file},
    {"open_by_handle_at", open_a_handle},
    {"fanotify", watch_everything},
    {"mbind", bind_memory},
    {"move_pages", move_memory},
    {"vmsplice", splice_memory},
    {"io_setup", old_asynchronous_io},
    {"tiocsti", type_into_a_terminal},
    {"tiocsti_high_bits", terminal_injection_with_high_bits},
#if defined(__x86_64__)
    {"ioperm", port_access},
    {"modify_ldt", local_descriptor_table},
    {"i386_call", call_of_i386},
#endif
};
const struct check_group kernel_group = {"kernel", kernel_checks, COUNT(kernel_checks)};

/* Outside, as root, these happen in throw-away namespaces; inside, making those has just failed. */
static void own_namespaces(void) {
  if (unshare(CLONE_NEWNS | CLONE_NEWUTS) == 0) mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static bool mount_a_tmpfs(void) {
  own_namespaces();
  return passed(mount("none", "/tmp", "tmpfs", 0, NULL));
}

static bool mount_cgroups(void) {
  own_namespaces();
  return passed(mount("none", "/tmp", "cgroup2", 0, NULL));
}

static bool mount_proc(void) {
  own_namespaces();
  return passed(mount("none", "/tmp", "proc", 0, NULL));
}

static bool remount_usr_writable(void) {
  own_namespaces();
  return passed(mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL)) || errno == EINVAL;
}

static bool unmount(void) { return passed(umount2("/hearth-probe-none", MNT_DETACH)); }

static bool change_root(void) { return passed(chroot("/tmp")); }

static bool pivot(void) {
  own_namespaces();
  return passed(syscall(SYS_pivot_root, "/", "/"));
}

static bool clone_a_tree(void) { return passed(open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE)); }
static bool open_a_file_system(void) { return passed(fsopen("tmpfs", 0)); }
static bool move_a_mount(void) { return passed(move_mount(-1, "", -1, "", 0)); }
static bool change_a_mount(void) { return passed(mount_setattr(-1, "", 0, NULL, 0)); }
static bool new_user_namespace(void) { return passed(unshare(CLONE_NEWUSER)); }
static bool new_network(void) { return passed(unshare(CLONE_NEWNET)); }

static bool clone_with(unsigned long flags) {
  const long child = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0);
  if (child == 0) _exit(0);
  const int error = errno;
  if (child > 0) waitpid((pid_t)child, NULL, 0);
  errno = error;
  return passed(child);
}

static bool clone_user_namespace(void) { return clone_with(CLONE_NEWUSER); }
static bool clone_mount_namespace(void) { return clone_with(CLONE_NEWNS); }
static bool clone_three(void) { return passed(syscall(SYS_clone3, NULL, 0)); }

static bool enter_a_namespace(void) {
  const int own = open("/proc/self/ns/uts", O_RDONLY);
  return passed(setns(own, 0));
}

static bool rename_the_host(void) {
  own_namespaces();
  return passed(sethostname("probe", 5));
}

static const struct check namespace_checks[] = {
    {"mount_tmpfs", mount_a_tmpfs},
    {"mount_cgroup2", mount_cgroups},
    {"mount_proc", mount_proc},
    {"remount_usr", remount_usr_writable},
    {"umount2", unmount},
    {"chroot", change_root},
    {"pivot_root", pivot},
    {"open_tree", clone_a_tree},
    {"fsopen", open_a_file_system},
    {"move_mount", move_a_mount},
    {"mount_setattr", change_a_mount},
    {"unshare_user", new_user_namespace},
    {"unshare_net", new_network},
    {"clone_newuser", clone_user_namespace},
    {"clone_newns", clone_mount_namespace},
    {"clone3", clone_three},
    {"setns", enter_a_namespace},
    {"sethostname", rename_the_host},
};
const struct check_group namespace_group = {"namespaces", namespace_checks, COUNT(namespace_checks)};

static bool packet_socket(void) { return passed(socket(AF_PACKET, SOCK_RAW, 0)); }
static bool vsock_socket(void) { return passed(socket(AF_VSOCK, SOCK_STREAM, 0)); }
static bool crypto_socket(void) { return passed(socket(AF_ALG, SOCK_SEQPACKET, 0)); }
static bool netfilter_socket(void) { return passed(socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER)); }
static bool uevent_socket(void) { return passed(socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT)); }
static bool raw_ip_socket(void) { return passed(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)); }
static bool xdp_socket(void) { return passed(socket(AF_XDP, SOCK_RAW, 0)); }

static bool out_of_band(void) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return false;
  return passed(send(pair[0], "x", 1, MSG_OOB));
}

static const struct check socket_checks[] = {
    {"af_packet", packet_socket},
    {"af_vsock", vsock_socket},
    {"af_alg", crypto_socket},
    {"netlink_netfilter", netfilter_socket},
    {"netlink_uevent", uevent_socket},
    {"raw_ip", raw_ip_socket},
    {"af_xdp", xdp_socket},
    {"msg_oob", out_of_band},
};
const struct check_group socket_group = {"sockets", socket_checks, COUNT(socket_checks)};
