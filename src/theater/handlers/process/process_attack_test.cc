// Processes that attack: the node's home, the machine, their own bounds, and their end. The sandbox
// is that of commands, which sandbox/command_attack_test.cc attacks call by call.
#include "theater/handlers/process/testing/process_fixture.h"
#include "theater/sandbox/testing/sandbox_variants.h"

#include <signal.h>
#include <sys/stat.h>

#include <thread>

namespace theater::process_attack_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

struct ProcessAttackTest : testing::ProcessFixture,
                           ::testing::WithParamInterface<testing::SandboxVariant> {
  void SetUp() override {
    ProcessFixture::SetUp();
    if (IsSkipped()) return;
    if (auto why = testing::lacks(GetParam())) GTEST_SKIP() << *why;
    features = testing::features_of(GetParam());
    handler = std::make_unique<ProcessHandler>(std::make_shared<ProcessKeeper>(), home, features);
  }
  End python(const std::string& text) {
    put(given / "attack.py", text);
    config.program = "python3";
    config.args = {"-I", "attack.py", mark};
    (void)begin();
    return end();
  }
  // A word of this test's programs alone.
  const std::string mark = fmt::format("attack-{}", ::getpid());
  void wait_until_none_is_left() const {
    while (!testing::processes_with(mark).empty())
      std::this_thread::yield();
  }
};

TEST_P(ProcessAttackTest, TheHomesKeyIsNeitherReadNorChanged) {
  fs::permissions(home / "key", fs::perms(0600));
  End said = python(R"(
import os
for attack in (lambda: print('read', open('../home/key').read()),
               lambda: print('list', os.listdir('../home')),
               lambda: os.chmod('../home', 0o777) or print('chmod of the home'),
               lambda: os.chmod('../home/key', 0o777) or print('chmod of the key'),
               lambda: os.truncate('../home/key', 0) or print('truncate'),
               lambda: os.link('../home/key', 'key') or print('link'),
               lambda: os.rename('../home/key', 'key') or print('rename'),
               lambda: print('shadow', open('/etc/shadow').read()),
               lambda: print('of the node', open('/proc/%d/environ' % os.getppid()).read())):
    try:
        attack()
    except OSError as error:
        pass
os.symlink('../home/key', 'link')
try:
    print('link', open('link').read())
except OSError:
    print('done')
)");
  EXPECT_EQ(said.out, "done\n") << said.err;
  struct stat now{};
  ASSERT_EQ(::stat((home / "key").c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 07777, 0600u);
  EXPECT_EQ(text_of(home / "key"), "outside");
}

TEST_P(ProcessAttackTest, ThereIsNoNetwork) {
  End said = python(R"(
import socket
for family, address in ((socket.AF_INET, ('127.0.0.1', 1)), (socket.AF_INET, ('169.254.169.254', 80)),
                        (socket.AF_INET6, ('::1', 1)), (socket.AF_UNIX, '/var/run/docker.sock')):
    try:
        socket.socket(family).connect(address)
        print('connected', address)
    except PermissionError:
        print('denied')
)");
  EXPECT_EQ(said.out, "denied\ndenied\ndenied\ndenied\n") << said.err;
}

TEST_P(ProcessAttackTest, AForkBombEndsWithItsProcess) {
  config.execution_timeout = 1;
  End said = python(R"(
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for i in range(40):
    if os.fork() == 0:
        for j in range(4):
            if os.fork() == 0:
                break
        signal.pause()
os.kill(os.getpid(), signal.SIGKILL)
)");
  EXPECT_EQ(said.exit_code, 128 + SIGKILL);
  wait_until_none_is_left();
}

TEST_P(ProcessAttackTest, EndlessOutputWaitsForTheActor) {
  uint64_t id = script("yes");
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(actor.later->next().text.substr(0, 2), "y\n");
  EXPECT_TRUE(kill(id));
  EXPECT_EQ(end().exit_code, 128 + SIGKILL);
}

TEST_P(ProcessAttackTest, TenGibibytesAreTooMuch) {
  End said = python("x = bytearray(10 << 30)\nprint('got it')\n");
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, HasSubstr("MemoryError"));
}

TEST_P(ProcessAttackTest, ADoubleForkAndANewSessionDoNotOutliveIt) {
  End said = python(R"(
import os, signal, sys, time
def daemon():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        os.setsid()
        print('a session of its own', flush=True)
    except PermissionError:
        pass
    if os.fork() == 0:
        os.close(1)
        time.sleep(1000)
    os._exit(0)
if os.fork() == 0:
    daemon()
os.wait()
time.sleep(0.2)
)");
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_EQ(said.out, features.namespaces ? "a session of its own\n" : "");
  wait_until_none_is_left();
}

TEST_P(ProcessAttackTest, WhatIgnoresTermIsKilledAfterTheGrace) {
  config.execution_timeout = 1;
  auto before = std::chrono::steady_clock::now();
  (void)script("trap '' TERM; sleep 1000 & while :; do sleep 1000; done");
  EXPECT_EQ(end().exit_code, 128 + SIGKILL);
  auto took = std::chrono::steady_clock::now() - before;
  EXPECT_GE(took, 1s + kProcessGrace);
  EXPECT_LT(took, 30s + kProcessGrace);
}

TEST_P(ProcessAttackTest, PipesThatAreClosedEarlyAreNoEnd) {
  uint64_t id = script("exec <&- >&- 2>&-; sleep 0.2; exit 6");
  (void)write(id, "nobody reads this");
  EXPECT_EQ(end().exit_code, 6);
}

TEST_P(ProcessAttackTest, AStoppedProcessEndsToo) {
  config.execution_timeout = 1;
  uint64_t id = script("sleep 1000");
  EXPECT_TRUE(signal(id, SIGSTOP));
  EXPECT_TRUE(status(id)->running);
  EXPECT_TRUE(kill(id));
  EXPECT_EQ(end().exit_code, 128 + SIGKILL);
}

TEST_P(ProcessAttackTest, ItSignalsNothingOutside) {
  End said = python(fmt::format(R"(
import os
for process in ({}, -1):
    try:
        os.kill(process, 0)
        print('reached', process)
    except OSError:
        pass
)",
                                ::getpid()));
  // Before Linux 6.12 a process without namespaces reaches those of its own user.
  if (features.namespaces || features.landlock >= 6 || ::geteuid() == 0) {
    EXPECT_EQ(said.out, "");
  }
}

TEST_P(ProcessAttackTest, NothingThatItWroteIsExecuted) {
  (void)script("printf '#!/bin/sh\\necho ran\\n' > tool; chmod +x tool; ./tool");
  EXPECT_EQ(end().out, "");
  EXPECT_THAT(failure_of(given / "tool"), HasSubstr("where the process may write"));
}

TEST_P(ProcessAttackTest, ARootNodesProcessIsNotRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  (void)script("id -u; id -G");
  SystemUser nobody = *user_named("nobody");
  EXPECT_EQ(end().out, fmt::format("{}\n{}\n", nobody.id, nobody.group));
  ASSERT_EQ(::chown(given.c_str(), 0, 0), 0);
  EXPECT_THAT(failure_of("true"), HasSubstr("never run as root"));
}

INSTANTIATE_TEST_SUITE_P(At, ProcessAttackTest, ::testing::ValuesIn(testing::kSandboxVariants),
                         [](const auto& at) { return testing::variant_name(at.param); });

TEST(ProcessUsers, ActorsWithoutFoldersDoNotShareAUser) {
  ProcessUsers users;
  ActorId one = *ActorId::parse("0123456789abcdef0123456789abcdef");
  ActorId other = *ActorId::parse("0123456789abcdef0123456789abcdee");
  auto first = *users.user_of(one);
  auto second = *users.user_of(other);
  EXPECT_NE(first->id, second->id);
  EXPECT_EQ(*users.user_of(one), first);
  uid_t before = first->id;
  first.reset();
  EXPECT_EQ((*users.user_of(one))->id, before);  // No one else has taken it.
  EXPECT_EQ((*users.user_of(other))->id, second->id);
}

}  // namespace theater::process_attack_test
