#include "theater/actor/supervision/actor_state.h"

#include "theater/base/bytes.h"
#include "theater/base/file.h"
#include "theater/base/testing/source_tree.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace theater::actor_state_test {

using Table = std::map<std::string, std::map<std::string, std::string>>;

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> found;
  std::istringstream in(line);
  std::string cell;
  std::getline(in, cell, '|');
  while (std::getline(in, cell, '|')) {
    size_t begin = cell.find_first_not_of(' ');
    size_t end = cell.find_last_not_of(' ');
    found.push_back(begin == cell.npos ? "" : cell.substr(begin, end - begin + 1));
  }
  return found;
}

// By state and event, from the page.
Table documented() {
  Result<Bytes> page = read_file(source_path("docs/reference/actor-states.md"));
  EXPECT_TRUE(page);
  std::istringstream in{std::string(as_text(*page))};
  Table table;
  std::vector<std::string> events;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("| state \\ event |")) {
      events = cells(line);
    } else if (events.empty() || line.starts_with("|---")) {
      continue;
    } else if (line.empty()) {
      break;
    } else {
      std::vector<std::string> row = cells(line);
      for (size_t i = 1; i < row.size(); ++i)
        table[row[0]][events.at(i)] = row[i];
    }
  }
  return table;
}

std::string as_cell(const std::optional<Transition>& next) {
  if (!next) return "–";
  std::string cell(actor_state_name(next->to));
  if (next->result != ControlResult::kNone)
    cell += fmt::format(", {}", control_result_name(next->result));
  return cell;
}

TEST(Life, IsTheTableOfThePage) {
  Table table = documented();
  EXPECT_EQ(table.size(), kActorStates.size());
  for (ActorState state : kActorStates) {
    std::string name(actor_state_name(state));
    EXPECT_EQ(table[name].size(), kLifeEvents.size()) << name;
    for (LifeEvent event : kLifeEvents) {
      std::string what(life_event_name(event));
      EXPECT_EQ(as_cell(transition(state, event)), table[name][what]) << name << ", " << what;
    }
  }
}

TEST(Life, LeadsToStatesThatThereAre) {
  for (ActorState state : kActorStates) {
    for (LifeEvent event : kLifeEvents) {
      auto next = transition(state, event);
      if (!next) continue;
      EXPECT_NE(std::find(kActorStates.begin(), kActorStates.end(), next->to), kActorStates.end());
    }
  }
}

TEST(Life, NothingLeadsBackFromTheEnd) {
  for (LifeEvent event : kLifeEvents) {
    auto next = transition({Phase::kShuttingDown, Pending::kNothing}, event);
    EXPECT_TRUE(!next || next->to.phase == Phase::kShuttingDown) << life_event_name(event);
  }
}

// An actor can be ended from every state.
TEST(Life, EveryStateCanBeLeftForTheEnd) {
  for (ActorState state : kActorStates) {
    EXPECT_EQ(transition(state, LifeEvent::kTerminate)->to.phase, Phase::kShuttingDown);
    ActorState at = transition(state, LifeEvent::kShutdown)->to;
    if (at.phase == Phase::kStarting) at = transition(at, LifeEvent::kStarted)->to;
    if (at.phase == Phase::kProcessing) at = transition(at, LifeEvent::kCallEnded)->to;
    EXPECT_EQ(at.phase, Phase::kShuttingDown) << actor_state_name(state);
  }
}

}  // namespace theater::actor_state_test
