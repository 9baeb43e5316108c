#include "theater/handlers/http_framework/key_pair_files.h"

#include "theater/base/file.h"
#include "theater/base/log.h"
#include "theater/base/thread_name.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace theater {

KeyPairFiles::~KeyPairFiles() {
  state_.with([](State& state) { state.is_stopping = true; });
  state_.notify_all();
  thread_.with([](std::thread& thread) {
    if (thread.joinable()) thread.join();
  });
}

KeyPairFiles::Stamp KeyPairFiles::stamp_of(const TlsKeyPair& pair) {
  Stamp stamp;
  std::error_code failed;
  const std::filesystem::path* files[] = {&pair.certificate_chain, &pair.private_key};
  for (size_t at = 0; at < 2; ++at) {
    stamp.times[at] = std::filesystem::last_write_time(*files[at], failed);
    stamp.sizes[at] = std::filesystem::file_size(*files[at], failed);
  }
  return stamp;
}

Result<std::shared_ptr<TlsContext>> KeyPairFiles::read(const TlsKeyPair& pair) {
  auto made = [&]() -> Result<std::shared_ptr<TlsContext>> {
    TlsIdentity identity;
    identity.certificate_chain = THEATER_TRY(read_file(pair.certificate_chain));
    identity.private_key = THEATER_TRY(read_file(pair.private_key));
    std::unique_ptr<TlsContext> context = THEATER_TRY(TlsContext::for_server(identity));
    return std::shared_ptr<TlsContext>(std::move(context));
  }();
  if (made) return made;
  return Failure(std::move(made).error().with_context("the key pair " + pair.name));
}

Result<HttpServer::TlsSource> KeyPairFiles::open(std::string_view name) {
  auto found = std::find_if(pairs_.begin(), pairs_.end(),
                            [&](const TlsKeyPair& pair) { return pair.name == name; });
  if (found == pairs_.end()) {
    return fail(
        ErrorCode::kNotFound,
        "Certificate not found: {}: a table [[tls]] of the operator's policy must have this "
        "name",
        name);
  }
  std::shared_ptr<Open> open = state_.with([&](State& state) {
    auto there = state.open.find(name);
    return there == state.open.end() ? nullptr : there->second;
  });
  if (open == nullptr) {
    auto made = std::make_shared<Open>();
    made->pair = *found;
    made->stamp = stamp_of(*found);
    auto context = THEATER_TRY(read(*found));
    made->context.with([&](auto& current) { current = std::move(context); });
    open = state_.with([&](State& state) {
      return state.open.emplace(std::string(name), std::move(made)).first->second;
    });
    thread_.with([this](std::thread& thread) {
      if (!thread.joinable()) thread = std::thread([this] { work(); });
    });
  }
  return HttpServer::TlsSource(
      [open] { return open->context.with([](const auto& current) { return current; }); });
}

void KeyPairFiles::work() {
  name_this_thread("key pairs");
  for (;;) {
    std::vector<std::shared_ptr<Open>> all;
    bool is_stopping = state_.wait_for(
        kLookPeriod, [](const State& state) { return state.is_stopping; },
        [&](State& state) {
          for (const auto& [name, open] : state.open)
            all.push_back(open);
          return state.is_stopping;
        });
    if (is_stopping) return;
    for (const auto& open : all)
      look(*open);
  }
}

void KeyPairFiles::look(Open& open) {
  Stamp stamp = stamp_of(open.pair);
  if (stamp == open.stamp) return;
  open.stamp = stamp;
  auto context = read(open.pair);
  if (!context) {
    log_line(LogLevel::kWarn, {.actor = {}, .part = "http-framework"},
             "{}; connections get the keys from before", context.error().to_string());
    return;
  }
  open.context.with([&](auto& current) { current = *std::move(context); });
  log_line(LogLevel::kInfo, {.actor = {}, .part = "http-framework"},
           "the key pair {} was read again", open.pair.name);
}

}  // namespace theater
