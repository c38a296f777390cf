// What the sandbox must not break: interpreters and ordinary programs run in it.
#include <unistd.h>

#include <filesystem>

#include "gtest/gtest.h"
#include "tests/sandbox/sandbox_fixture.h"

namespace hearth::worker {
namespace {

const std::vector<std::string> kEnvironment = {"PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"};

class SandboxRuntimesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    world_ = std::make_unique<SandboxWorld>("runtimes");
    client_ = world_->StartLauncher();
    SandboxSpec spec = world_->Spec("env-1");
    spec.memory_bytes = int64_t{512} << 20;
    sandbox_ = client_->Create(spec).value();
  }

  std::string Run(std::vector<std::string> arguments) {
    return RunToEnd(*sandbox_, std::move(arguments), kEnvironment).output;
  }

  std::unique_ptr<SandboxWorld> world_;
  std::unique_ptr<LauncherClient> client_;
  std::unique_ptr<Sandbox> sandbox_;
};

TEST_F(SandboxRuntimesTest, PythonRunsWithSocketsThreadsProcessesAndTls) {
  const char* program =
      "import json,socket,ssl,threading,subprocess,os,pwd,tempfile,getpass\n"
      "s=socket.socket(); s.bind(('127.0.0.1',0)); s.listen()\n"
      "c=socket.create_connection(s.getsockname()); s.accept()\n"
      "t=threading.Thread(target=lambda: print('thread')); t.start(); t.join()\n"
      "print(subprocess.check_output(['/bin/echo','child']).decode().strip())\n"
      "ssl.create_default_context()\n"
      "tempfile.NamedTemporaryFile().write(b'x')\n"
      "print(pwd.getpwuid(os.getuid()).pw_name, socket.gethostbyname(socket.gethostname()))\n";
  EXPECT_EQ(Run({"/usr/bin/python3", "-c", program}), "thread\nchild\nsbx_user1051 127.0.0.1\n");
}

TEST_F(SandboxRuntimesTest, PythonMultiprocessingHasSharedMemory) {
  const char* program =
      "import multiprocessing as m\n"
      "q=m.Queue(); p=m.Process(target=q.put,args=('from a child',)); p.start(); print(q.get()); p.join()\n";
  EXPECT_EQ(Run({"/usr/bin/python3", "-c", program}), "from a child\n");
}

TEST_F(SandboxRuntimesTest, NodeRunsWithSocketsWorkersAndChildren) {
  if (!std::filesystem::exists("/usr/bin/node")) GTEST_SKIP() << "no node on this machine";
  const char* program =
      "const {Worker}=require('worker_threads'),net=require('net'),cp=require('child_process'),os=require('os');"
      "new Worker('require(\"worker_threads\").parentPort.postMessage(1)',{eval:true}).on('message',()=>{"
      "const s=net.createServer(c=>c.end('x')).listen(0,'127.0.0.1',()=>{"
      "net.connect(s.address().port,'127.0.0.1').on('data',()=>{"
      "console.log(cp.execSync('echo child').toString().trim(),os.userInfo().username,os.totalmem()>0,"
      "Array.isArray(os.cpus()));process.exit(0)})})});";
  EXPECT_EQ(Run({"/usr/bin/node", "-e", program}), "child sbx_user1051 true true\n");
}

TEST_F(SandboxRuntimesTest, AShellRunsPipesAndPrograms) {
  EXPECT_EQ(Run({"/bin/bash", "-c", "seq 5 | sort -rn | head -1; mkfifo /tmp/f && echo fifo; hostname"}),
            "5\nfifo\nhearth\n");
}

TEST_F(SandboxRuntimesTest, TheFileTreeLooksLikeLambdas) {
  EXPECT_EQ(Run({"/bin/sh", "-c", "cd / && stat -c '%n %A %U' tmp var/task opt && ls -d sys home root 2>/dev/null"}),
            "tmp drwxrwxrwt root\nvar/task drwxr-xr-x root\nopt drwxr-xr-x root\n");
}

TEST_F(SandboxRuntimesTest, TimeIsUtc) { EXPECT_EQ(Run({"/bin/date", "+%Z"}), "UTC\n"); }

}  // namespace
}  // namespace hearth::worker
