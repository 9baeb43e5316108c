#include "theater/handlers/process/process_network.h"

#include "theater/wit/codec.h"
#include "theater/wit/codec_describe.h"

#include <fmt/format.h>

#include <utility>

namespace theater {

std::vector<std::string> proxy_variables(uint16_t port) {
  std::string web = fmt::format("http://127.0.0.1:{}", port);
  // The proxy looks names up, since the program cannot.
  std::string socks = fmt::format("socks5h://127.0.0.1:{}", port);
  return {"HTTP_PROXY=" + web,  "http_proxy=" + web,  "HTTPS_PROXY=" + web, "https_proxy=" + web,
          "ALL_PROXY=" + socks, "all_proxy=" + socks, "NO_PROXY=",          "no_proxy="};
}

std::optional<std::string> ProcessNetwork::refuses(std::string_view method, const Url& url) const {
  Refusal lacking = rules_.refuses(method, url);
  if (!lacking) return std::nullopt;
  return fmt::format("the actor of this program lacks the grant {}", *lacking);
}

template <class Record>
void ProcessNetwork::note(std::string_view what, const Record& record) const {
  auto notes = notes_.lock();
  if (notes == nullptr) return;
  notes->note({std::string(what), process_, log::inline_payload(wit::encode(record))}, {});
}

void ProcessNetwork::decided(const ProxiedConnection& connection,
                             const std::optional<std::string>& refusal) {
  if (connection.number > kNotedMax) {
    ++(refusal ? more_.refused : more_.allowed);
    return;
  }
  note(log::kConnection, log::Connection{connection.number, std::string(connection.method),
                                         connection.url.host, connection.url.port, refusal});
}

void ProcessNetwork::ended(const ProxiedEnd& end) {
  if (end.number > kNotedMax) {
    more_.sent += end.sent;
    more_.received += end.received;
    return;
  }
  note(log::kConnectionEnded, log::ConnectionEnded{end.number, end.sent, end.received, end.failed});
}

void ProcessNetwork::over() {
  if (more_ != log::MoreConnections()) note(log::kMoreConnections, more_);
}

}  // namespace theater
