#include "theater/handlers/timing/timing_handler.h"

#include "theater/handlers/timing/interval_holdings.h"
#include "theater/handlers/timing/timing_session.h"

#include <utility>

namespace theater {

namespace {

constexpr std::string_view kTiming = "theater:simple/timing";
constexpr std::string_view kIntervals = "theater:timers/intervals";

const ExportFunction& tick_function() {
  static const ExportFunction function = export_function<void(std::string, uint64_t)>(
      "theater:timers/interval-handlers", "handle-tick");
  return function;
}

std::vector<HostFunction> timing_functions() {
  using S = TimingSession;
  std::vector<HostFunction> all;
  all.push_back(read(kTiming, "now", [](S& session) { return session.now(); }));
  all.push_back(
      read(kTiming, "sleep",
           [](S& session, WaitReply reply, uint64_t duration) {
             session.sleep(duration, std::move(reply));
           })
          .params({"duration"})
          .unless([](S& session, uint64_t duration) { return session.refuses_sleep(duration); }));
  all.push_back(read(kTiming, "deadline",
                     [](S& session, WaitReply reply, uint64_t timestamp) {
                       session.deadline(timestamp, std::move(reply));
                     })
                    .params({"timestamp"})
                    .unless([](S& session, uint64_t timestamp) {
                      return session.refuses_deadline(timestamp);
                    }));
  all.push_back(internal(kIntervals, "start-interval",
                         [](S& session, std::string_view name, uint64_t every) {
                           return session.start_interval(name, every);
                         })
                    .params({"name", "every-ms"})
                    .unless([](S& session, std::string_view, uint64_t every) {
                      return session.refuses_interval(every);
                    })
                    .holding());
  all.push_back(
      internal(kIntervals, "stop-interval",
               [](S& session, std::string_view name) { return session.stop_interval(name); })
          .params({"name"})
          .unless([](S& session, std::string_view) { return session.refuses_intervals(); })
          .holding());
  return all;
}

}  // namespace

TimingHandler::TimingHandler()
    : Handler({.name = "timing",
               .host_functions = timing_functions(),
               .export_functions = {&tick_function(), 1},
               .handles_max = TimingSession::kIntervalsMax}) {}

Result<std::unique_ptr<Session>> TimingHandler::make_session(const SessionContext& context) const {
  return std::make_unique<TimingSession>(context, tick_function());
}

std::unique_ptr<Holdings> TimingHandler::make_holdings() const {
  return std::make_unique<IntervalHoldings>();
}

}  // namespace theater
