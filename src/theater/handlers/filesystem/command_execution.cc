#include "theater/handlers/filesystem/command_execution.h"

#include "theater/base/hash.h"
#include "theater/base/utf8.h"
#include "theater/manifest/pinned_program.h"
#include "theater/sandbox/command_user.h"
#include "theater/sandbox/sealed_file.h"

#include <algorithm>
#include <utility>

namespace theater {

namespace {

std::string text_of(const Error& error) {
  return error.hint().empty() ? error.to_string() : error.to_string() + " (" + error.hint() + ")";
}

CommandResult told(const Error& error) {
  return wit::Alternative<"error", CommandError>{{text_of(error)}};
}

CommandResult told(Result<CommandOutput> ended) {
  if (!ended) return told(ended.error());
  return wit::Alternative<"success", CommandSuccess>{
      {as_utf8(ended->out), as_utf8(ended->err), ended->exit_code}};
}

// What keeps a program in, and what is executed.
struct Wall {
  CommandSandbox sandbox;
  Descriptor image;  // Closed: the program's file.
};

// The digests that the operator binds the program to, which are none if its name alone stands in the
// list; nothing if the list does not name it.
std::optional<std::vector<Hash>> unsandboxed_digests(const NameList& list,
                                                     const std::string& named) {
  if (list.allows({named})) return std::vector<Hash>();
  std::vector<Hash> digests;
  for (const NamePattern& pattern : list.patterns()) {
    Result<PinnedProgram> program = PinnedProgram::parse(pattern.text);
    if (program && program->name == named && program->digest) digests.push_back(*program->digest);
  }
  if (digests.empty()) return std::nullopt;
  return digests;
}

Result<Wall> wall_of(const std::string& named, const std::string& program, const FileAccess& access,
                     const CommandPowers& powers) {
  // A rule of Landlock covers a folder with everything below it.
  if (!access.whole()) {
    return fail(ErrorCode::kPermissionDenied,
                "commands cannot be run, because a part of the actor's folder is denied to it, and "
                "a command could not be kept from that part alone");
  }
  const SandboxFeatures& features =
      powers.features ? *powers.features : SandboxFeatures::of_machine();
  Result<CommandSandbox> wall =
      CommandSandbox::build({access.folder(), powers.rights, program, powers.home, features});
  if (wall) return Wall{*std::move(wall), {}};
  if (wall.error().code() != ErrorCode::kUnsupported) return Failure(std::move(wall).error());
  std::optional<std::vector<Hash>> digests = unsandboxed_digests(powers.unsandboxed, named);
  if (!digests) {
    return Failure(std::move(wall).error().with_hint(
        fmt::format("`unsandboxed={}` in the operator's grant runs it without", named)));
  }
  Wall thin{CommandSandbox::filter_only(), {}};
  if (!digests->empty()) thin.image = THEATER_TRY(seal_program(program, *digests));
  return thin;
}

Result<void> begin(const CommandRequest& request, Descriptor folder, const FileAccess& access,
                   const CommandPowers& powers, std::shared_ptr<const std::atomic<bool>> cancelled,
                   CommandRunner::Done done) {
  std::string program = THEATER_TRY(find_program(request.words.front()));
  Wall wall = THEATER_TRY(wall_of(request.words.front(), program, access, powers));
  auto user = THEATER_TRY(command_user(access.folder(), powers.chosen_user));
  CommandStart start{program,           request.words,        command_variables(access.root_path()),
                     std::move(folder), powers.file_size_max, std::move(user)};
  start.image = std::move(wall.image);
  return powers.runner->run(std::move(start), std::move(wall.sandbox), powers.limits,
                            std::move(cancelled), std::move(done));
}

}  // namespace

void execute_command(const CommandRequest& request, const FileAccess& access,
                     const CommandPowers& powers,
                     std::shared_ptr<const std::atomic<bool>> cancelled, CommandReply reply) {
  Result<Descriptor> folder = access.find_folder(request.folder, FileRight::kExecute);
  if (!folder) return std::move(reply).answer(tl::unexpected(text_of(folder.error())));
  // The runner copies its callback, and a reply cannot be copied.
  auto shared = std::make_shared<CommandReply>(std::move(reply));
  Result<void> begun =
      begin(request, *std::move(folder), access, powers, std::move(cancelled),
            [shared](auto ended) { std::move(*shared).answer(told(std::move(ended))); });
  if (!begun) std::move(*shared).answer(told(begun.error()));
}

}  // namespace theater
