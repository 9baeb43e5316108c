#include "theater/replay/testing/recording.h"

#include "theater/log/event/for_each_payload.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace theater::replay::testing {

void ScriptedComponents::add_as(const Hash& digest, const ScriptedComponent& component) {
  components_.insert_or_assign(digest, component);
}

Result<Components::Loaded> ScriptedComponents::load(const Hash& digest) {
  auto found = components_.find(digest);
  if (found == components_.end()) return fail(ErrorCode::kNotFound, "no such component");
  Loaded loaded;
  loaded.digest = digest;
  ComponentShape shape = found->second.shape();
  loaded.imports.assign(shape.imports.begin(), shape.imports.end());
  std::vector<engine::HostBinding> bindings;
  for (const engine::FunctionDecl& import : shape.imports) {
    auto number = static_cast<uint32_t>(bindings.size());
    bindings.push_back({import.name, engine::HostMode::kImmediate, number});
  }
  loaded.program = found->second.link(bindings);
  return loaded;
}

Result<Bytes> ScriptedComponents::state(const Hash& digest) {
  auto found = states_.find(digest);
  if (found == states_.end()) return fail(ErrorCode::kNotFound, "no such state");
  return found->second;
}

StorySource::StorySource(const Story& story, std::vector<Bodies> bodies) {
  log::Chain chain;
  for (const log::Event& event : story) {
    log::EventRef ref = chain.append(event.body, event.time);
    log::SourcedEvent& sourced = events.emplace_back();
    sourced.bytes = to_bytes(chain.event(ref.seq.value));
    if (ref.seq.value < bodies.size()) sourced.bodies = std::move(bodies[ref.seq.value]);
  }
  head_ = chain.head();
}

Result<std::optional<log::SourcedEvent>> StorySource::next() {
  if (next_ == events.size()) return std::optional<log::SourcedEvent>();
  return std::optional(events[next_++]);
}

DetachedStory detached(Story story) {
  DetachedStory result;
  uint8_t salt = 0;
  for (log::Event& event : story) {
    StorySource::Bodies& bodies = result.bodies.emplace_back();
    log::for_each_payload(event.body, [&](log::Payload& payload) {
      log::StoredBody body;
      body.salt.fill(++salt);
      body.shared = std::make_shared<const Bytes>(to_bytes(log::inline_bytes(payload)->view()));
      payload = log::Detached{log::detached_hash(body.salt, body.bytes()), body.bytes().size()};
      bodies.push_back(std::move(body));
    });
  }
  result.story = std::move(story);
  return result;
}

Report replay_story(const Story& story, Components& components, const Options& options) {
  StorySource source(story);
  Result<Report> report = replay(source, components, options);
  EXPECT_TRUE(report) << report.error().to_string();
  return report ? *std::move(report) : Report();
}

std::vector<size_t> positions(const Story& story, std::string_view name) {
  std::vector<size_t> found;
  for (size_t i = 0; i < story.size(); ++i) {
    if (log::body_name(story[i].body) == name) found.push_back(i);
  }
  return found;
}

}  // namespace theater::replay::testing
