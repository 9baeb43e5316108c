#include "open_answers.h"

#include "theater/base/check.h"
#include "theater/net/web_client.h"

#include <latch>
#include <memory>
#include <vector>

#include "../expect.h"
#include "../measure.h"
#include "slow_server.h"

namespace theater::bench {

namespace {

class CountingReceiver final : public WebReceiver {
 public:
  CountingReceiver(std::latch& has_data, std::latch& is_over)
      : has_data_(has_data), is_over_(is_over) {}
  void head(WebHead) override {}
  bool data(ByteView) override {
    has_data_.count_down();
    return true;
  }
  void over(std::optional<WebFailure> why) override {
    THEATER_CHECK(why && why->kind == WebFailure::Kind::kCancelled, "{}",
                  why ? why->text : "the answer is over");
    is_over_.count_down();
  }

 private:
  std::latch& has_data_;
  std::latch& is_over_;
};

}  // namespace

void measure_open_answers(size_t count) {
  SlowServer server;
  WebClient client;
  double before = threads();
  std::latch has_data(static_cast<std::ptrdiff_t>(count));
  std::latch is_over(static_cast<std::ptrdiff_t>(count));
  std::vector<WebClient::Id> ids;
  for (size_t i = 0; i < count; ++i) {
    WebRequest request;
    request.url = expect(parse_url(fmt::format("http://127.0.0.1:{}/", server.port)));
    request.pool = fmt::format("actor {}", i);
    request.allows_address = [](const Url&, const IpAddress&) { return true; };
    ids.push_back(
        client.start(std::move(request), std::make_shared<CountingReceiver>(has_data, is_over)));
  }
  has_data.wait();
  double open = threads();
  for (WebClient::Id id : ids)
    client.cancel(id);
  is_over.wait();
  print("http.out.streams", figure_of({static_cast<double>(count)}), "answers",
        fmt::format(R"(, "threads": {})", open - before));
}

}  // namespace theater::bench
