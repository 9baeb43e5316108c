// Commands that attack the node: its home, its sockets, its processes, and the machine's settings.
//
// All files belong to the user of the commands, so the sandbox alone defends them.
#include "theater/sandbox/system_calls.h"
#include "theater/sandbox/testing/command_fixture.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <sstream>

namespace theater::command_attack_test {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Says `done` and the name of each attack that succeeds.
constexpr std::string_view kTools = R"(
import ctypes, errno, os, socket
library = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    if library.syscall(ctypes.c_long(number), *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
def attempt(name, attack):
    try:
        attack()
        print('done', name)
    except OSError:
        pass
)";

struct CommandAttackTest : testing::CommandFixture,
                           ::testing::WithParamInterface<testing::SandboxVariant> {
  void SetUp() override {
    CommandFixture::SetUp();
    if (auto why = testing::lacks(GetParam())) GTEST_SKIP() << *why;
    features = testing::features_of(GetParam());
  }
  // What python prints; its folder is the given one, and the home lies next to that.
  std::string python(std::string_view script) {
    put(given / "attack.py", std::string(kTools) + std::string(script));
    CommandOutput output = success(run({"python3", "-I", "attack.py"}));
    EXPECT_EQ(output.exit_code, 0) << output.err;
    return output.out;
  }
  // Of the line `name` in /proc/PID/status.
  static std::string fact(const std::string& id, const std::string& name) {
    std::istringstream status(text_of("/proc/" + id + "/status"));
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
    }
    return "none";
  }
};

TEST_P(CommandAttackTest, TheHomeCannotBeChanged) {
  fs::permissions(home / "key", fs::perms(0600));
  fs::permissions(home, fs::perms(0700));
  EXPECT_EQ(python(R"(
key = '../home/key'
name = ctypes.c_char_p(key.encode())
attempt('chmod', lambda: os.chmod(key, 0o777))
attempt('chmod of the folder', lambda: os.chmod('../home', 0o777))
attempt('chmod by its path', lambda: os.chmod(os.path.realpath(key), 0o777))
attempt('chmod by /proc', lambda: os.chmod('/proc/self/cwd/../home/key', 0o777))
os.symlink(key, 'link')
attempt('chmod by a link', lambda: os.chmod('link', 0o777))
attempt('utime by a link', lambda: os.utime('link', (1, 1)))
folder = os.open('inner', os.O_PATH)
attempt('chmod from a folder', lambda: os.chmod('../../home/key', 0o777, dir_fd=folder))
attempt('fchmodat2', lambda: call(452, -100, name, 0o777, 0))
attempt('chown', lambda: os.chown(key, os.getuid(), os.getgid()))
attempt('lchown', lambda: os.lchown(key, os.getuid(), os.getgid()))
attempt('utime', lambda: os.utime(key, (1, 1)))
attempt('setxattr', lambda: os.setxattr(key, 'user.mark', b'1'))
attempt('removexattr', lambda: os.removexattr(key, 'user.mark'))
attempt('truncate', lambda: os.truncate(key, 0))
attempt('write', lambda: os.open(key, os.O_WRONLY))
attempt('append', lambda: os.open(key, os.O_WRONLY | os.O_APPEND))
attempt('make', lambda: os.open('../home/new', os.O_WRONLY | os.O_CREAT))
attempt('make without a name', lambda: os.open('../home', os.O_RDWR | os.O_TMPFILE))
attempt('rename', lambda: os.rename(key, '../home/other'))
attempt('link', lambda: os.link(key, 'key'))
attempt('unlink', lambda: os.unlink(key))
)"),
            "");
  struct stat status{};
  ASSERT_EQ(::stat((home / "key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_GT(status.st_mtime, 1);
  EXPECT_EQ(text_of(home / "key"), "outside");
  EXPECT_EQ(fs::status(home).permissions(), fs::perms(0700));
}

// Landlock lets access mode 3 pass, and fchmod() works with what it opens.
TEST_P(CommandAttackTest, TheHomeCannotBeChangedThroughADescriptor) {
  fs::permissions(home / "key", fs::perms(0600));
  EXPECT_EQ(python(R"(
for name, flags in (('mode 3', 3), ('path', os.O_PATH), ('read', os.O_RDONLY)):
    def change():
        file = os.open('../home/key', flags)
        os.fchmod(file, 0o777)
    attempt(name, change)
def of_folder():
    os.fchmod(os.open('../home', os.O_RDONLY | os.O_DIRECTORY), 0o777)
attempt('folder', of_folder)
)"),
            "");
  EXPECT_EQ(fs::status(home / "key").permissions(), fs::perms(0600));
}

TEST_P(CommandAttackTest, TheHomeCannotBeRead) {
  (void)::setxattr((home / "key").c_str(), "user.mark", "1", 1, 0);  // Where the disk has them.
  EXPECT_EQ(python(fmt::format(R"(
attempt('read', lambda: os.open('../home/key', os.O_RDONLY))
attempt('list', lambda: os.listdir('../home'))
attempt('xattr', lambda: os.getxattr('../home/key', 'user.mark'))
watch = lambda: call({}, library.inotify_init1(0), ctypes.c_char_p(b'../home'), 0xfff)
attempt('watch', watch)
)",
                               SYS_inotify_add_watch)),
            "");
}

TEST_P(CommandAttackTest, NoSocketIsOpened) {
  EXPECT_EQ(python(R"(
attempt('unix', lambda: socket.socket(socket.AF_UNIX))
attempt('inet', lambda: socket.socket(socket.AF_INET))
attempt('inet6', lambda: socket.socket(socket.AF_INET6))
attempt('netlink', lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
attempt('datagrams', lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
attempt('pair', lambda: socket.socketpair())
attempt('io_uring', lambda: call(425, 1, ctypes.create_string_buffer(256)))
)"),
            "done pair\n");
}

TEST_P(CommandAttackTest, NoFileGetsTheRightsOfItsOwner) {
  EXPECT_EQ(python(R"(
file = os.open('tool', os.O_CREAT | os.O_WRONLY, 0o755)
attempt('plain', lambda: os.fchmod(file, 0o700))
attempt('set-uid', lambda: os.fchmod(file, 0o4755))
attempt('set-uid by path', lambda: os.chmod('tool', 0o4755))
attempt('set-gid by path', lambda: os.chmod('tool', 0o2755))
attempt('set-gid', lambda: os.fchmod(file, 0o2755))
attempt('made set-uid', lambda: os.open('other', os.O_CREAT | os.O_WRONLY, 0o4755))
attempt('node set-uid', lambda: os.mknod('node', 0o104755))
)"),
            "done plain\n");
}

TEST_P(CommandAttackTest, NoNamespaceIsMadeAndNoProcessEscapes) {
  EXPECT_EQ(python(fmt::format(R"(
attempt('unshare', lambda: call({0}, 0x10000000))
attempt('clone', lambda: call({1}, 0x10000000 | 17, None))
attempt('clone3', lambda: call(435, ctypes.create_string_buffer(88), 88))
attempt('session', os.setsid)
attempt('group', lambda: os.setpgid(0, 0))
attempt('all', lambda: os.kill(-1, 0))
attempt('not bound', lambda: call({2}, 1, 0))
attempt('bound', lambda: call({2}, 1, 9))
)",
                               SYS_unshare, SYS_clone, SYS_prctl)),
            "done bound\n");
}

TEST_P(CommandAttackTest, TheNodeKeepsItsResources) {
  EXPECT_EQ(python(fmt::format(R"(
import resource, struct
node = {}
limits = struct.pack('QQ', 3, 3)
attempt('limit', lambda: resource.prlimit(node, resource.RLIMIT_NOFILE, (3, 3)))
attempt('nice', lambda: os.setpriority(os.PRIO_PROCESS, node, 19))
attempt('nice to all', lambda: os.setpriority(os.PRIO_USER, 0, 19))
attempt('processor', lambda: os.sched_setaffinity(node, {{0}}))
)",
                               ::getpid())),
            "");
}

TEST_P(CommandAttackTest, DeniedCallsAreReallyDenied) {
  // uretprobe and uprobe are no calls for programs: x86-64 ends their callers before the filter.
  constexpr uint32_t kUretprobe = 335;
  std::string denied;
  for (uint32_t number = 0; number <= 600; ++number) {
    if (number == kUretprobe || number == kUretprobe + 1) continue;
    auto rules = system_call_rules({features.namespaces, Network::kNone});
    auto rule = std::ranges::find(rules, number, &CallRule::number);
    if (rule != rules.end() && rule->verdict != CallVerdict::kRefused) continue;
    denied += fmt::format("({}, errno.{}),", number, rule == rules.end() ? "ENOSYS" : "EPERM");
  }
  EXPECT_EQ(python("for number, expected in (" + denied + R"():
    try:
        call(number, 0, 0, 0, 0, 0, 0)
        print(number, 'succeeded')
    except OSError as error:
        if error.errno != expected:
            print(number, error)
)"),
            "");
}

TEST_P(CommandAttackTest, NoCapabilityIsKept) {
  std::string id = begin_waiting();
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"})
    EXPECT_EQ(fact(id, set), "0000000000000000") << set;
  EXPECT_EQ(fact(id, "NoNewPrivs"), "1");
  EXPECT_EQ(fact(id, "Seccomp"), "2");
  if (::geteuid() == 0) {
    SystemUser user = *user_named("nobody");
    EXPECT_EQ(fact(id, "CapBnd"), "0000000000000000");
    EXPECT_EQ(fact(id, "Uid"), fmt::format("{0}\t{0}\t{0}\t{0}", user.id));
    EXPECT_EQ(fact(id, "Gid"), fmt::format("{0}\t{0}\t{0}\t{0}", user.group));
    EXPECT_THAT(fact(id, "Groups"), ::testing::AnyOf("", " "));
  }
  *cancelled = true;
  runner->look_again();
  (void)finish();
}

TEST_P(CommandAttackTest, ItsLimitsAreOrdinaryOnes) {
  std::string id = begin_waiting();
  std::string all = text_of("/proc/" + id + "/limits");
  *cancelled = true;
  runner->look_again();
  (void)finish();
  EXPECT_THAT(all, ::testing::ContainsRegex("Max core file size +0 +0 "));
  EXPECT_THAT(all, ::testing::ContainsRegex("Max file size +1000000 +1000000 "));
  auto soft_of = [&](const std::string& name) {
    std::istringstream line(all.substr(all.find(name) + name.size()));
    uint64_t soft = 0;
    uint64_t hard = 0;
    line >> soft >> hard;
    EXPECT_LE(hard, 4096u) << name;
    return soft;
  };
  EXPECT_LE(soft_of("Max open files"), 1024u);
  EXPECT_LE(soft_of("Max processes"), 4096u);
}

TEST_P(CommandAttackTest, TheMachinesSettingsAreNotRead) {
  CommandOutput output =
      success(shell("cat /etc/shadow; cat /etc/hostname /etc/hosts /etc/fstab /etc/machine-id; "
                    "ls /etc/ssl/private; cat /etc/ssh/sshd_config"));
  EXPECT_EQ(output.out, "");
  if (features.landlock == 0) return;  // It then sees the names of the few files there.
  EXPECT_THAT(success(shell("ls /etc")).err,
              HasSubstr("ls: cannot open directory '/etc': Permission denied"));
}

// Everyday programs and what they do to their files.
TEST_P(CommandAttackTest, WhatIsHarmlessWorks) {
  put(given / "text", "one two\n");
  for (const char* script :
       {"id -un",
        "date",
        "ls -l text",
        "touch text",
        "touch new && touch -d '1 hour ago' text",
        "mkdir -p a/b && cp text a/b && mv a/b/text a/b/moved && rm -r a",
        "ln -s text link",
        "sed -i s/one/two/ text && grep -q 'two two' text",
        "sort text | uniq | wc -w",
        "cat text | head -n1 | tr a-z A-Z",
        "find . -name text | xargs ls",
        "awk '{print $1}' text",
        "tar cf all.tar text inner && mkdir out && cd out && tar xf ../all.tar text && cat text",
        "gzip -k text && gzip -dc text.gz",
        "mktemp -p .",
        "cp -p text same",
        "tail -n1 text",
        "tar cf whole.tar inner text && mkdir whole && tar xf whole.tar -C whole",
        "chmod 600 text && chmod -R go-w inner",
        "install -m 755 text installed",
        "cp -r inner copy",
        "touch -d '1 hour ago' inner",
        "python3 -c 'import shutil; shutil.copytree(\"inner\", \"tree\")'",
        "timeout 10 true",
        "sleep 0 & wait",
        "perl -e 'print 1' || test ! -x /bin/perl",
        "python3 -c 'import subprocess; subprocess.run([\"true\"], check=True)'",
        "python3 -c 'import threading; t = threading.Thread(target=print); t.start(); t.join()'",
        "python3 -c 'import ssl, asyncio; asyncio.run(asyncio.sleep(0))'"}) {
    CommandOutput output = success(shell(script));
    EXPECT_EQ(output.exit_code, 0) << script << ": " << output.err;
    EXPECT_THAT(output.err, AllOf(Not(HasSubstr("not permitted")), Not(HasSubstr("sitecustomize"))))
        << script;
  }
}

TEST_P(CommandAttackTest, GitMakesARepository) {
  if (!find_program("git")) GTEST_SKIP() << "there is no git here";
  CommandOutput made = success(
      shell("git init -q r && cd r && git config user.name a && git config user.email a@b && "
            "echo text > file && git add file && git commit -qm 'a commit' && git log --oneline && "
            "git status --short && git diff HEAD && git clone -q . ../clone"));
  EXPECT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("a commit"));
}

// The node makes these changes for the command, as the command would make them.
TEST_P(CommandAttackTest, TheNodeChangesWhatLiesInTheFolder) {
  put(given / "file", "text");
  fs::create_symlink("file", given / "link");
  EXPECT_EQ(python(R"(
os.chmod('file', 0o640)
assert os.stat('file').st_mode & 0o7777 == 0o640
os.chmod('link', 0o600)
assert os.stat('file').st_mode & 0o7777 == 0o600
inner = os.open('inner', os.O_RDONLY)
os.chmod('../file', 0o644, dir_fd=inner)
assert os.stat('file').st_mode & 0o7777 == 0o644
os.chmod(os.path.abspath('inner'), 0o705)
assert os.stat('inner').st_mode & 0o7777 == 0o705
os.utime('file', (1000, 2000))
assert os.stat('file').st_mtime == 2000 and os.stat('file').st_atime == 1000
os.utime('link', (3000, 4000), follow_symlinks=False)
assert os.lstat('link').st_mtime == 4000 and os.stat('file').st_mtime == 2000
os.utime('file')
assert os.stat('file').st_mtime > 1e9
def error_of(attack):
    try:
        attack()
    except OSError as error:
        return error.errno
assert error_of(lambda: os.chmod('none', 0o600)) == errno.ENOENT
assert error_of(lambda: os.chmod('file/below', 0o600)) == errno.ENOTDIR
assert error_of(lambda: os.chmod('', 0o600)) == errno.ENOENT
assert error_of(lambda: os.chmod('x' * 5000, 0o600)) in (errno.EFAULT, errno.ENAMETOOLONG)
assert error_of(lambda: os.chmod('file', 0o600, dir_fd=99)) == errno.EBADF
assert error_of(lambda: call(452, -100, 0, 0o600, 0)) == errno.EFAULT
)"),
            "");
}

TEST_P(CommandAttackTest, TheNodeChangesNothingWhereTheCommandMayNotWrite) {
  put(given / "file", "text");
  fs::permissions(given / "file", fs::perms(0644));
  rights = {true, false};
  CommandOutput output = success(shell("chmod 600 file; touch -d '1 hour ago' file"));
  EXPECT_THAT(output.err, HasSubstr("chmod: changing permissions of 'file'"));
  EXPECT_THAT(output.err, HasSubstr("touch: "));
  EXPECT_EQ(fs::status(given / "file").permissions(), fs::perms(0644));
}

TEST_P(CommandAttackTest, TheNodeFindsNothingWhereTheUserMayNotEnter) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root makes folders of other users";
  TemporaryFolder closed;  // Of root, with mode 0700.
  put(closed.path() / "there", "text");
  EXPECT_EQ(python(fmt::format(R"(
for name in ('there', 'missing'):
    try:
        os.chmod('{}/' + name, 0o600)
        print('done')
    except OSError as error:
        assert error.errno == {}, error
)",
                               closed.path().string(),
                               features.namespaces ? "errno.ENOENT" : "errno.EACCES")),
            "");
}

TEST_P(CommandAttackTest, TheNodeChangesNoFileOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root makes files of other users";
  begin({"sh", "-c", "until test -e theirs; do :; done; chmod 777 theirs"});
  put(given / "unnamed", "text");
  fs::permissions(given / "unnamed", fs::perms(0600));
  fs::rename(given / "unnamed", given / "theirs");
  EXPECT_THAT(success(finish()).err, HasSubstr("Operation not permitted"));
  EXPECT_EQ(fs::status(given / "theirs").permissions(), fs::perms(0600));
}

TEST_P(CommandAttackTest, AFolderThatHoldsTheHomeRunsNoCommand) {
  given = fs::canonical(folder.path());
  EXPECT_THAT(error(run({"true"})), HasSubstr("because it holds the node's home"));
}

INSTANTIATE_TEST_SUITE_P(At, CommandAttackTest, ::testing::ValuesIn(testing::kSandboxVariants),
                         [](const auto& at) { return testing::variant_name(at.param); });

}  // namespace theater::command_attack_test
