#include "theater/runtime/program_cache.h"

#include <algorithm>
#include <future>
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
  // A caller that blocks waits in the same list as all others.
  std::future<Made> other_made;
  enum class Next : uint8_t { kReturn, kMake, kBlock };
  Next next = Next::kReturn;
  Made result = Program();
  entries_.with([&](Entries& entries) {
    auto entry = entries.by_key.find(key);
    if (entry == entries.by_key.end()) {
      if (wait == ProgramWait::kNone) return;
      entries.by_key[key];
      next = Next::kMake;
    } else if (entry->second.program) {
      result = entry->second.program;
    } else if (wait == ProgramWait::kBlock) {
      auto promise = std::make_shared<std::promise<Made>>();
      other_made = promise->get_future();
      Result<void> waits = wait_for(entries, entry->second,
                                    [promise](const Made& made) { promise->set_value(made); });
      if (waits) {
        next = Next::kBlock;
      } else {
        result = Failure(std::move(waits).error());
      }
    }
  });
  if (next == Next::kReturn) return result;
  if (next == Next::kBlock) return other_made.get();
  result = make(key, read);
  auto waiting = entries_.with([&](Entries& entries) { return settle(entries, key, result); });
  for (const Waiting& then : waiting)
    then(result);
  return result;
}

std::vector<ProgramCache::Waiting> ProgramCache::settle(Entries& entries, const Key& key,
                                                        const Made& made) {
  auto entry = entries.by_key.find(key);
  auto waiting = std::exchange(entry->second.waiting, {});
  entries.waiting -= waiting.size();
  if (!made) {
    entries.by_key.erase(entry);
    return waiting;
  }
  entry->second.program = *made;
  entries.by_age.push_back(key);
  if (entries.by_age.size() > kProgramsMax) {
    entries.by_key.erase(entries.by_age.front());
    entries.by_age.pop_front();
  }
  return waiting;
}

Result<void> ProgramCache::wait_for(Entries& entries, Entry& entry, Waiting then) {
  if (entries.waiting >= kWaitingMax) {
    return fail(ErrorCode::kResourceExhausted,
                "{} spawns on this node wait for components that are being compiled; try later",
                kWaitingMax);
  }
  entry.waiting.push_back(std::move(then));
  ++entries.waiting;
  return {};
}

Result<bool> ProgramCache::when_made(const Key& key, std::function<void()> then) {
  return entries_.with([&](Entries& entries) -> Result<bool> {
    auto entry = entries.by_key.find(key);
    if (entry == entries.by_key.end() || entry->second.program) return false;
    auto told = [then = std::move(then)](const Made&) { then(); };
    THEATER_TRY_VOID(wait_for(entries, entry->second, std::move(told)));
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
