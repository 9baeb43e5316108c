// For this module's tests: actors that a harness has recorded, records that a test changes and
// links again, and the components for their replay.
#pragma once

#include "theater/actor/testing/actor_harness.h"
#include "theater/log/reader/chain_source.h"
#include "theater/replay/replay.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace theater::replay::testing {

using theater::testing::ActorHarness;
using theater::testing::ScriptedComponent;
using theater::testing::Story;

// Hands out scripted components, and states, by digest.
class ScriptedComponents final : public Components {
 public:
  // `add_as` adds a component under the digest of another.
  void add(const ScriptedComponent& component) { add_as(component.digest(), component); }
  void add_as(const Hash& digest, const ScriptedComponent& component);
  void keep(const Bytes& state) { states_[sha256(state)] = state; }

  Result<Loaded> load(const Hash& digest) override;
  Result<Bytes> state(const Hash& digest) override;
  const std::string& engine() const override { return engine_value; }

  std::string engine_value = "scripted";

 private:
  std::map<Hash, ScriptedComponent> components_;
  std::map<Hash, Bytes> states_;
};

// A story with the bodies of its detached payloads, as a source for a replay.
class StorySource final : public log::ChainSource {
 public:
  using Bodies = std::vector<std::optional<log::StoredBody>>;

  // Links the events again, in this order.
  explicit StorySource(const Story& story, std::vector<Bodies> bodies = {});
  Result<std::optional<log::SourcedEvent>> next() override;

  // A test changes these before the first next().
  std::vector<log::SourcedEvent> events;
  const Hash& head() const { return head_; }

 private:
  Hash head_;
  size_t next_ = 0;
};

// A story with every payload detached, and the bodies of the payloads.
struct DetachedStory {
  Story story;
  std::vector<StorySource::Bodies> bodies;
};
DetachedStory detached(Story story);

// Replays the story. The test fails if the record is no chain.
Report replay_story(const Story& story, Components& components, const Options& options = {});

// The positions of the bodies of this name.
std::vector<size_t> positions(const Story& story, std::string_view name);

}  // namespace theater::replay::testing
