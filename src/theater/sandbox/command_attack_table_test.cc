// The table of attacks: what becomes of each at each level of protection. With THEATER_ATTACK_TABLE
// in the environment, the rows are appended to the file that it names.
#include "theater/sandbox/testing/command_fixture.h"

#include <sys/syscall.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace theater::command_attack_table_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// Prints a line for each attack: its name, and `done` or the error that stopped it. NODE, OTHER, HOME
// and PORT are put before it.
constexpr std::string_view kAttacks = R"(
import ctypes, errno, glob, os, socket, struct
library = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if library.syscall(ctypes.c_long(number), *arguments) < 0:
        raise OSError(ctypes.get_errno(), '')
def attack(name, action):
    try:
        action()
        print(name, 'done', sep='|')
    except OSError as error:
        print(name, errno.errorcode.get(error.errno, error.errno), sep='|')
    except MemoryError:
        print(name, 'MemoryError', sep='|')
KEY = HOME + '/key'
def environments():
    others = [p for p in glob.glob('/proc/[0-9]*') if p != '/proc/%d' % os.getpid()]
    for other in others:
        if open(other + '/environ').read():
            return
    raise OSError(errno.ENOENT, '')
def connect(family, address):
    socket.socket(family).connect(address)
attack('10 GiB of memory', lambda: bytearray(10 << 30))
attack('read the key of the home', lambda: open(KEY).read())
attack('list the home', lambda: os.listdir(HOME))
attack('see the home', lambda: os.stat(KEY))
attack('/proc/*/environ', environments)
attack('/proc/NODE/mem', lambda: open('/proc/%d/mem' % NODE, 'rb').read(1))
attack('signal to the node', lambda: os.kill(NODE, 0))
attack('signal to another child', lambda: os.kill(OTHER, 0))
attack('kill(-1)', lambda: os.kill(-1, 0))
attack('TCP to the API', lambda: connect(socket.AF_INET, ('127.0.0.1', PORT)))
attack('socket of the home', lambda: connect(socket.AF_UNIX, HOME + '/socket'))
attack('docker.sock', lambda: connect(socket.AF_UNIX, '/var/run/docker.sock'))
attack('169.254.169.254', lambda: connect(socket.AF_INET, ('169.254.169.254', 80)))
attack('/etc/shadow', lambda: open('/etc/shadow').read())
attack('/sys', lambda: os.listdir('/sys'))
attack('chmod of the key', lambda: os.chmod(KEY, 0o777))
attack('chown of the key', lambda: os.chown(KEY, os.getuid(), os.getgid()))
attack('times of the key', lambda: os.utime(KEY, (1, 1)))
attack('attribute of the key', lambda: os.setxattr(KEY, 'user.x', b'1'))
attack('fchmodat2 of the key', lambda: call(452, -100, KEY.encode(), 0o777, 0))
attack('truncate the key', lambda: os.truncate(KEY, 0))
attack('io_uring', lambda: call(425, 1, ctypes.create_string_buffer(256)))
open('tool', 'w').close()
attack('set-uid bit', lambda: os.chmod('tool', 0o4755))
attack('mount', lambda: call(MOUNT, b'none', b'inner', b'tmpfs', 0, None))
attack('unshare', lambda: call(UNSHARE, 0x10000000))
attack('ptrace of the node', lambda: call(PTRACE, 16, NODE, 0, 0))
attack('write to /usr', lambda: open('/usr/attack', 'w'))
attack('chmod of /usr/bin/env', lambda: os.chmod('/usr/bin/env', 0o777))
)";

struct CommandAttackTable : testing::CommandFixture,
                            ::testing::WithParamInterface<testing::SandboxVariant> {
  void SetUp() override {
    CommandFixture::SetUp();
    if (auto why = testing::lacks(GetParam())) GTEST_SKIP() << *why;
    features = testing::features_of(GetParam());
  }
  static void put_row(const std::string& attack, const std::string& became) {
    const char* path = std::getenv("THEATER_ATTACK_TABLE");
    if (path == nullptr) return;
    std::ofstream(path, std::ios::app)
        << attack << " | " << testing::variant_name(GetParam()) << " | "
        << (::geteuid() == 0 ? "root" : "user") << " | " << became << "\n";
  }
  // What becomes of an attack that is a command.
  void expect(const std::string& attack, const std::string& script, const std::string& what) {
    Ended end = shell(script);
    std::string became = end ? fmt::format("exit {}", end->exit_code) : end.error().to_string();
    put_row(attack, became);
    EXPECT_THAT(became, HasSubstr(what)) << attack;
  }
  // Whether it is a known weakness of the level.
  bool is_open(const std::string& attack) const {
    if (features.namespaces) return attack == "kill(-1)";  // It reaches its own alone.
    if (attack == "see the home") return true;
    bool judges_signals = features.landlock >= 6;
    bool is_same_user = ::geteuid() != 0 || attack == "signal to another child";
    return attack.starts_with("signal") && !judges_signals && is_same_user;
  }
};

TEST_P(CommandAttackTable, EachAttackIsStopped) {
  fs::permissions(home / "key", fs::perms(0600));
  std::string other = begin_waiting();
  std::string facts = fmt::format(
      "NODE = {}\nOTHER = {}\nHOME = '{}'\nPORT = 1\nMOUNT = {}\nUNSHARE = {}\nPTRACE = {}\n",
      ::getpid(), other, home.string(), SYS_mount, SYS_unshare, SYS_ptrace);
  put(given / "attack.py", facts + std::string(kAttacks));
  begin({"python3", "-I", "attack.py"});
  CommandOutput output = success(finish());
  EXPECT_EQ(output.exit_code, 0) << output.err;
  std::istringstream lines(output.out);
  size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    std::string attack = line.substr(0, line.find('|'));
    std::string became = line.substr(line.find('|') + 1);
    put_row(attack, became);
    if (!is_open(attack)) {
      EXPECT_NE(became, "done") << attack;
    }
  }
  EXPECT_EQ(count, 28u);
  EXPECT_EQ(text_of(home / "key"), "outside");
  EXPECT_EQ(fs::status(home / "key").permissions(), fs::perms(0600));
  *cancelled = true;
  runner->look_again();
  (void)finish();
}

TEST_P(CommandAttackTable, EachWayToStayIsEnded) {
  std::string word = fmt::format("left-{}", ::getpid());
  put(given / "stay.py", R"(
import os, signal, sys, time
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
for i in range(int(sys.argv[2])):
    if os.fork() == 0:
        try:
            os.setsid()
        except PermissionError:
            pass
        if os.fork() == 0:
            os.closerange(0, 3)
            time.sleep(1000)
        os._exit(0)
)");
  expect("double fork and setsid", "python3 -I stay.py " + word + " 1", "exit 0");
  expect("fork bomb of 600", "python3 -I stay.py " + word + " 300", "exit 0");
  auto begin = std::chrono::steady_clock::now();
  while (!testing::processes_with(word).empty() &&
         std::chrono::steady_clock::now() - begin < std::chrono::seconds(5))
    ::usleep(1000);
  EXPECT_TRUE(testing::processes_with(word).empty());
  limits.time_max = std::chrono::milliseconds(300);
  expect("ignored TERM", "trap '' TERM; while :; do :; done", "took more than");
  limits.time_max = std::chrono::minutes(5);
  expect("endless output", "yes", "printed more than");
  expect("pipes closed early", "exec <&- >&- 2>&-; exit 6", "exit 6");
  expect("script without interpreter",
         "printf '#!/no/such\\n' > s; chmod +x s; ./s; test $? -ge 126", "exit 0");
  expect("a written program", "cp /bin/true t && ./t; test $? = 126", "exit 0");
  expect("1 MiB of arguments",
         "python3 -I -c 'import subprocess\nsubprocess.run([\"true\"] + [\"x\" * 1000] * 1048, "
         "check=True)\ntry:\n  subprocess.run([\"true\", \"x\" * (1 << 20)])\nexcept OSError: "
         "exit(9)'",
         "exit 9");
  for (int number : {SIGHUP,  SIGINT,  SIGQUIT,   SIGILL,  SIGABRT, SIGFPE, SIGKILL,  SIGSEGV,
                     SIGPIPE, SIGALRM, SIGTERM,   SIGUSR1, SIGUSR2, SIGBUS, SIGSYS,   SIGTRAP,
                     SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO,   SIGPWR, SIGSTKFLT})
    EXPECT_EQ(success(shell(fmt::format("kill -{} $$", number))).exit_code, 128 + number);
}

INSTANTIATE_TEST_SUITE_P(At, CommandAttackTable, ::testing::ValuesIn(testing::kSandboxVariants),
                         [](const auto& at) { return testing::variant_name(at.param); });

struct RefusedAttackTest : testing::CommandFixture {};

TEST_F(RefusedAttackTest, NothingRunsWithoutWalls) {
  features.namespaces = false;
  features.landlock = 0;
  EXPECT_THAT(error(shell("true")), HasSubstr("no program is run here"));
  features = {};
  EXPECT_THAT(error(shell("true")), HasSubstr("no filter of system calls"));
}

}  // namespace theater::command_attack_table_test
