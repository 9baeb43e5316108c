#include "theater/cli/commands/run_session.h"

#include "theater/actor/handler/binding.h"
#include "theater/actor/messaging/export_function.h"
#include "theater/base/check.h"
#include "theater/base/log.h"
#include "theater/base/printable.h"
#include "theater/base/utf8.h"
#include "theater/cli/terminal/chain_printer.h"
#include "theater/log/event/event.h"
#include "theater/log/event/view.h"
#include "theater/store/home.h"
#include "theater/views/json.h"
#include "theater/views/live_actor.h"
#include "theater/views/metrics_view.h"
#include "theater/views/recorded_types.h"
#include "theater/views/validation.h"
#include "theater/wit/traits.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ranges>
#include <set>
#include <utility>

namespace theater::cli {

namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;
using SteadyClock = std::chrono::steady_clock;

// A session that nothing wakes looks so often whether anything moves.
constexpr auto kRest = 100ms;
constexpr auto kStandstill = 1s;
constexpr auto kSomePatience = 5s;
constexpr auto kStopDeadline = 5s;
constexpr auto kKillDeadline = 5s;
constexpr size_t kRefusalsListedMax = 20;
constexpr size_t kRefusalTextMax = 1000;

std::string restart_hint(const EndedActor& ended) {
  std::string place;
  if (ended.place && !ended.place->address.empty()) {
    place = ", which was read from " + ended.place->address;
  } else if (ended.place) {
    place = ", which was in " + ended.place->folder.string();
  }
  return fmt::format("`theater run MANIFEST` starts another with the same manifest{}", place);
}

}  // namespace

RunSession::RunSession(Node& node, RunPlan plan, Policy policy, const ReferenceReader& reader,
                       const RunOptions& options, Output& output)
    : node_(node),
      runtime_(node.runtime()),
      log_(node.log()),
      policy_(std::move(policy)),
      reader_(reader),
      options_(options),
      output_(output),
      messages_(std::move(plan.messages)) {
  for (PlannedActor& actor : plan.actors)
    actors_.push_back({.plan = std::move(actor)});
  log_.on_failure([bell = bell_](const Error&) { bell->ring(); });
}

void RunSession::start_actors() {
  recover();
  for (Actor& actor : actors_) {
    if (actor.plan.resumes) continue;
    if (interrupted()) {
      cut_off_ = cut_off_ || was_signalled();
    } else {
      spawn(actor);
    }
  }
}

void RunSession::recover() {
  Result<RecoveryReport> report = node_.recover();
  if (!report) return report_failure("", report.error());
  for (const UnrecoverableTree& lost : report->lost) {
    Error why = lost.why;
    report_failure(lost.name, std::move(why).with_context(fmt::format(
                                  "`{}` ({}) does not resume", lost.name, lost.root.to_string())));
  }
  for (Actor& actor : actors_) {
    auto root = std::find_if(report->roots.begin(), report->roots.end(),
                             [&](const RecoveredRoot& one) { return one.id == actor.plan.id; });
    if (!actor.plan.resumes) continue;
    actor.spawned = root != report->roots.end();
    actor.end_reported = !actor.spawned;
    if (!actor.spawned) continue;
    await_end(actor);
    if (!options_.json) continue;
    output_.json({{"recovered",
                   {{"actor", actor.name()},
                    {"id", actor.plan.id.to_string()},
                    {"component", root->common->component.to_string()}}}});
  }
  for (const EndedActor& ended : report->ended)
    report_ended(ended);
  if (report->actors + report->ended.size() + report->delivered == 0) return;
  log_line(LogLevel::kInfo, {.actor = {}, .part = "recovery"},
           "actors resumed: {}; actors ended: {}; messages delivered: {}; events replayed: {}",
           report->actors, report->ended.size(), report->delivered, report->replayed);
}

void RunSession::report_ended(const EndedActor& ended) {
  std::string what = fmt::format("`{}` ({}) does not resume: {}", ended.name, ended.id.to_string(),
                                 end_reason_text(ended.why));
  bool is_root_of_loss = !ended.parent && is_loss(ended.why);
  bool starts_here = std::any_of(actors_.begin(), actors_.end(), [&](const Actor& actor) {
    return !actor.plan.resumes && actor.name() == ended.name &&
           actor.plan.manifest->digest == ended.manifest;
  });
  if (options_.json) {
    Json line = {{"actor", ended.name},
                 {"id", ended.id.to_string()},
                 {"how", views::ending_name(ended.how)},
                 {"why", end_reason_text(ended.why)}};
    output_.json({{"ended", std::move(line)}});
  }
  if (is_root_of_loss && !starts_here) {
    Error lost(ErrorCode::kUnavailable, std::move(what));
    return report_failure(ended.name, std::move(lost).with_hint(restart_hint(ended)));
  }
  std::string_view next;
  if (is_root_of_loss) {
    next = "; this run starts another";
  } else if (ended.parent_resumes && is_loss(ended.why)) {
    next = ended.is_declared ? "; its supervisor starts another"
                             : "; the guest of its parent can spawn another";
  }
  log_line(is_loss(ended.why) ? LogLevel::kWarn : LogLevel::kInfo,
           {.actor = {}, .part = "recovery"}, "{}{}", what, next);
}

void RunSession::spawn(Actor& actor) {
  SpawnRequest request;
  request.manifest = *actor.plan.manifest;
  request.state = actor.plan.state;
  request.policy = policy_;
  request.id = actor.plan.id;
  // A name that decides over a secret is recorded, so that recovery knows it too.
  if (actor.plan.is_named && names_actor(policy_.secrets(), actor.name()))
    request.root = RootRequest{.name = actor.name()};
  Result<SpawnReport> spawned = spawn_unless_interrupted(std::move(request));
  if (!spawned) {
    // The failure stands for the end of the actor.
    actor.end_reported = true;
    if (!interrupted()) report_refusal(actor, spawned.error());
    return;
  }
  actor.spawned = true;
  await_end(actor);
  for (const std::string& warning : spawned->warnings) {
    log_line(LogLevel::kWarn, {.actor = actor.name(), .part = {}}, "{}", warning);
  }
  if (options_.json) {
    output_.json({{"started",
                   {{"actor", actor.name()},
                    {"id", actor.plan.id.to_string()},
                    {"component", spawned->component.to_string()}}}});
  }
}

void RunSession::report_refusal(const Actor& actor, const Error& error) {
  report_failure(actor.name(), error);
  if (error.code() != ErrorCode::kPermissionDenied) return;
  Result<void> fits = views::check_component(*actor.plan.manifest, reader_);
  if (!fits && fits.error().code() != ErrorCode::kPermissionDenied)
    report_failure(actor.name(), fits.error());
}

void RunSession::await_end(const Actor& actor) {
  runtime_.on_ended(actor.plan.id, [bell = bell_](const Result<EndReport>&) { bell->ring(); });
}

Result<SpawnReport> RunSession::spawn_unless_interrupted(SpawnRequest request) {
  using Report = std::optional<Result<SpawnReport>>;
  std::optional<ActorId> id = request.id;
  auto report = std::make_shared<Guarded<Report>>();
  runtime_.spawn(std::move(request), [report, bell = bell_](Result<SpawnReport> spawned) {
    report->with([&](Report& slot) { slot = std::move(spawned); });
    bell->ring();
  });
  while (!interrupted()) {
    Report ready = report->with([](Report& slot) { return std::exchange(slot, std::nullopt); });
    if (ready) return *std::move(ready);
    rest();
  }
  left_start_ = id;
  cut_off_ = cut_off_ || was_signalled();
  return fail(ErrorCode::kCancelled, "interrupted");
}

bool RunSession::leaves_start_behind() const {
  return left_start_ && !runtime_.status(*left_start_);
}

void RunSession::converse() {
  for (const PlannedMessage& message : messages_) {
    if (interrupted()) break;
    put(message);
    settle(Patience::kSome);
  }
  if (!messages_.empty()) {
    settle(Patience::kEndless);
    cut_off_ = cut_off_ || was_signalled();
  }
  while (messages_.empty() && !interrupted() && !all_ended())
    rest();
}

void RunSession::put(const PlannedMessage& message) {
  Actor& actor = actors_[message.actor];
  bool sends = message.kind == MessageKind::kSend;
  if (!actor.spawned) {
    report_failure(actor.name(), Error(ErrorCode::kUnavailable,
                                       fmt::format("no {} to `{}`: the actor did not start",
                                                   sends ? "message" : "request", actor.name())));
    return;
  }
  if (sends) {
    if (!std::exchange(actor.was_sent_to, true)) {
      // What an earlier run recorded is not looked at.
      if (auto status = runtime_.status(actor.plan.id)) {
        actor.errors = status->errors;
        actor.looked_at = status->events;
      }
    }
    if (auto sent = runtime_.send(actor.plan.id, message.payload); !sent) {
      report_failure(actor.name(), std::move(sent).error().with_context(
                                       fmt::format("sending to `{}`", actor.name())));
    }
    return;
  }
  size_t number = asked_.size();
  asked_.push_back(message.actor);
  replies_->with([](Replies& replies) { replies.emplace_back(); });
  runtime_.request(actor.plan.id, message.payload,
                   [replies = replies_, bell = bell_, number](Result<Bytes> reply) {
                     replies->with([&](Replies& all) { all[number] = std::move(reply); });
                     bell->ring();
                   });
}

bool RunSession::has_ended(const Actor& actor) const {
  auto status = runtime_.status(actor.plan.id);
  return status && status->ended;
}

void RunSession::report_send_errors(Looking at) {
  for (Actor& actor : actors_) {
    if (actor.was_sent_to && (at == Looking::kAtIdle || has_ended(actor)))
      report_send_errors(actor);
  }
}

// A message has no answer, so the chain alone has what its call returned.
void RunSession::report_send_errors(Actor& actor) {
  auto status = runtime_.status(actor.plan.id);
  if (!status || std::exchange(actor.errors, status->errors) == status->errors) return;
  Result<log::Chain> chain = runtime_.chain(actor.plan.id, actor.looked_at);
  if (!chain) return;
  bool is_of_message = false;
  log::EventViewer viewer(chain->functions_at_first());
  chain->for_each([&](uint64_t seq, ByteView bytes, const Hash& hash) {
    Result<log::EventView> view = viewer.view(bytes, hash);
    Result<log::Event> event = log::decode_event_in_place(bytes);
    THEATER_CHECK(view && event, "event {} of our own making does not decode", seq);
    if (seq < actor.looked_at) return;
    if (const auto* call = std::get_if<log::Call>(&event->body)) {
      is_of_message = std::holds_alternative<log::FromClient>(call->from) &&
                      view->event_type == plain_name(handle_send_function().name);
    } else if (const auto* returned = std::get_if<log::Returned>(&event->body)) {
      const auto* error = std::get_if<log::CallError>(&returned->result);
      if (is_of_message && error != nullptr) report_send_error(actor, error->value);
    }
  });
  actor.looked_at = chain->end_seq();
}

void RunSession::report_send_error(const Actor& actor, const log::Payload& error) {
  const log::Blob* bytes = log::inline_bytes(error);
  std::string text = "its error is in the log";
  if (bytes != nullptr) text = wit::decode<std::string>(bytes->view()).value_or(std::string());
  // The text of a guest stays on its line.
  report_failure(actor.name(), Error(ErrorCode::kUnavailable, escape_control(text))
                                   .with_context(fmt::format("a message to `{}`", actor.name())));
}

void RunSession::print_ready_replies() {
  while (printed_ < asked_.size()) {
    std::optional<Result<Bytes>> reply =
        replies_->with([&](Replies& replies) { return std::exchange(replies[printed_], {}); });
    if (!reply) return;
    print_reply(printed_++, *reply);
  }
}

void RunSession::print_all_replies() {
  // A failure is in the replies.
  (void)log_.flush();
  print_ready_replies();
}

void RunSession::print_reply(size_t request, const Result<Bytes>& reply) {
  const std::string& name = actors_[asked_[request]].name();
  if (!reply) {
    Error error = reply.error();
    report_failure(
        name, std::move(error).with_context(fmt::format("request {} to `{}`", request + 1, name)));
  } else if (options_.json) {
    output_.json({{"reply", views::json_bytes(*reply)}, {"actor", name}, {"request", request + 1}});
  } else {
    output_.content(fmt::format("{}\n", as_text(*reply)));
  }
}

void RunSession::report_failure(const std::string& actor, const Error& error) {
  failed_ = true;
  if (options_.json) {
    Json line = views::json_error(error);
    if (!actor.empty()) line["actor"] = actor;
    output_.json(line);
  }
  print_error(error);
}

void RunSession::report_ends() {
  for (Actor& actor : actors_) {
    if (!actor.spawned || actor.end_reported) continue;
    auto status = runtime_.status(actor.plan.id);
    if (!status || !status->ended) continue;
    actor.end_reported = true;
    if (auto end = runtime_.wait_ended(actor.plan.id)) report_end(actor, *end);
  }
}

void RunSession::report_end(const Actor& actor, const EndReport& end) {
  std::string_view how = views::ending_name(end.how);
  std::optional<ByteView> data = views::final_data(end.how);
  if (std::holds_alternative<log::EndedFailed>(end.how)) {
    report_failure(actor.name(), Error(ErrorCode::kUnavailable,
                                       fmt::format("`{}` failed: {}", actor.name(), end.failure)));
  } else {
    log_line(LogLevel::kInfo, {.actor = actor.name(), .part = {}}, "{}{}", how,
             data ? fmt::format(": {}", as_text(*data)) : "");
  }
  if (!options_.json) return;
  Json line = {{"actor", actor.name()}, {"how", how}};
  if (data) line["data"] = views::json_bytes(*data);
  if (!end.failure.empty()) line["failure"] = end.failure;
  output_.json({{"ended", std::move(line)}});
}

// Events of all actors, so that the run waits for children too.
uint64_t RunSession::events_recorded() const {
  uint64_t events = 0;
  for (const ActorId& id : runtime_.actors()) {
    if (auto status = runtime_.status(id)) events += status->events;
  }
  return events;
}

bool RunSession::all_ended() const {
  return std::all_of(actors_.begin(), actors_.end(), [&](const Actor& actor) {
    auto status = runtime_.status(actor.plan.id);
    return !status || status->ended;
  });
}

std::shared_ptr<std::atomic<size_t>> RunSession::ask_idle() {
  std::vector<ActorId> ids = runtime_.actors();
  auto busy = std::make_shared<std::atomic<size_t>>(ids.size());
  for (const ActorId& id : ids) {
    // An actor that is unknown has ended, and is idle.
    runtime_.when_idle(id, [busy, bell = bell_](const Result<void>&) {
      if (--*busy == 0) bell->ring();
    });
  }
  return busy;
}

bool RunSession::may_still_be_answered() const {
  bool waits = replies_->with([&](const Replies& replies) {
    return std::any_of(replies.begin() + static_cast<ptrdiff_t>(printed_), replies.end(),
                       [](const auto& reply) { return !reply.has_value(); });
  });
  if (!waits) return false;
  std::vector<ActorId> ids = runtime_.actors();
  return std::any_of(ids.begin(), ids.end(), [&](const ActorId& id) {
    auto status = runtime_.status(id);
    return status && !status->ended && status->is_called_again;
  });
}

// Idle once is not enough: an actor may have sent to another that was idle before. If no actor
// recorded anything while all came to rest, no actor did anything.
void RunSession::settle(Patience patience) {
  auto began = SteadyClock::now();
  auto moved = began;
  uint64_t events = events_recorded();
  uint64_t events_when_asked = events;
  auto busy = ask_idle();
  while (!interrupted()) {
    bool all_are_idle = *busy == 0;
    uint64_t more = events_recorded();
    if (all_are_idle) {
      if (more == events_when_asked) {
        report_send_errors(Looking::kAtIdle);
        if (patience == Patience::kSome || !may_still_be_answered()) break;
        rest();
      }
      events_when_asked = more;
      busy = ask_idle();
      continue;
    }
    if (std::exchange(events, more) != more) moved = SteadyClock::now();
    auto now = SteadyClock::now();
    if (patience == Patience::kSome &&
        (now - moved >= kStandstill || now - began >= kSomePatience)) {
      break;
    }
    rest();
  }
  print_all_replies();
  report_ends();
}

void RunSession::rest() {
  print_ready_replies();
  report_ends();
  bell_->wait(kRest);
}

bool RunSession::wait_ended(std::chrono::milliseconds limit) {
  auto began = SteadyClock::now();
  while (!all_ended()) {
    if (SteadyClock::now() - began >= limit) return false;
    bell_->wait(kRest);
  }
  return true;
}

void RunSession::stop_actors() {
  if (std::optional<Error> failure = log_.failure()) {
    report_failure("", *failure);
    for (const Actor& actor : actors_)
      (void)runtime_.kill(actor.plan.id);
  }
  for (auto actor = actors_.rbegin(); actor != actors_.rend(); ++actor) {
    // An actor that is unknown has nothing to stop.
    (void)runtime_.stop(actor->plan.id);
  }
  if (!wait_ended(kStopDeadline)) {
    for (const Actor& actor : actors_)
      (void)runtime_.kill(actor.plan.id);
    wait_ended(kKillDeadline);
  }
}

void RunSession::finish() {
  if (!options_.keeps) {
    stop_actors();
  } else if (std::optional<Error> failure = log_.failure()) {
    report_failure("", *failure);
  }
  print_all_replies();
  report_send_errors(Looking::kAtEnded);
  report_ends();
  list_refusals();
  print_chains();
  print_metrics();
}

Result<void> RunSession::close() {
  if (!options_.keeps) return node_.close();
  report_kept();
  Result<void> closed = node_.close(Closing::kKeep);
  print_ready_replies();
  return closed;
}

void RunSession::report_kept() {
  size_t kept = 0;
  for (const Actor& actor : actors_) {
    auto status = runtime_.status(actor.plan.id);
    bool is_durable = actor.plan.manifest->log.durability != Durability::kMemory;
    if (!status || status->ended || !is_durable) continue;
    ++kept;
    if (!options_.json) continue;
    output_.json({{"kept", {{"actor", actor.name()}, {"id", actor.plan.id.to_string()}}}});
  }
  log_line(LogLevel::kInfo, {.actor = {}, .part = {}},
           "actors kept for the next run in this home: {}", kept);
}

void RunSession::list_refusals() {
  std::set<std::string> lines;
  for (const Actor& actor : actors_) {
    if (!has_ended(actor)) continue;
    Result<log::Chain> chain = runtime_.chain(actor.plan.id);
    if (!chain) continue;
    chain->for_each([&](uint64_t seq, ByteView bytes, const Hash&) {
      Result<log::Event> event = log::decode_event_in_place(bytes);
      THEATER_CHECK(event, "event {} of our own making does not decode", seq);
      const auto* refused = std::get_if<log::Refused>(&event->body);
      if (refused == nullptr || event->time < began_us_) return;
      const auto* grant = std::get_if<log::RefusedPermission>(&refused->why);
      if (grant == nullptr) return;
      lines.insert(fmt::format("`{}`: {}", actor.name(), shortened(grant->value, kRefusalTextMax)));
    });
  }
  if (lines.empty()) return;
  std::string text = "calls were refused for want of a grant:";
  for (const std::string& line : lines | std::views::take(kRefusalsListedMax))
    text += "\n  " + escape_control(line);
  if (lines.size() > kRefusalsListedMax)
    text += fmt::format("\n  … and {} more", lines.size() - kRefusalsListedMax);
  print_warning(text);
}

void RunSession::print_chains() {
  if (!options_.chain) return;
  HomeLayout home{home_folder(options_.home)};
  views::RecordedTypes types(views::RecordedTypes::blobs_of(home), home);
  ChainPrinter::Options form{.json = options_.json,
                             .raw = options_.raw,
                             .full = options_.full,
                             .screen = Screen::of_output()};
  for (const Actor& actor : actors_) {
    // An actor that was refused before it had an id has no chain.
    if (auto chain = runtime_.chain(actor.plan.id)) {
      print_chain(*chain, actor.name(), form, types.types(), output_);
    }
  }
}

void RunSession::print_metrics() {
  if (!options_.metrics) return;
  views::NamedMetrics actors;
  for (const Actor& actor : actors_) {
    if (auto metrics = runtime_.metrics(actor.plan.id)) {
      actors.emplace_back(actor.name(), *std::move(metrics));
    }
  }
  if (options_.json) {
    for (const Json& value : views::metrics_json(actors, runtime_.node_metrics()))
      output_.json(value);
  } else {
    output_.text(views::metrics_text(actors, runtime_.node_metrics()));
  }
}

void RunSession::interrupt(int count) {
  // First, since an actor may end as soon as the session knows.
  if (count == 1) say_what_is_awaited();
  interrupts_ = count;
  bell_->ring();
  if (options_.keeps) {
    if (count > 1) runtime_.hurry_close();
    return;
  }
  runtime_.stop_reading();
  for (auto actor = actors_.rbegin(); actor != actors_.rend(); ++actor) {
    (void)(count == 1 ? runtime_.stop(actor->plan.id) : runtime_.kill(actor->plan.id));
  }
}

void RunSession::say_what_is_awaited() const {
  std::vector<std::string> names;
  for (const Actor& actor : actors_) {
    auto status = runtime_.status(actor.plan.id);
    if (status && !status->ended) names.push_back(fmt::format("`{}`", actor.name()));
  }
  if (names.empty()) return;
  constexpr size_t kNamedMax = 5;
  size_t more = names.size() - std::min(names.size(), kNamedMax);
  names.resize(names.size() - more);
  std::string who = fmt::format("{}", fmt::join(names, ", "));
  if (more > 0) who += fmt::format(" and {} more", more);
  if (options_.keeps) {
    log_line(LogLevel::kInfo, {.actor = {}, .part = {}},
             "interrupted: keeping {}, whose calls have 10 seconds to return; another Ctrl-C waits "
             "for no call",
             who);
  } else {
    log_line(LogLevel::kInfo, {.actor = {}, .part = {}},
             "interrupted: waiting up to {} seconds for {} to stop; another Ctrl-C kills them",
             kStopDeadline / 1s, who);
  }
}

}  // namespace theater::cli
