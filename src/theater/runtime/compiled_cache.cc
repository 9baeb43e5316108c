#include "theater/runtime/compiled_cache.h"

#include "theater/base/file.h"
#include "theater/base/file_handle.h"
#include "theater/base/log.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace theater {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPurpose = "theater compiled code";
constexpr size_t kEngineNameSize = 16;

// Marks the file as used now.
void touch(const fs::path& file) {
  (void)::utimensat(AT_FDCWD, file.c_str(), nullptr, 0);
}

}  // namespace

CompiledCache::CompiledCache(engine::Engine& engine, fs::path folder, const SigningKey& key,
                             uint64_t bytes_max)
    : engine_(engine),
      folder_(std::move(folder)),
      key_(hmac_sha256(key.seed(), as_bytes(kPurpose))),
      engine_name_(sha256(as_bytes(engine.identity())).to_string().substr(0, kEngineNameSize)),
      bytes_max_(bytes_max) {}

CompiledCache::Compiled CompiledCache::compile(ByteView source) {
  Bytes binary = THEATER_TRY(engine::binary_form(source));
  Hash digest = sha256(binary);
  std::promise<Compiled> promise;
  std::shared_ptr<const engine::Component> known;
  std::shared_future<Compiled> other = state_.with([&](State& state) {
    if (auto used = state.in_use.find(digest); used != state.in_use.end())
      known = used->second.lock();
    if (known) return std::shared_future<Compiled>();
    auto [entry, is_new] = state.in_progress.try_emplace(digest);
    if (!is_new) return entry->second;
    entry->second = promise.get_future().share();
    return std::shared_future<Compiled>();
  });
  if (known) return known;
  if (other.valid()) return other.get();
  Compiled compiled = load_or_compile(binary, digest);
  state_.with([&](State& state) {
    std::erase_if(state.in_use, [](const auto& entry) { return entry.second.expired(); });
    if (compiled) state.in_use[digest] = *compiled;
    state.in_progress.erase(digest);
  });
  promise.set_value(compiled);
  return compiled;
}

CompiledCache::Compiled CompiledCache::load_or_compile(ByteView binary, const Hash& digest) {
  fs::path file = folder_ / fmt::format("{}-{}", digest.to_string(), engine_name_);
  if (Compiled loaded = load(file, digest)) {
    state_.with([](State& state) { ++state.counts.loaded; });
    return loaded;
  }
  Compiled compiled = engine_.compile(binary);
  state_.with([](State& state) { ++state.counts.compiled; });
  if (compiled) keep(file, **compiled);
  return compiled;
}

CompiledCache::Compiled CompiledCache::load(const fs::path& file, const Hash& digest) {
  Bytes cached = THEATER_TRY(read_file(file));
  auto component = THEATER_TRY(engine_.load(cached, key_.view()));
  if (component->digest() != digest) {
    return fail(ErrorCode::kCorrupt, "{} has the code of another component", file.string());
  }
  touch(file);
  return component;
}

void CompiledCache::keep(const fs::path& file, const engine::Component& component) {
  if (bytes_max_ == 0) return;
  auto kept = [&]() -> Result<void> {
    Bytes code = THEATER_TRY(engine_.serialize(component, key_.view()));
    if (code.size() > bytes_max_) return {};
    THEATER_TRY_VOID(make_private_folder(folder_));
    make_room(code.size());
    return write_file(file, code, FileMode::kPrivate);
  }();
  if (kept) return;
  log_line(LogLevel::kWarn, {.actor = {}, .part = "cache"},
           "compiled code is not kept, so the next run compiles again: {}",
           kept.error().to_string());
}

CompiledCache::Counts CompiledCache::counts() const {
  return state_.with([](const State& state) { return state.counts; });
}

void CompiledCache::make_room(uint64_t bytes) {
  struct Entry {
    fs::file_time_type used;
    uint64_t size;
    fs::path path;
  };
  std::vector<Entry> entries;
  uint64_t all = bytes;
  std::error_code failed;
  for (fs::directory_iterator at(folder_, failed), end; !failed && at != end;
       at.increment(failed)) {
    std::error_code gone;
    Entry one{at->last_write_time(gone), 0, at->path()};
    if (!gone) one.size = at->file_size(gone);
    if (gone) continue;
    all += one.size;
    entries.push_back(std::move(one));
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (all <= bytes_max_) return;
    if (fs::remove(entry.path, failed)) all -= entry.size;
  }
}

}  // namespace theater
