#include "curl_loop.h"

#include "theater/base/check.h"

#include <curl/curl.h>

#include <utility>
#include <vector>

namespace theater::bench {

namespace {

size_t drop(char*, size_t size, size_t count, void*) {
  return size * count;
}

}  // namespace

struct CurlLoop::State {
  std::string url;
  CURLM* multi = nullptr;
  std::vector<CURL*> handles;
};

CurlLoop::CurlLoop(std::string url, size_t handles) : state_(new State) {
  state_->url = std::move(url);
  state_->multi = curl_multi_init();
  curl_multi_setopt(state_->multi, CURLMOPT_MAXCONNECTS, static_cast<long>(handles));
  for (size_t i = 0; i < handles; ++i) {
    CURL* handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_URL, state_->url.c_str());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    state_->handles.push_back(handle);
  }
}

CurlLoop::~CurlLoop() {
  for (CURL* handle : state_->handles)
    curl_easy_cleanup(handle);
  curl_multi_cleanup(state_->multi);
  delete state_;
}

void CurlLoop::run(size_t each) {
  std::vector<size_t> left(state_->handles.size(), each);
  for (size_t i = 0; i < left.size(); ++i) {
    curl_easy_setopt(state_->handles[i], CURLOPT_PRIVATE, &left[i]);
    curl_multi_add_handle(state_->multi, state_->handles[i]);
  }
  size_t open = left.size();
  while (open > 0) {
    int running = 0;
    curl_multi_perform(state_->multi, &running);
    int messages = 0;
    while (CURLMsg* message = curl_multi_info_read(state_->multi, &messages)) {
      if (message->msg != CURLMSG_DONE) continue;
      THEATER_CHECK(message->data.result == CURLE_OK, "{}",
                    curl_easy_strerror(message->data.result));
      CURL* handle = message->easy_handle;
      size_t* mine = nullptr;
      curl_easy_getinfo(handle, CURLINFO_PRIVATE, &mine);
      curl_multi_remove_handle(state_->multi, handle);
      if (--*mine > 0) {
        curl_multi_add_handle(state_->multi, handle);
        running = 1;
      } else {
        --open;
      }
    }
    if (open > 0) curl_multi_poll(state_->multi, nullptr, 0, 1000, nullptr);
  }
}

}  // namespace theater::bench
