#include "open_answers.h"

#include "theater/base/check.h"
#include "theater/base/descriptor.h"
#include "theater/base/open_files.h"
#include "theater/net/web_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "../expect.h"
#include "../measure.h"

namespace theater::bench {

namespace {

// Sends each client a head and a piece, and waits until all have gone.
class SlowServer {
 public:
  SlowServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    THEATER_CHECK(::bind(socket_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) ==
                  0);
    socklen_t size = sizeof address;
    THEATER_CHECK(::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&address), &size) ==
                  0);
    port = ntohs(address.sin_port);
    THEATER_CHECK(::listen(socket_.number(), SOMAXCONN) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~SlowServer() {
    ::shutdown(socket_.number(), SHUT_RDWR);
    thread_.join();
  }

  uint16_t port = 0;

 private:
  void serve() {
    constexpr std::string_view kAnswer =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    std::vector<Descriptor> clients;
    while (true) {
      Descriptor client(::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC));
      if (client.number() < 0) return;
      // The request fits into one packet.
      char request[4096];
      if (::read(client.number(), request, sizeof request) <= 0) continue;
      THEATER_CHECK(::write(client.number(), kAnswer.data(), kAnswer.size()) ==
                    static_cast<ssize_t>(kAnswer.size()));
      clients.push_back(std::move(client));
    }
  }

  Descriptor socket_;
  std::thread thread_;
};

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

double threads() {
  double count = 0;
  for ([[maybe_unused]] const auto& thread :
       std::filesystem::directory_iterator("/proc/self/task")) {
    ++count;
  }
  return count;
}

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
