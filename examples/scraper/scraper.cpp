// A scraper: it fetches a page and those that it links to, and reports their titles and links.
//
// It does not choose its hosts. It asks for every link that it finds, and the node decides: a host
// that the operator's grant does not name is an error like any other, and in the report.
#include <theater/http_client.hpp>
#include <theater/message_server.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "page.h"

namespace scraper {

using theater::Reply;
using theater::Result;
namespace http = theater::http;

struct Scraper {
  uint64_t pages_max = 20;  // The most pages of one report.
  uint64_t fetched = 0;     // Over all reports.
  THEATER_FIELDS(pages_max, fetched)

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    if (!message.starts_with("report ")) return theater::fail("say `report ADDRESS`");
    return report(std::string(message.substr(7)));
  }

  // A line for each page, in the order in which their links were found.
  std::string report(std::string start) {
    std::string text;
    std::vector<std::string> pages{std::move(start)};
    for (size_t at = 0; at < pages.size() && at < pages_max; ++at) {
      const std::string page = pages[at];
      ++fetched;
      Result<http::Response> response = fetch(page);
      std::string_view html = response ? std::string_view(*response->body) : std::string_view();
      std::vector<std::string> links;
      for (const std::string& href : hrefs_of(html)) {
        auto address = resolve(page, href);
        if (!address) continue;
        links.push_back(*address);
        if (std::find(pages.begin(), pages.end(), *address) == pages.end())
          pages.push_back(*address);
      }
      text += (text.empty() ? "" : "\n") + page + "\n  ";
      text += response ? std::to_string(response->status) + " " + about(html, links.size())
                       : response.error();
    }
    if (pages.size() > pages_max)
      text += "\nnot fetched: " + std::to_string(pages.size() - pages_max) + " more";
    return text;
  }

  static Result<http::Response> fetch(const std::string& address) {
    http::Request request{.uri = address, .headers = {{"Accept", "text/html"}}};
    http::Response response = THEATER_TRY(theater::send_http(request));
    bool is_html =
        http::find_header(response.headers, "content-type").value_or("").starts_with("text/html");
    if (!is_html || !response.body) response.body = "";
    return response;
  }

  static std::string about(std::string_view html, size_t links) {
    std::string title = title_of(html);
    return (title.empty() ? "(no title)" : title) + ", " + std::to_string(links) +
           (links == 1 ? " link" : " links");
  }
};

}  // namespace scraper

THEATER_ACTOR(scraper::Scraper)
THEATER_MESSAGE_SERVER_CLIENT(scraper::Scraper)
