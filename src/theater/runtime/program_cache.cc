#include "theater/runtime/program_cache.h"

#include <algorithm>
#include <utility>

namespace theater {

ProgramCache::Key ProgramCache::key(ByteView bytes, std::vector<std::string> listed) {
  return key(sha256(bytes), std::move(listed));
}

ProgramCache::Key ProgramCache::key(const Hash& digest, std::vector<std::string> listed) {
  std::sort(listed.begin(), listed.end());
  return {digest, std::move(listed)};
}

Result<ProgramCache::Program> ProgramCache::get(const Key& key, const Read& read,
                                                ProgramWait wait) {
  std::promise<Made> promise;
  std::shared_future<Made> found;
  bool is_ours = entries_.with([&](Entries& entries) {
    auto entry = entries.by_key.find(key);
    if (entry != entries.by_key.end()) {
      if (entry->second.is_ready || wait == ProgramWait::kBlock) found = entry->second.made;
      return false;
    }
    if (wait == ProgramWait::kNone) return false;
    entries.by_key[key].made = promise.get_future().share();
    return true;
  });
  if (found.valid()) return found.get();
  if (!is_ours) return Program();
  Made made = make(key, read);
  promise.set_value(made);
  auto waiting =
      entries_.with([&](Entries& entries) { return settle(entries, key, made.has_value()); });
  for (const auto& then : waiting)
    then();
  return made;
}

std::vector<std::function<void()>> ProgramCache::settle(Entries& entries, const Key& key,
                                                        bool is_made) {
  auto entry = entries.by_key.find(key);
  auto waiting = std::exchange(entry->second.waiting, {});
  entries.waiting -= waiting.size();
  if (!is_made) {
    entries.by_key.erase(entry);
    return waiting;
  }
  entry->second.is_ready = true;
  entries.by_age.push_back(key);
  if (entries.by_age.size() > kProgramsMax) {
    entries.by_key.erase(entries.by_age.front());
    entries.by_age.pop_front();
  }
  return waiting;
}

Result<bool> ProgramCache::when_made(const Key& key, std::function<void()> then) {
  return entries_.with([&](Entries& entries) -> Result<bool> {
    auto entry = entries.by_key.find(key);
    if (entry == entries.by_key.end() || entry->second.is_ready) return false;
    if (entries.waiting >= kWaitingMax) {
      return fail(ErrorCode::kResourceExhausted,
                  "{} spawns on this node wait for components that are being compiled; try later",
                  kWaitingMax);
    }
    entry->second.waiting.push_back(std::move(then));
    ++entries.waiting;
    return true;
  });
}

ProgramCache::Made ProgramCache::make(const Key& key, const Read& read) {
  Bytes bytes = THEATER_TRY(read());
  auto ready = std::make_shared<ReadyProgram>();
  ready->component = THEATER_TRY(loader_.load(bytes));
  ready->digest = ready->component->digest();
  ready->binding = THEATER_TRY(bind_component(ready->component->shape(), handlers_, key.listed));
  ready->program = THEATER_TRY(ready->component->link(ready->binding->engine_bindings));
  return Program(std::move(ready));
}

}  // namespace theater
