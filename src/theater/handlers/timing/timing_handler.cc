#include "theater/handlers/timing/timing_handler.h"

#include "theater/handlers/timing/timing_session.h"

#include <utility>

namespace theater {

namespace {

constexpr std::string_view kTiming = "theater:simple/timing";

std::vector<HostFunction> functions() {
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
  return all;
}

}  // namespace

TimingHandler::TimingHandler() : imports_{std::string(kTiming)}, host_functions_(functions()) {}

Result<std::unique_ptr<Session>> TimingHandler::make_session(const SessionContext& context) const {
  return std::make_unique<TimingSession>(context);
}

}  // namespace theater
