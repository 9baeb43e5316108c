#include "theater/net/name_lookup.h"

#include "theater/base/guarded.h"
#include "theater/base/thread_name.h"

#include <netdb.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace theater {

namespace {

// Of the process, as the threads are that it counts: they belong to nobody once nobody waits.
std::atomic<int> lookups_under_way{0};

// Counts one lookup for as long as it lives; false if there are too many.
class LookupPlace {
 public:
  LookupPlace() : taken_(lookups_under_way.fetch_add(1) < kLookupsMax) {}
  ~LookupPlace() { lookups_under_way.fetch_sub(1); }
  LookupPlace(const LookupPlace&) = delete;
  LookupPlace& operator=(const LookupPlace&) = delete;

  explicit operator bool() const { return taken_; }

 private:
  bool taken_;
};

using Answer = Result<std::vector<IpAddress>>;
// Shared by the thread and whoever waits: either may be last.
using Pending = Guarded<std::optional<Answer>>;

Result<void> start(const std::string& host, const Resolver& resolver,
                   const std::shared_ptr<Pending>& pending) {
  auto place = std::make_shared<LookupPlace>();
  if (!*place) {
    return fail(ErrorCode::kResourceExhausted,
                "{} names are being looked up already, and no more are at a time: try later",
                kLookupsMax);
  }
  try {
    std::thread([host, resolver, pending, place] {
      name_this_thread("lookup");
      Answer answer = resolver(host);
      pending->with([&](std::optional<Answer>& slot) { slot = std::move(answer); });
      pending->notify_all();
    }).detach();
  } catch (const std::system_error& error) {
    return fail(ErrorCode::kResourceExhausted, "there is no thread to look up `{}` with: {}", host,
                error.what());
  }
  return {};
}

}  // namespace

Result<std::vector<IpAddress>> resolve_by_system(const std::string& name) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int error = ::getaddrinfo(name.c_str(), nullptr, &wanted, &found);
  if (error == EAI_NONAME || error == EAI_NODATA) {
    return fail(ErrorCode::kNotFound, "there is no host `{}`", name);
  }
  if (error != 0) {
    return fail(ErrorCode::kUnavailable, "looking up the host `{}` failed: {}", name,
                ::gai_strerror(error));
  }
  std::vector<IpAddress> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    auto address = ip_address_of(one->ai_addr);
    bool is_new =
        address && std::find(addresses.begin(), addresses.end(), *address) == addresses.end();
    if (is_new) addresses.push_back(*address);
  }
  ::freeaddrinfo(found);
  return addresses;
}

Result<std::vector<IpAddress>> look_up(const std::string& host, const Resolver& resolver,
                                       std::chrono::steady_clock::time_point end,
                                       const std::stop_token& stop) {
  if (auto address = IpAddress::parse(host)) return std::vector<IpAddress>{*address};
  auto pending = std::make_shared<Pending>();
  THEATER_TRY_VOID(start(host, resolver, pending));
  // The lock is taken for nothing but that the wait below either sees the stop or is woken by it.
  std::stop_callback wake(stop, [&] {
    pending->with([](const auto&) {});
    pending->notify_all();
  });
  auto left = std::max(end - std::chrono::steady_clock::now(), std::chrono::nanoseconds(0));
  std::optional<Answer> answer = pending->wait_for(
      left,
      [&](const std::optional<Answer>& slot) { return slot.has_value() || stop.stop_requested(); },
      [](std::optional<Answer>& slot) { return std::exchange(slot, std::nullopt); });
  if (answer) return *std::move(answer);
  if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "it is not wanted any more");
  return fail(ErrorCode::kDeadlineExceeded, "looking up the host `{}` took too long", host);
}

}  // namespace theater
