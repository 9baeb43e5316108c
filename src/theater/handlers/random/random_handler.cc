#include "theater/handlers/random/random_handler.h"

#include "theater/base/chacha20_random.h"
#include "theater/handlers/random/random_session.h"

#include <utility>

namespace theater {

namespace {

constexpr std::string_view kRandom = "theater:simple/random";

std::vector<HostFunction> random_functions() {
  using S = RandomSession;
  std::vector<HostFunction> all;
  all.push_back(
      read(kRandom, "random-bytes",
           [](S& session, uint32_t length) { return session.bytes(length); })
          .params({"length"})
          .unless([](S& session, uint32_t length) { return session.refuses_bytes(length); }));
  all.push_back(read(kRandom, "random-range",
                     [](S& session, uint64_t min, uint64_t max) { return session.range(min, max); })
                    .params({"min", "max"})
                    .unless([](S& session, uint64_t, uint64_t) { return session.refusal(); }));
  all.push_back(read(kRandom, "random-float", [](S& session) {
                  return session.number();
                }).unless([](S& session) { return session.refusal(); }));
  all.push_back(read(kRandom, "generate-uuid", [](S& session) {
                  return session.uuid();
                }).unless([](S& session) { return session.refusal(); }));
  return all;
}

// What README.md says of `seed` and of `crypto-secure`; a manifest cannot ask for both.
std::unique_ptr<Random> generator_for(const SessionContext& context) {
  const HandlerEntry* entry = context.manifest.handler(Capability::kRandom);
  if (entry != nullptr && entry->random_seed) return ChaCha20Random::from_seed(*entry->random_seed);
  auto system = std::make_unique<OsRandom>();
  if (context.permissions.random && context.permissions.random->crypto_secure) return system;
  return ChaCha20Random::keyed_by(*system);
}

}  // namespace

RandomHandler::RandomHandler()
    : Handler({.name = "random", .host_functions = random_functions()}) {}

Result<std::unique_ptr<Session>> RandomHandler::make_session(const SessionContext& context) const {
  return std::make_unique<RandomSession>(context, generator_for(context));
}

}  // namespace theater
