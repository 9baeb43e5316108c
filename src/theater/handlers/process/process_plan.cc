#include "theater/handlers/process/process_plan.h"

#include "theater/base/beneath_root.h"
#include "theater/base/check.h"
#include "theater/base/file_handle.h"
#include "theater/handlers/process/process_network.h"
#include "theater/sandbox/command_user.h"
#include "theater/sandbox/descriptor_channel.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

namespace theater {

namespace {

// Where a process works, and what it may reach there.
struct Place {
  Descriptor folder;
  Descriptor root;  // Closed: it may reach nothing.
  std::string root_path = "/";
};

Result<void> check_beside(const std::string& root, const std::filesystem::path& home) {
  if (home.empty()) return {};
  BeneathRoot opened = THEATER_TRY(BeneathRoot::open(home));
  std::string kept = THEATER_TRY(opened.where());
  if (!holds_path(root, kept) && !holds_path(kept, root)) return {};
  return fail(ErrorCode::kPermissionDenied,
              "the folder {} {} the node's home {}, which no process may reach; choose another "
              "folder, or another home",
              root, holds_path(root, kept) ? "holds" : "lies in", kept);
}

Result<Place> open_place(const ProcessRequest& request, const std::filesystem::path& home) {
  Place place;
  if (!request.folder) {
    place.folder = Descriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!place.folder.open()) return os_failure("open", "/", errno);
    return place;
  }
  BeneathRoot root = THEATER_TRY(BeneathRoot::open(request.root));
  std::string where = THEATER_TRY(root.where());
  if (where != request.root) {
    return fail(ErrorCode::kInvalidArgument,
                "the granted folder {} is really {}: write that, since a grant is of a place and "
                "not of what a link may lead to",
                request.root, where);
  }
  THEATER_TRY_VOID(check_beside(where, home));
  if (*request.folder == request.root) {
    place.folder = THEATER_TRY(duplicate(root.folder()));
  } else {
    size_t skipped = request.root == "/" ? 1 : request.root.size() + 1;
    place.folder = THEATER_TRY(root.name_folder(request.folder->substr(skipped)));
  }
  place.root = THEATER_TRY(duplicate(root.folder()));
  place.root_path = std::move(where);
  return place;
}

// An actor that could write its program would choose what a grant of the program's name runs.
Result<void> check_program(const std::string& program, const Place& place) {
  if (!place.root.open()) return {};
  std::error_code error;
  std::filesystem::path real = std::filesystem::canonical(program, error);
  if (error || !holds_path(place.root_path, real.string())) return {};
  return fail(ErrorCode::kPermissionDenied,
              "the program {} lies in {}, where the process may write; grant another folder, or an "
              "interpreter that reads the file",
              real.string(), place.root_path);
}

// Those of commands and of the network, and those that the guest gives, which win.
std::vector<std::string> variables_of(const ProcessConfig& config, const std::string& folder,
                                      Network network) {
  std::vector<std::string> all;
  auto is_given = [&](const std::string& variable) {
    std::string_view name = std::string_view(variable).substr(0, variable.find('='));
    for (const auto& [given, value] : config.env) {
      if (given == name) return true;
    }
    return false;
  };
  std::vector<std::string> ours = command_variables(folder);
  if (network == Network::kRelay) {
    for (std::string& variable : proxy_variables(kRelayPort))
      ours.push_back(std::move(variable));
  }
  for (std::string& variable : ours) {
    if (!is_given(variable)) all.push_back(std::move(variable));
  }
  for (const auto& [name, value] : config.env)
    all.push_back(fmt::format("{}={}", name, value));
  return all;
}

// The user that the process becomes; none if it stays the node's.
Result<std::shared_ptr<const SystemUser>> user_of(const Place& place, const ProcessPowers& powers) {
  if (!place.root.open() && ::geteuid() == 0 && !powers.chosen_user)
    return powers.users->user_of(powers.actor);
  std::optional<SystemUser> user =
      THEATER_TRY(command_user(place.root.open() ? place.root : place.folder, powers.chosen_user));
  if (!user) return std::shared_ptr<const SystemUser>();
  return std::make_shared<const SystemUser>(*std::move(user));
}

Network network_of(NetworkReach reach) {
  switch (reach.kind) {
    case NetworkReach::Kind::kNone:
      return Network::kNone;
    case NetworkReach::Kind::kProxy:
      return Network::kRelay;
    case NetworkReach::Kind::kHost:
      return Network::kHost;
  }
  THEATER_CHECK(false, "a network of no kind");
  std::abort();
}

}  // namespace

Result<PlannedProcess> plan_process(const ProcessRequest& request, const ProcessPowers& powers) {
  const ProcessConfig& config = request.config;
  std::string program = THEATER_TRY(find_program(config.program));
  Place place = THEATER_TRY(open_place(request, powers.home));
  THEATER_TRY_VOID(check_program(program, place));
  const SandboxFeatures& features =
      powers.features ? *powers.features : SandboxFeatures::of_machine();
  Network network = network_of(powers.network);
  CommandSandbox wall = THEATER_TRY(
      CommandSandbox::build({place.root, {true, true}, program, powers.home, features, network}));
  auto user = THEATER_TRY(user_of(place, powers));
  std::vector<std::string> words{config.program};
  words.insert(words.end(), config.args.begin(), config.args.end());
  CommandStart command{std::move(program),
                       std::move(words),
                       variables_of(config, place.root_path, network),
                       std::move(place.folder),
                       kProcessFileSizeMax,
                       user ? std::optional(*user) : std::nullopt,
                       true};
  PlannedProcess planned{{std::move(command), std::move(wall)}, std::move(user)};
  planned.start.grace = kProcessGrace;
  if (config.execution_timeout)
    planned.start.time_max = std::chrono::seconds(*config.execution_timeout);
  return planned;
}

}  // namespace theater
