#include "theater/net/web_client.h"

#include "theater/base/check.h"
#include "theater/base/thread_name.h"
#include "theater/net/web_inbox.h"
#include "theater/net/web_loop.h"

#include <curl/curl.h>

#include <csignal>
#include <utility>

namespace theater {

namespace {

// Counts a place, unless all are taken.
bool take_place(std::atomic<size_t>& taken, size_t most) {
  if (taken.fetch_add(1) < most) return true;
  taken.fetch_sub(1);
  return false;
}

// OpenSSL may write to a connection that the server has closed.
void block_broken_pipes() {
  sigset_t broken;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken, nullptr);
}

}  // namespace

WebClient::WebClient(Options options)
    : options_(std::move(options)), inbox_(std::make_shared<WebInbox>()) {
  // Once for the program; later calls only count.
  CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
  THEATER_CHECK(begun == CURLE_OK, "libcurl does not begin: {}", curl_easy_strerror(begun));
  loop_ = std::make_unique<WebLoop>(
      options_.resolver,
      WebLoop::Bounds{options_.idle_pools_max, options_.idle_connections_max, options_.idle_time},
      inbox_);
  thread_ = std::thread([this] {
    name_this_thread("web-client");
    block_broken_pipes();
    loop_->run();
    // Its connections belong to this thread.
    loop_.reset();
  });
}

WebClient::~WebClient() {
  finish();
}

void WebClient::finish() {
  if (!thread_.joinable()) return;
  THEATER_CHECK(std::this_thread::get_id() != thread_.get_id(),
                "a web client cannot be destroyed by its own thread");
  inbox_->put([](WebInbox::Content& content) { content.is_closed = true; });
  thread_.join();
  inbox_->end();
}

WebClient::Id WebClient::start(WebRequest request, std::shared_ptr<WebReceiver> receiver) {
  return start(std::make_shared<const WebRequest>(std::move(request)), std::move(receiver));
}

WebClient::Id WebClient::start(std::shared_ptr<const WebRequest> request,
                               std::shared_ptr<WebReceiver> receiver) {
  auto began = std::chrono::steady_clock::now();
  Id id{ids_.fetch_add(1) + 1};
  if (take_place(inbox_->in_flight, options_.in_flight_max)) {
    inbox_->put([&](WebInbox::Content& content) {
      content.starts.push_back({id, std::move(request), std::move(receiver), began});
    });
    return id;
  }
  WebFailure failure{WebFailure::Kind::kNoRoom,
                     fmt::format("{}: {} requests are under way, and no more are at a time; try "
                                 "later",
                                 url_for_messages(request->url), options_.in_flight_max)};
  if (!take_place(inbox_->refusals, options_.in_flight_max)) {
    receiver->over(std::move(failure));
    return id;
  }
  inbox_->put([&](WebInbox::Content& content) {
    content.reports.push_back({std::move(failure), std::move(receiver), true});
  });
  return id;
}

void WebClient::cancel(Id id) {
  inbox_->put([&](WebInbox::Content& content) { content.signals[id.value].cancels = true; });
}

void WebClient::resume(Id id) {
  inbox_->put([&](WebInbox::Content& content) { content.signals[id.value].resumes = true; });
}

void WebClient::report(WebFailure failure, std::shared_ptr<WebReceiver> receiver) {
  inbox_->put([&](WebInbox::Content& content) {
    content.reports.push_back({std::move(failure), std::move(receiver)});
  });
}

}  // namespace theater
