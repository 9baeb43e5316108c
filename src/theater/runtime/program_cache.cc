#include "theater/runtime/program_cache.h"

#include <algorithm>

namespace theater {

Result<std::shared_ptr<const ReadyProgram>> ProgramCache::get(ByteView bytes,
                                                              std::vector<std::string> listed) {
  return find_or_make(sha256(bytes), std::move(listed),
                      [&](const std::vector<std::string>& sorted) { return make(bytes, sorted); });
}

Result<std::shared_ptr<const ReadyProgram>> ProgramCache::get(const Hash& digest, const Read& read,
                                                              std::vector<std::string> listed) {
  return find_or_make(digest, std::move(listed),
                      [&](const std::vector<std::string>& sorted) -> Made {
                        return make(THEATER_TRY(read()), sorted);
                      });
}

template <class Make>
ProgramCache::Made ProgramCache::find_or_make(const Hash& digest, std::vector<std::string> listed,
                                              const Make& make) {
  std::sort(listed.begin(), listed.end());
  Key key{digest, std::move(listed)};
  std::promise<Made> promise;
  std::shared_future<Made> found = entries_.with([&](Entries& entries) {
    auto [entry, is_new] = entries.by_key.try_emplace(key);
    if (!is_new) return entry->second;
    entry->second = promise.get_future().share();
    entries.by_age.push_back(key);
    if (entries.by_age.size() > kProgramsMax) {
      entries.by_key.erase(entries.by_age.front());
      entries.by_age.pop_front();
    }
    return std::shared_future<Made>();
  });
  if (found.valid()) return found.get();
  Made made = make(key.second);
  promise.set_value(made);
  if (!made) {
    entries_.with([&](Entries& entries) {
      entries.by_key.erase(key);
      std::erase(entries.by_age, key);
    });
  }
  return made;
}

ProgramCache::Made ProgramCache::make(ByteView bytes, const std::vector<std::string>& listed) {
  auto ready = std::make_shared<ReadyProgram>();
  ready->component = THEATER_TRY(loader_.load(bytes));
  ready->digest = ready->component->digest();
  ready->binding = THEATER_TRY(bind_component(ready->component->shape(), handlers_, listed));
  ready->program = THEATER_TRY(ready->component->link(ready->binding->engine_bindings));
  return std::shared_ptr<const ReadyProgram>(std::move(ready));
}

}  // namespace theater
