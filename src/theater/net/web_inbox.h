// What other threads hand to the thread of a WebClient.
#pragma once

#include "theater/base/descriptor.h"
#include "theater/base/guarded.h"
#include "theater/net/name_lookups.h"
#include "theater/net/web_request.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace theater {

// Safe from any thread. What it holds is bounded by the requests that are under way, the refusals
// that WebClient::start() bounds, and the lookups that are under way: each of them is here at most
// once at a time.
class WebInbox {
 public:
  struct Start {
    WebRequestId id;
    std::shared_ptr<const WebRequest> request;  // Shared with the caller.
    std::shared_ptr<WebReceiver> receiver;
    std::chrono::steady_clock::time_point began;
  };
  struct Report {
    WebFailure failure;
    std::shared_ptr<WebReceiver> receiver;
    bool is_refusal = false;  // Holds one of `refusals`.
  };
  struct Found {
    std::string pool;
    std::string host;
    NameLookups::Answer answer;
  };
  struct Signals {
    bool cancels = false;
    bool resumes = false;
  };
  struct Content {
    std::vector<Start> starts;
    std::vector<Report> reports;
    std::vector<Found> found;
    std::unordered_map<uint64_t, Signals> signals;  // By the request's id.
    bool is_closed = false;
    bool is_ended = false;  // Nothing takes it any more.
  };

  WebInbox();

  // Changes the content and wakes the thread. After end() it changes nothing, so the caller's values
  // are dropped with the caller's copies of them.
  template <class Change>
  void put(Change change) {
    content_.with([&](Content& content) {
      if (!content.is_ended) change(content);
    });
    wake();
  }
  // The thread has ended: drops what it has not taken.
  void end();
  Content take();
  // Whether there is something to take.
  bool has_content() const { return is_signalled_.load(); }
  // A descriptor for an edge-triggered wait: it has an edge when there is something to take again.
  // Nothing needs to read it.
  int number() const { return event_.number(); }

  // Requests whose over() has not been called, and refusals that wait to be told.
  std::atomic<size_t> in_flight{0};
  std::atomic<size_t> refusals{0};

 private:
  void wake();

  const Descriptor event_;
  // Between a wake-up and the next take(), which needs no other wake-up.
  std::atomic<bool> is_signalled_{false};
  Guarded<Content> content_;
};

}  // namespace theater
