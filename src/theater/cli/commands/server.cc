#include "theater/cli/commands/server.h"

#include "theater/api/api_server.h"
#include "theater/api/client/server_address.h"
#include "theater/api/connection_limits.h"
#include "theater/base/clock.h"
#include "theater/base/file.h"
#include "theater/base/guarded.h"
#include "theater/base/log.h"
#include "theater/base/log_history.h"
#include "theater/base/open_files.h"
#include "theater/base/system_user.h"
#include "theater/cli/options/operator_reader.h"
#include "theater/cli/terminal/damage_notice.h"
#include "theater/cli/terminal/progress.h"
#include "theater/cli/terminal/service_manager.h"
#include "theater/cli/terminal/signals.h"
#include "theater/cli/toolchain/sandbox_report.h"
#include "theater/handlers/runtime/version.h"
#include "theater/net/address.h"
#include "theater/net/address_range.h"
#include "theater/runtime/node.h"
#include "theater/runtime/slow_actors.h"
#include "theater/store/home.h"
#include "theater/views/live_actor.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace theater::cli {

namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

// At the close: for calls of actors that are in progress, and then for answers to leave.
constexpr auto kCallLimit = 10s;
constexpr auto kAnswerLimit = 2s;
// How often the server looks for slow actors, and of how many of them a look warns by name.
constexpr auto kLookPeriod = 10s;
constexpr size_t kNamedMax = 10;

// What ends the server: signals, or a client of the API.
struct Ending {
  int wishes = 0;
  Runtime* runtime = nullptr;  // While it may be hurried.
};

// The second signal ends the time that calls have, and the third one the process.
void wish_end(Guarded<Ending>& ending, int count) {
  if (count > 2) ::_exit(130);
  ending.with([count](Ending& now) {
    ++now.wishes;
    if (count > 1 && now.runtime != nullptr) now.runtime->hurry_close();
  });
  ending.notify_all();
}

// Relative paths of a socket hold for this process alone.
std::string socket_url(const std::filesystem::path& socket) {
  std::error_code failed;
  std::filesystem::path whole = std::filesystem::absolute(socket, failed);
  return "unix:" + (failed ? socket : whole).string();
}

// Where to listen: a TCP address, or the path of a socket.
struct Place {
  std::string address;
  uint16_t port = 0;
  bool is_loopback = false;
  std::filesystem::path socket = {};  // Empty for TCP.

  std::string url(bool uses_tls) const {
    if (!socket.empty()) return socket_url(socket);
    bool is_v6 = address.find(':') != std::string::npos;
    return fmt::format("{}://{}:{}", uses_tls ? "https" : "http",
                       is_v6 ? "[" + address + "]" : address, port);
  }
};

Result<Place> parse_place(const std::string& text) {
  auto wrong = [&] {
    return fail(
        ErrorCode::kInvalidArgument,
        "--listen {}: this is no ADDRESS:PORT, such as 127.0.0.1:9000 or [::1]:9000, and no "
        "unix:PATH",
        text);
  };
  if (text.starts_with("unix:")) {
    api::ServerAddress parsed = THEATER_TRY_CONTEXT(api::parse_server_address(text), "--listen");
    return Place{.socket = parsed.socket};
  }
  size_t colon = text.rfind(':');
  if (colon == std::string::npos) return wrong();
  std::string address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  auto parsed = IpAddress::parse(address);
  Place place{address, 0, parsed && parsed->kind() == AddressKind::kLoopback};
  std::string_view port = std::string_view(text).substr(colon + 1);
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), place.port);
  bool is_port = error == std::errc() && end == port.data() + port.size() && !port.empty();
  if (!parsed || !is_port) return wrong();
  return place;
}

// What the command line says about clients without the owner's socket, checked.
struct Reach {
  std::vector<Place> places;
  std::optional<TlsIdentity> identity;  // Of TCP.
  std::vector<AddressRange> proxies;
};

Result<std::vector<AddressRange>> read_proxies(const ServerOptions& options,
                                               const std::vector<Place>& places) {
  std::vector<AddressRange> proxies;
  for (const std::string& text : options.trusted_proxies)
    proxies.push_back(THEATER_TRY_CONTEXT(AddressRange::parse(text), "--trusted-proxy"));
  bool has_tcp = std::any_of(places.begin(), places.end(),
                             [](const Place& place) { return place.socket.empty(); });
  if (proxies.empty() || has_tcp) return proxies;
  return fail(ErrorCode::kInvalidArgument,
              "--trusted-proxy {}: the server has no --listen ADDRESS:PORT that a proxy with an "
              "address could use",
              options.trusted_proxies.front());
}

Result<Reach> read_reach(const ServerOptions& options) {
  Reach reach;
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return fail(ErrorCode::kInvalidArgument, "--tls-cert and --tls-key belong together");
  }
  for (const std::string& text : options.listen)
    reach.places.push_back(THEATER_TRY(parse_place(text)));
  for (const Place& place : reach.places) {
    if (!place.socket.empty() || place.is_loopback || !options.tls_key.empty()) continue;
    return Failure(
        Error(ErrorCode::kInvalidArgument,
              fmt::format("--listen {}: other machines reach this address, and without TLS they "
                          "would send their tokens in the clear",
                          place.address))
            .with_hint(
                "add --tls-cert FILE --tls-key FILE, or listen on 127.0.0.1 behind a proxy"));
  }
  if (!options.tls_key.empty()) {
    Bytes certificate = THEATER_TRY(read_file(options.tls_certificate));
    Bytes key = THEATER_TRY(read_file(options.tls_key));
    reach.identity = TlsIdentity{std::move(certificate), std::move(key)};
  }
  reach.proxies = THEATER_TRY(read_proxies(options, reach.places));
  return reach;
}

Result<api::AccessRules> access_rules(const ServerOptions& options, const Reach& reach,
                                      TokenLookup& tokens) {
  uid_t owner = ::geteuid();
  std::optional<SystemUser> user = THEATER_TRY(user_numbered(owner));
  return api::AccessRules{.owner = owner,
                          .owner_name = user ? user->name : std::to_string(owner),
                          .tokens = tokens,
                          .hosts = options.hosts,
                          .proxies = reach.proxies};
}

void report_recovery(const RecoveryReport& report) {
  LogSource source{.actor = {}, .part = "recovery"};
  for (const UnrecoverableTree& lost : report.lost) {
    log_line(LogLevel::kError, source, "`{}` ({}) does not resume: {}", lost.name,
             lost.root.to_string(), lost.why.to_string());
  }
  for (const EndedActor& ended : report.ended) {
    log_line(is_loss(ended.why) ? LogLevel::kWarn : LogLevel::kInfo, source,
             "`{}` ({}) does not resume: {}", ended.name, ended.id.to_string(),
             end_reason_text(ended.why));
  }
  if (report.actors + report.ended.size() + report.delivered == 0) return;
  log_line(LogLevel::kInfo, source,
           "actors resumed: {}; actors ended: {}; messages delivered: {}; events replayed: {}",
           report.actors, report.ended.size(), report.delivered, report.replayed);
}

// The node and its API, from the opening to the close.
class Serving {
 public:
  Serving(const ServerOptions& options, std::shared_ptr<const LogHistory> lines,
          Guarded<Ending>& ending, Output& output)
      : options_(options), lines_(std::move(lines)), ending_(ending), output_(output) {}
  ~Serving() {
    ending_.with([](Ending& now) { now.runtime = nullptr; });
  }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  Result<void> run(const Policy& policy, const Reach& reach) {
    HttpLimits limits = THEATER_TRY(api::connection_limits(raise_open_files_limit()));
    if (limits.connections_max < api::kConnectionsMax) {
      log_line(
          LogLevel::kWarn, {.actor = {}, .part = "server"},
          "the API takes {} connections at a time, and not {}, since a process of this user may "
          "have few files open (ulimit -Hn, or LimitNOFILE= of the systemd unit)",
          limits.connections_max, api::kConnectionsMax);
    }
    std::filesystem::path home = home_folder(options_.home);
    NodeOptions opening{.home = home, .holder = "theater server", .fetch = telling_fetch};
    opening.secrets = policy.secrets();
    opening.tls_key_pairs = policy.tls_key_pairs();
    if (options_.accepts_damage) {
      opening.accept_damage = [&](const auto& accepted) { print_accepted_damage(accepted, home); };
    }
    node_ = THEATER_TRY(Node::open(opening));
    ending_.with([&](Ending& now) { now.runtime = &node_->runtime(); });
    tokens_.emplace(node_->layout());
    api::AccessRules rules = THEATER_TRY(access_rules(options_, reach, *tokens_));
    api_.emplace(parts(policy), std::move(rules), limits);
    THEATER_TRY_VOID(listen(reach));
    THEATER_TRY_VOID(recover(policy));
    api_->set_ready();
    tell_ready();
    log_sandbox(SandboxFeatures::of_machine());
    wait();
    manager_.stopping();
    log_line(LogLevel::kInfo, {.actor = {}, .part = "server"}, "closing");
    api_->stop_taking();
    Result<void> closed = node_->close(Closing::kKeep, kCallLimit);
    api_->close(kAnswerLimit);
    return closed;
  }

 private:
  api::NodeParts parts(const Policy& policy) {
    return {.runtime = node_->runtime(),
            .handlers = node_->handlers(),
            .timers = node_->timers(),
            .log = node_->log(),
            .log_folder = node_->layout().log(),
            .policy = policy,
            .version = "theater " + std::string(theater_version()),
            .engine = node_->engine_identity(),
            .started_us = SystemClock().wall_us(),
            .lines = lines_,
            .shut_down = [&ending = ending_] { wish_end(ending, 1); }};
  }

  Result<void> listen(const Reach& reach) {
    std::filesystem::path socket = node_->layout().socket();
    THEATER_TRY_VOID(api_->listen_unix(socket));
    addresses_.push_back(socket_url(socket));
    const TlsIdentity* identity = reach.identity ? &*reach.identity : nullptr;
    for (Place place : reach.places) {
      if (place.socket.empty()) {
        place.port = THEATER_TRY(api_->listen_tcp(place.address, place.port, identity));
        node_->own_ports().add(place.port);
      } else {
        THEATER_TRY_VOID(api_->listen_unix(place.socket, SocketUsers::kEveryone));
      }
      addresses_.push_back(place.url(identity != nullptr));
    }
    return {};
  }

  Result<void> recover(const Policy& policy) {
    {
      Progress progress("replaying", ProgressLine::Unit::kEvents);
      THEATER_TRY_VOID(node_->prepare_recovery(
          policy, [&](uint64_t done, uint64_t of) { progress.show(done, of); }));
    }
    report_recovery(THEATER_TRY(node_->recover()));
    return {};
  }

  void tell_ready() {
    for (const std::string& address : addresses_) {
      if (options_.json) {
        output_.json({{"listening", address}});
      } else {
        output_.line("listening on " + address);
      }
    }
    manager_.ready(addresses_.front());
  }

  void wait() {
    auto alive = manager_.alive_period();
    std::chrono::milliseconds period = kLookPeriod;
    if (alive) period = std::min<std::chrono::milliseconds>(period, *alive);
    auto is_wished = [](const Ending& now) { return now.wishes > 0; };
    auto looked = monotonic_now();
    while (!ending_.wait_for(period, is_wished, is_wished)) {
      if (alive) manager_.alive();
      if (monotonic_now() - looked < kLookPeriod) continue;
      looked = monotonic_now();
      warn_of_slow_actors();
    }
  }

  void warn_of_slow_actors() {
    std::vector<SlowActors::Slow> slow = slow_.look(node_->runtime(), SystemClock().wall_us());
    for (size_t at = 0; at < std::min(slow.size(), kNamedMax); ++at) {
      auto actor = views::live_actor(node_->runtime(), slow[at].id);
      if (!actor) continue;
      log_line(LogLevel::kWarn, {.actor = actor->name(), .part = "server", .id = slow[at].id},
               "{}: {} for {} s", slow[at].id.to_string(), slow[at].status.text(),
               slow[at].since.count());
    }
    if (slow.size() <= kNamedMax) return;
    log_line(
        LogLevel::kWarn, {.actor = {}, .part = "server"},
        "{} more actors are in set-up or in one call for more than {} s; `theater list` has them",
        slow.size() - kNamedMax,
        std::chrono::duration_cast<std::chrono::seconds>(SlowActors::kSlow).count());
  }

  const ServerOptions& options_;
  const std::shared_ptr<const LogHistory> lines_;
  Guarded<Ending>& ending_;
  Output& output_;
  const ServiceManager manager_;
  std::unique_ptr<Node> node_;
  std::optional<TokenLookup> tokens_;
  std::optional<api::ApiServer> api_;
  std::vector<std::string> addresses_;
  SlowActors slow_;
};

void define(OptionParser& parser, ServerOptions& options) {
  home_option(parser, options.home, "serve the home DIR");
  parser.repeated_option(
      "--listen", "ADDRESS", [&](const std::string& text) { options.listen.push_back(text); },
      "listen there too, for clients with tokens: ADDRESS:PORT, such as 127.0.0.1:9000, or "
      "unix:PATH; may be repeated");
  parser.option("--tls-cert", "FILE", options.tls_certificate,
                "certificate chain for TCP, PEM; needed beyond this machine");
  parser.option("--tls-key", "FILE", options.tls_key, "private key of the certificate, PEM");
  parser.repeated_option(
      "--host", "NAME", [&](const std::string& name) { options.hosts.push_back(name); },
      "a name of this server that clients may use; may be repeated");
  parser.repeated_option(
      "--trusted-proxy", "ADDRESS[/BITS]",
      [&](const std::string& text) { options.trusted_proxies.push_back(text); },
      "believe X-Forwarded-For and X-Forwarded-Proto from there; may be repeated");
  policy_options(parser, options.policy);
  parser.flag("--accept-damage", options.accepts_damage,
              "if the log in the home is damaged, set it aside and begin another");
  json_option(parser, options.json, "print one JSON object per line");
  log_options(parser, options.log);
}

Exit run(const ServerOptions& options, Output& output) {
  // Positions grow from one server to the next, so that a client notices that its lines are gone.
  auto lines = std::make_shared<LogHistory>(SystemClock().wall_us());
  configure_log(options.log.level, options.log.format, lines);
  auto policy = operator_policy(options.policy);
  if (!policy)
    return report_failure(policy.error(), exit_of_policy(policy.error()), options.json, output);
  auto reach = read_reach(options);
  if (!reach) {
    bool is_use = reach.error().code() == ErrorCode::kInvalidArgument;
    return report_failure(reach.error(), is_use ? Exit::kWrongUse : Exit::kFailed, options.json,
                          output);
  }
  // Signals are blocked first, since the node's threads inherit that.
  Guarded<Ending> ending;
  StopSignals signals([&](int count) { wish_end(ending, count); });
  Serving serving(options, lines, ending, output);
  return exit_after(serving.run(*policy, *reach), options.json, output);
}

}  // namespace

const CommandOf<ServerOptions> kServerCommand = {
    {.name = "server",
     .usage = "[options]",
     .summary = "keep a node up, and answer on its API",
     .details = R"(Opens the home, resumes the actors that it has, and serves the management API
until a signal or the API ends it. The API answers on the socket theater.sock in
the home, for the user that runs the server and for root. With --listen it also
answers on TCP or on another socket, where every client needs a token (`theater
token`). An address that other machines reach needs TLS. A socket of --listen is
for every user who reaches its path, such as that of a reverse proxy.

Lines on standard output name the addresses when the actors can be asked. Log
lines go to standard error. A supervisor such as systemd is told by sd_notify.

SIGTERM, Ctrl-C or the API close the server in order. Its durable actors do not
end: the next server resumes them. A call that is not over after ten seconds
fails, as in a crash; a second signal ends these ten seconds. A third one ends
the process at once.)",
     .examples = R"(theater server
theater server --home /var/lib/theater --listen 127.0.0.1:9000
theater server --listen unix:/run/theater/api.sock --host agents.example
theater server --policy policy.toml --log-format json)"},
    define,
    run};

}  // namespace theater::cli
