/* The file tree: /proc, /sys, /dev, cgroups, read-only places. Checklist I2, I15 to I20. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/sandbox/escape_probe.h"

static bool opens(const char* path, int flags) { return open(path, flags | O_NONBLOCK) >= 0; }

static bool core_pattern(void) { return opens("/proc/sys/kernel/core_pattern", O_RDONLY); }
static bool sysrq(void) { return opens("/proc/sysrq-trigger", O_WRONLY); }
static bool kcore(void) { return opens("/proc/kcore", O_RDONLY); }
static bool kallsyms(void) { return opens("/proc/kallsyms", O_RDONLY); }
static bool kernel_keys(void) { return opens("/proc/keys", O_RDONLY); }
static bool modules(void) { return opens("/proc/modules", O_RDONLY); }
static bool init_environment(void) { return opens("/proc/1/environ", O_RDONLY); }
static bool init_memory(void) { return opens("/proc/1/mem", O_RDWR); }

static bool init_root(void) {
  char target[PATH_MAX];
  return readlink("/proc/1/root", target, sizeof(target)) >= 0;
}

static bool init_descriptors(void) { return opendir("/proc/1/fd") != NULL; }

static bool kernel_threads(void) {
  char name[64] = "";
  FILE* comm = fopen("/proc/2/comm", "r");
  return comm != NULL && fgets(name, sizeof(name), comm) != NULL && strcmp(name, "kthreadd\n") == 0;
}

/* A path in /proc/self/cgroup other than / tells where this machine keeps its groups. */
static bool cgroup_path(void) {
  FILE* groups = fopen("/proc/self/cgroup", "r");
  char line[PATH_MAX];
  while (groups != NULL && fgets(line, sizeof(line), groups) != NULL) {
    const char* path = strrchr(line, ':');
    if (path != NULL && strcmp(path, ":/\n") != 0) return true;
  }
  return false;
}

/* Anything below /proc that is no process's and can be written to. */
static bool writable_proc(void) {
  DIR* directory = opendir("/proc");
  for (struct dirent* entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
    if (entry->d_type == DT_REG && faccessat(dirfd(directory), entry->d_name, W_OK, 0) == 0) return true;
  }
  return false;
}

static const struct check proc_checks[] = {
    {"core_pattern", core_pattern},
    {"sysrq_trigger", sysrq},
    {"kcore", kcore},
    {"kallsyms", kallsyms},
    {"keys", kernel_keys},
    {"modules", modules},
    {"init_environ", init_environment},
    {"init_mem", init_memory},
    {"init_root", init_root},
    {"init_fd", init_descriptors},
    {"kernel_threads", kernel_threads},
    {"writable", writable_proc},
    {"cgroup_path", cgroup_path},
};
const struct check_group proc_group = {"proc", proc_checks, COUNT(proc_checks)};

static bool creates(const char* directory) {
  char path[PATH_MAX];
  snprintf(path, sizeof(path), "%s/hearth-probe-%d", directory, (int)getpid());
  const int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (file >= 0) unlink(path);
  return file >= 0;
}

static bool write_root(void) { return creates("/"); }
static bool write_usr(void) { return creates("/usr/lib"); }
static bool write_etc(void) { return creates("/etc"); }
static bool write_dev(void) { return creates("/dev"); }

static bool write_code(void) {
  char program[PATH_MAX] = "";
  if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0) return false;
  *strrchr(program, '/') = '\0';
  return creates(program);
}

static bool lacks_flag(const char* path, unsigned long flag) {
  struct statvfs info;
  return statvfs(path, &info) == 0 && (info.f_flag & flag) == 0;
}

static bool usr_honours_setuid(void) { return lacks_flag("/usr", ST_NOSUID); }
static bool tmp_honours_setuid(void) { return lacks_flag("/tmp", ST_NOSUID); }
static bool tmp_honours_devices(void) { return lacks_flag("/tmp", ST_NODEV); }
static bool shadow(void) { return opens("/etc/shadow", O_RDONLY); }
static bool sys_kernel(void) { return opens("/sys/kernel", O_RDONLY); }
static bool sys_cgroup(void) { return opens("/sys/fs/cgroup", O_RDONLY); }
static bool sys_firmware(void) { return opens("/sys/devices/system/cpu/vulnerabilities", O_RDONLY); }
static bool run_directory(void) { return opens("/run/lock", O_RDONLY); }
static bool boot_directory(void) { return opens("/boot", O_RDONLY); }

/* A climb by ".." from the root must stay there: the host's home directories are not in a sandbox. */
static bool climb_out(void) {
  char path[256] = "";
  for (int i = 0; i < 20; ++i) strcat(path, "../");
  strcat(path, "home");
  return chdir("/var/task") == 0 ? opens(path, O_RDONLY) : opens("/home", O_RDONLY);
}

static const struct check file_checks[] = {
    {"write_root", write_root},
    {"write_usr", write_usr},
    {"write_etc", write_etc},
    {"write_dev", write_dev},
    {"write_code", write_code},
    {"usr_setuid", usr_honours_setuid},
    {"tmp_setuid", tmp_honours_setuid},
    {"tmp_devices", tmp_honours_devices},
    {"shadow", shadow},
    {"sys_kernel", sys_kernel},
    {"sys_cgroup", sys_cgroup},
    {"sys_cpu", sys_firmware},
    {"run", run_directory},
    {"boot", boot_directory},
    {"climb_out", climb_out},
};
const struct check_group file_group = {"files", file_checks, COUNT(file_checks)};

static bool make_a_device(mode_t kind) {
  char path[64];
  snprintf(path, sizeof(path), "/tmp/hearth-probe-dev-%d", (int)getpid());
  const int made = mknod(path, kind | 0600, makedev(1, 3));
  const int error = errno;
  if (made == 0) unlink(path);
  errno = error;
  return passed(made);
}

static bool make_a_character_device(void) { return make_a_device(S_IFCHR); }
static bool make_a_block_device(void) { return make_a_device(S_IFBLK); }
static bool physical_memory(void) { return opens("/dev/mem", O_RDONLY); }
static bool kernel_messages(void) { return opens("/dev/kmsg", O_RDONLY); }
static bool terminals(void) { return opens("/dev/ptmx", O_RDWR); }
static bool loop_control(void) { return opens("/dev/loop-control", O_RDWR); }

static bool a_disk(void) {
  DIR* directory = opendir("/dev");
  for (struct dirent* entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
    char path[PATH_MAX];
    struct stat info;
    snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
    if (lstat(path, &info) == 0 && S_ISBLK(info.st_mode) && opens(path, O_RDONLY)) return true;
  }
  return false;
}

static bool more_than_five_devices(void) {
  static const char* const known[] = {"null", "zero", "full", "random", "urandom"};
  DIR* directory = opendir("/dev");
  for (struct dirent* entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
    char path[PATH_MAX];
    struct stat info;
    bool expected = false;
    for (size_t i = 0; i < COUNT(known); ++i) expected |= strcmp(entry->d_name, known[i]) == 0;
    snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
    if (!expected && lstat(path, &info) == 0 && (S_ISBLK(info.st_mode) || S_ISCHR(info.st_mode))) return true;
  }
  return false;
}

static const struct check device_checks[] = {
    {"mknod_char", make_a_character_device},
    {"mknod_block", make_a_block_device},
    {"dev_mem", physical_memory},
    {"dev_kmsg", kernel_messages},
    {"dev_ptmx", terminals},
    {"dev_loop_control", loop_control},
    {"dev_disk", a_disk},
    {"more_than_five", more_than_five_devices},
};
const struct check_group device_group = {"devices", device_checks, COUNT(device_checks)};
