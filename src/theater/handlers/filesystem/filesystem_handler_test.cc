// The functions of a session: rights, one by one, and what a guest is answered.
#include "theater/handlers/filesystem/filesystem_handler.h"

#include "theater/actor/handler/binding.h"
#include "theater/base/file.h"
#include "theater/base/testing/few_files.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/handlers/filesystem/command_execution.h"
#include "theater/handlers/filesystem/file_operations.h"
#include "theater/handlers/testing/handler_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace theater::filesystem_handler_test {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::HandlerFixture;
using ::testing::HasSubstr;

template <class T>
using Said = tl::expected<T, std::string>;

struct AnswerSink final : ReplySink {
  void answered(CallAnswer answer) override { result = std::move(answer.result); }
  std::optional<Bytes> result;
};

struct FilesystemHandlerTest : ::testing::Test, HandlerFixture {
  FilesystemHandlerTest() : FilesystemHandlerTest(std::make_unique<TemporaryFolder>()) {}
  explicit FilesystemHandlerTest(std::unique_ptr<TemporaryFolder> made)
      : HandlerFixture(std::make_unique<FilesystemHandler>(made->path() / "home")),
        folder(std::move(made)) {
    fs::create_directories(given);
    fs::create_directories(home);
    use("path = \"" + given.string() + "\"");
    permissions.file_system = asked();
  }

  FileSystemPermissions asked() const { return *manifest.ask().ceiling.file_system; }

  void use(const std::string& entry) {
    manifest = *parse_manifest(
        "name = \"a\"\ncomponent = \"a.wasm\"\n[[handler]]\n"
        "type = \"filesystem\"\n" +
            entry + "\n",
        "a.toml", "/");
  }

  // As the binder does it: the permission first, then the function, then its job.
  template <class T, class... Args>
  Said<T> ask(const std::string& name, const Args&... args) {
    const HostFunction& function = find<Said<T>, Args...>(name);
    Bytes encoded;
    wit::encode_params(encoded, args...);
    refused = function.refusal(session(), encoded);
    if (refused) return tl::unexpected("refused: " + *refused);
    auto sink = std::make_shared<AnswerSink>();
    std::get<HostFunction::Waiting>(function.body)(session(), encoded, RawResponder(sink, 1));
    scheduler.run();
    THEATER_CHECK(sink->result.has_value());
    return *wit::decode<Said<T>>(*sink->result);
  }

  std::string session_failure() {
    FilesystemHandler handler(home);
    auto made = handler.make_session({actor, manifest, permissions, clock, scheduler, jobs});
    return made ? "" : made.error().to_string();
  }

  // As when the actor of that manifest has ended for good.
  void end(const Manifest& of) {
    end_session();
    FilesystemHandler(home).actor_ended(actor.id(), of, jobs);
    scheduler.run();
  }

  std::unique_ptr<TemporaryFolder> folder;
  fs::path home = folder->path() / "home";
  fs::path given = fs::canonical(folder->path()) / "given";
};

TEST_F(FilesystemHandlerTest, DoesWhatItSays) {
  EXPECT_TRUE(ask<void>("create-dir", std::string("notes")));
  EXPECT_TRUE(ask<void>("write-file", std::string("notes/one"), std::string("text")));
  EXPECT_EQ(*ask<Bytes>("read-file", std::string("notes/one")), to_bytes("text"));
  EXPECT_THAT(*ask<std::vector<std::string>>("list-files", std::string("notes")),
              ElementsAre("one"));
  EXPECT_TRUE(*ask<bool>("path-exists", std::string("notes/one")));
  EXPECT_TRUE(ask<void>("delete-file", std::string("notes/one")));
  EXPECT_FALSE(*ask<bool>("path-exists", std::string("notes/one")));
  EXPECT_TRUE(ask<void>("delete-dir", std::string("notes")));
  EXPECT_EQ(ask<Bytes>("read-file", std::string("notes/one")).error(),
            "cannot open notes/one: No such file or directory");
}

TEST_F(FilesystemHandlerTest, DoesWhatItAdds) {
  Bytes bytes{0xff, 0x00};
  EXPECT_TRUE(ask<void>("write-bytes", std::string("a"), bytes));
  EXPECT_TRUE(ask<void>("append-bytes", std::string("a"), bytes));
  EXPECT_TRUE(ask<void>("rename-path", std::string("a"), std::string("b")));
  EXPECT_EQ(*ask<Bytes>("read-file", std::string("b")), (Bytes{0xff, 0x00, 0xff, 0x00}));
  FileMetadata metadata = *ask<FileMetadata>("get-metadata", std::string("b"));
  EXPECT_EQ(metadata.kind, FileKind::kFile);
  EXPECT_EQ(metadata.size, 4u);
  EXPECT_GT(metadata.modified, 1'600'000'000'000u);
}

TEST_F(FilesystemHandlerTest, EachFunctionNeedsItsRight) {
  struct Function {
    const char* name;
    bool reads;
  };
  FilesystemHandler handler(home);
  for (auto [name, reads] :
       {Function{"read-file", true}, Function{"list-files", true}, Function{"path-exists", true},
        Function{"write-file", false}, Function{"delete-file", false},
        Function{"create-dir", false}, Function{"delete-dir", false}}) {
    for (const HostFunction& function : handler.host_functions()) {
      if (function.name.name != name) continue;
      Bytes args;
      wit::encode_to(args, std::string("x"));
      if (function.type.params.size() == 2) wit::encode_to(args, std::string("text"));
      auto refusal = [&](bool read, bool write) {
        permissions.file_system->read = read;
        permissions.file_system->write = write;
        return function.refusal(session(), args);
      };
      EXPECT_EQ(refusal(reads, !reads), std::nullopt) << name;
      EXPECT_EQ(refusal(!reads, reads),
                fmt::format("filesystem:paths={};{}", given.string(), reads ? "read" : "write"))
          << name;
      EXPECT_EQ(function.effect, reads ? EffectClass::kRead : EffectClass::kEffect) << name;
    }
  }
}

TEST_F(FilesystemHandlerTest, RefusesEverythingWithoutTheCapability) {
  permissions.file_system.reset();
  fs::remove(given);  // Nothing is even opened.
  EXPECT_EQ(ask<Bytes>("read-file", std::string("x")).error(), "refused: filesystem");
  EXPECT_EQ(ask<void>("delete-dir", std::string("x")).error(), "refused: filesystem");
}

TEST_F(FilesystemHandlerTest, RefusesPathsThatAreNotGranted) {
  permissions.file_system->denied = {PathList({{(given / "keys").string()}})};
  fs::create_directories(given / "keys");
  EXPECT_EQ(ask<bool>("path-exists", std::string("keys/x")).error(),
            fmt::format("refused: filesystem:paths={}/keys/x;read", given.string()));
  EXPECT_TRUE(ask<bool>("path-exists", std::string("other")));
  fs::create_symlink("keys", given / "link");
  EXPECT_EQ(ask<bool>("path-exists", std::string("link")).error(),
            fmt::format("Permission denied: filesystem:paths={}/keys;read", given.string()));
  EXPECT_FALSE(refused);
}

TEST_F(FilesystemHandlerTest, WritesNoMoreThanItsQuota) {
  use("path = \"" + given.string() + "\"\nquota = 10000");
  EXPECT_TRUE(ask<void>("write-file", std::string("a"), std::string(5000, 'x')));
  EXPECT_EQ(
      ask<void>("write-file", std::string("b"), std::string(5001, 'x')).error(),
      "`b` was not written: it would count 5001 bytes, and of the 10000 bytes that the actor may "
      "write (quota) it has written 5000");
  EXPECT_TRUE(ask<void>("write-file", std::string("b"), std::string(5000, 'x')));
  EXPECT_FALSE(ask<void>("write-file", std::string("b"), std::string(1, 'x')));
}

// A million empty files, or folders, would otherwise fill the disk for nothing.
TEST_F(FilesystemHandlerTest, CountsFoldersAndSmallFilesInItsQuota) {
  use("path = \"" + given.string() + "\"\nquota = \"12KiB\"");
  EXPECT_TRUE(ask<void>("create-dir", std::string("a")));
  EXPECT_TRUE(ask<void>("write-file", std::string("a/b"), std::string()));
  for (int i = 0; i < 16; ++i)
    EXPECT_TRUE(ask<void>("append-bytes", std::string("a/b"), Bytes{1})) << i;
  EXPECT_THAT(ask<void>("append-bytes", std::string("a/b"), Bytes{1}).error(),
              HasSubstr("it would count 256 bytes, and of the 12288 bytes"));
  EXPECT_THAT(ask<void>("create-dir", std::string("c")).error(),
              HasSubstr("`c` was not written: it would count 4096 bytes"));
  EXPECT_FALSE(fs::exists(given / "c"));
}

TEST_F(FilesystemHandlerTest, ReadsNoMoreThanAPayload) {
  manifest.limits.payload_bytes = 1024;
  ASSERT_TRUE(write_file(given / "file", Bytes(1018, 'x')));
  EXPECT_EQ(ask<Bytes>("read-file", std::string("file"))->size(), 1018u);
  ASSERT_TRUE(write_file(given / "file", Bytes(1019, 'x')));
  EXPECT_EQ(ask<Bytes>("read-file", std::string("file")).error(),
            "`file` has 1019 bytes; at most 1018 can be read at once (limits.payload_bytes)");
}

TEST_F(FilesystemHandlerTest, AnswersWhenThereIsNoRoomForItsJob) {
  jobs.stop();
  EXPECT_THAT(ask<Bytes>("read-file", std::string("file")).error(), HasSubstr("try again later"));
}

TEST_F(FilesystemHandlerTest, KeepsAwayFromTheNodesHome) {
  for (const fs::path& path : {fs::canonical(folder->path()), fs::canonical(home),
                               fs::canonical(home) / "log", fs::path("/")}) {
    fs::create_directories(path);
    use("path = \"" + path.string() + "\"");
    permissions.file_system = asked();
    EXPECT_THAT(session_failure(), HasSubstr("no actor may reach that")) << path;
  }
}

TEST_F(FilesystemHandlerTest, SaysWhatIsWrongWithTheFolder) {
  use("");
  EXPECT_THAT(session_failure(), HasSubstr("names no folder: add `path = \"…\"`"));
  use("path = \"" + (given / "none").string() + "\"");
  EXPECT_THAT(session_failure(), HasSubstr("cannot open the folder"));
  fs::create_directory_symlink(given, folder->path() / "link");
  fs::path link = fs::canonical(folder->path()) / "link";
  use("path = \"" + link.string() + "\"");
  EXPECT_THAT(session_failure(), HasSubstr("which is really " + given.string()));
}

TEST_F(FilesystemHandlerTest, GivesAnActorAFolderOfItsOwn) {
  use("new_dir = true");
  permissions.file_system = asked();
  EXPECT_TRUE(ask<void>("write-file", std::string("mine"), std::string("text")));
  fs::path own = home / "dirs" / actor.id().to_string();
  EXPECT_EQ(*read_text_file(own / "mine"), "text");
  EXPECT_EQ(fs::status(own).permissions(), fs::perms(0700));
  // It is there again for the next incarnation.
  EXPECT_EQ(session_failure(), "");
  EXPECT_EQ(*ask<Bytes>("read-file", std::string("mine")), to_bytes("text"));
  permissions.file_system->write = false;
  EXPECT_EQ(ask<void>("delete-file", std::string("mine")).error(),
            "refused: filesystem:write;new-dir");
}

TEST_F(FilesystemHandlerTest, GivesNoFolderToAnActorIfTheNodeNeedsTheFilesThatAreLeft) {
  use("new_dir = true");
  permissions.file_system = asked();
  FewFiles files(256);
  files.fill_to(192);
  EXPECT_THAT(session_failure(), HasSubstr("the node has no file left"));
  files.release();
  EXPECT_EQ(session_failure(), "");
}

TEST_F(FilesystemHandlerTest, GivesAnActorsOwnFolderToTheUserOfItsCommands) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  use("new_dir = true");
  permissions.file_system = asked();
  SystemUser user = *user_named("nobody");
  FilesystemHandler handler(home);
  ASSERT_TRUE(handler.make_session({actor, manifest, permissions, clock, scheduler, jobs, user}));
  struct stat status{};
  ASSERT_EQ(::stat((home / "dirs" / actor.id().to_string()).c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, user.id);
  EXPECT_EQ(status.st_gid, user.group);
}

TEST_F(FilesystemHandlerTest, GivesNoFolderWithoutTheRight) {
  use("new_dir = true");
  permissions.file_system = asked();
  permissions.file_system->new_dir = false;
  EXPECT_EQ(ask<Bytes>("read-file", std::string("x")).error(), "refused: filesystem:new-dir");
  EXPECT_FALSE(fs::exists(home / "dirs"));
}

TEST_F(FilesystemHandlerTest, AFolderOfItsOwnGoesWithTheActorIfAsked) {
  FilesystemHandler handler(home);
  fs::path own = home / "dirs" / actor.id().to_string();
  fs::create_directories(own / "inner");
  use("new_dir = true");
  handler.actor_ended(actor.id(), manifest, jobs);
  scheduler.run();
  EXPECT_TRUE(fs::exists(own));
  use("new_dir = true\nkeep_dir = false");
  handler.actor_ended(actor.id(), manifest, jobs);
  scheduler.run();
  EXPECT_FALSE(fs::exists(own));
  handler.actor_ended(actor.id(), manifest, jobs);  // One that never had a session.
  scheduler.run();
}

TEST_F(FilesystemHandlerTest, MakesTheNamedFolderAndKeepsIt) {
  fs::path named = given / "data";
  use("path = \"" + named.string() + "\"\nnew_dir = true");
  permissions.file_system = asked();
  EXPECT_TRUE(ask<void>("write-file", std::string("mine"), std::string("text")));
  EXPECT_EQ(*read_text_file(named / "mine"), "text");
  EXPECT_EQ(fs::status(named).permissions(), fs::perms(0700));
  EXPECT_FALSE(fs::exists(home / "dirs"));
  end(manifest);
  EXPECT_EQ(*read_text_file(named / "mine"), "text");
  // A folder that is there is used as it is.
  EXPECT_EQ(session_failure(), "");
}

TEST_F(FilesystemHandlerTest, TheNamedFolderGoesWithTheActorThatItWasMadeForIfAsked) {
  fs::path named = given / "data";
  use("path = \"" + named.string() + "\"\nnew_dir = true\nkeep_dir = false");
  permissions.file_system = asked();
  EXPECT_TRUE(ask<void>("write-file", std::string("mine"), std::string("text")));
  // Another incarnation finds it there, as after a crash of the node, and it still goes.
  EXPECT_EQ(session_failure(), "");
  end(manifest);
  EXPECT_FALSE(fs::exists(named));
  EXPECT_TRUE(fs::is_empty(home / "dirs"));
}

TEST_F(FilesystemHandlerTest, AFolderThatWasThereBeforeNeverGoes) {
  fs::path named = given / "data";
  fs::create_directories(named / "precious");
  use("path = \"" + named.string() + "\"\nnew_dir = true\nkeep_dir = false");
  permissions.file_system = asked();
  EXPECT_EQ(session_failure(), "");
  end(manifest);
  EXPECT_TRUE(fs::exists(named / "precious"));
  // Nor does one that has taken the place of the one that was made.
  fs::remove_all(named);
  EXPECT_EQ(session_failure(), "");
  fs::rename(named, given / "old");
  fs::create_directories(named / "precious");
  end(manifest);
  EXPECT_TRUE(fs::exists(named / "precious"));
}

TEST_F(FilesystemHandlerTest, MakesNoFolderThatIsNotGranted) {
  fs::path named = given / "data";
  use("path = \"" + named.string() + "\"\nnew_dir = true");
  permissions.file_system = asked();
  permissions.file_system->new_dir = false;
  EXPECT_EQ(ask<Bytes>("read-file", std::string("x")).error(), "refused: filesystem:new-dir");
  permissions.file_system->new_dir = true;
  permissions.file_system->paths = PathList({{(given / "other").string()}});
  EXPECT_THAT(session_failure(), HasSubstr("cannot open the folder"));
  permissions.file_system = asked();
  permissions.file_system->denied = {PathList({{named.string()}})};
  EXPECT_THAT(session_failure(), HasSubstr("cannot open the folder"));
  fs::path inside = fs::canonical(home) / "data";
  use("path = \"" + inside.string() + "\"\nnew_dir = true");
  permissions.file_system = asked();
  EXPECT_THAT(session_failure(), HasSubstr("no actor may reach that"));
  EXPECT_FALSE(fs::exists(named) || fs::exists(inside));
}

TEST_F(FilesystemHandlerTest, MakesNoFolderBehindALink) {
  fs::create_directories(given / "real");
  fs::create_directory_symlink(given / "real", given / "link");
  use("path = \"" + (given / "link" / "data").string() + "\"\nnew_dir = true");
  permissions.file_system = asked();
  EXPECT_THAT(session_failure(), HasSubstr("is really " + (given / "real").string()));
  EXPECT_TRUE(fs::is_empty(given / "real"));
  use("path = \"" + (given / "none" / "data").string() + "\"\nnew_dir = true");
  permissions.file_system = asked();
  EXPECT_THAT(session_failure(), HasSubstr((given / "none").string()));
}

TEST_F(FilesystemHandlerTest, NeedsAHomeForFoldersOfActors) {
  use("new_dir = true");
  permissions.file_system = asked();
  auto made =
      FilesystemHandler({}).make_session({actor, manifest, permissions, clock, scheduler, jobs});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message(), HasSubstr("there is no node home"));
}

TEST_F(FilesystemHandlerTest, CommandsNeedTheirRightWordByWord) {
  using Words = std::vector<std::string>;
  use("path = \"" + given.string() + "\"\nallowed_commands = [\"echo a\", \"nix develop *\"]");
  permissions.file_system = asked();
  permissions.file_system->denied = {PathList({{(given / "keys").string()}})};
  FilesystemHandler handler(home);
  auto refusal = [&](const std::string& name, const auto&... args) {
    for (const HostFunction& function : handler.host_functions()) {
      if (function.name.name != name) continue;
      EXPECT_EQ(function.effect, EffectClass::kEffect);
      Bytes encoded;
      wit::encode_params(encoded, args...);
      return function.refusal(session(), encoded).value_or("allowed");
    }
    return std::string("no function");
  };
  std::string dir = ".";
  std::string command = "echo";
  EXPECT_EQ(refusal("execute-command", dir, command, Words{"a"}), "allowed");
  std::string grant = "filesystem:paths=" + given.string() + ";execute;commands=";
  EXPECT_EQ(refusal("execute-command", dir, command, Words{"b, c"}), grant + "echo 'b\\, c'");
  EXPECT_EQ(refusal("execute-command", dir, command, Words{}), grant + "echo");
  EXPECT_EQ(refusal("execute-nix-command", dir, std::string("cargo 'b c'")), "allowed");
  EXPECT_EQ(refusal("execute-nix-command", dir, std::string("a; b")), "allowed");
  permissions.file_system->execute = false;
  EXPECT_EQ(refusal("execute-command", dir, command, Words{"a"}), grant + "echo a");
  EXPECT_EQ(refusal("execute-nix-command", dir, std::string("cargo 'b c'")),
            grant + "nix develop --command cargo 'b c'");
  EXPECT_EQ(refusal("execute-nix-command", dir, std::string("a; b")), grant + "nix develop");
  permissions.file_system->execute = true;
  EXPECT_EQ(refusal("execute-command", std::string("keys"), command, Words{"a"}),
            fmt::format("filesystem:paths={}/keys;execute;commands=echo a,nix develop *",
                        given.string()));
}

TEST_F(FilesystemHandlerTest, SaysWhyACommandIsNone) {
  use("path = \"" + given.string() + "\"\nallowed_commands = [\"*\"]");
  permissions.file_system = asked();
  auto error = [](const Said<CommandResult>& result) {
    return std::get<wit::Alternative<"error", CommandError>>(*result).value.message;
  };
  EXPECT_THAT(error(ask<CommandResult>("execute-nix-command", std::string("."),
                                       std::string("make; make test"))),
              HasSubstr("there is no shell, so `;` has to be quoted"));
  EXPECT_THAT(error(ask<CommandResult>("execute-command", std::string("."), std::string("echo"),
                                       std::vector<std::string>(100, "x"))),
              HasSubstr("101 words"));
#ifndef __SANITIZE_THREAD__
  // The thread sanitizer loses count of locks when the node looks what the machine offers.
  if (!check_level(SandboxFeatures::of_machine())) return;
  EXPECT_THAT(error(ask<CommandResult>("execute-command", std::string("."),
                                       std::string("none-such"), std::vector<std::string>())),
              HasSubstr("there is no program `none-such` on this machine"));
#endif
}

TEST_F(FilesystemHandlerTest, LeavesNoFunctionHalfOffered) {
  std::vector<std::string> names;
  FilesystemHandler handler(home);
  for (const HostFunction& function : handler.host_functions())
    names.push_back(function.name.name);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre(
                         "read-file", "write-file", "list-files", "delete-file", "create-dir",
                         "delete-dir", "path-exists", "execute-command", "execute-nix-command",
                         "write-bytes", "append-bytes", "get-metadata", "rename-path"));
  check_handler(handler);
}

}  // namespace theater::filesystem_handler_test
