// What a scraper needs of a page: its title, and where its links lead.
//
// This reads HTML by its tags alone and builds no tree: enough for titles and links, and a page
// that is no HTML has neither.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scraper {

inline std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return lower;
}

// Text with single blanks where the page has any number of blanks and line ends, and with its
// character references, those of the five characters of markup, resolved.
inline std::string plain_text(std::string_view html) {
  constexpr std::pair<std::string_view, char> kReferences[] = {
      {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
  std::string text;
  for (size_t at = 0; at < html.size();) {
    std::string_view rest = html.substr(at);
    auto found = std::find_if(std::begin(kReferences), std::end(kReferences),
                              [&](const auto& one) { return rest.starts_with(one.first); });
    bool is_reference = found != std::end(kReferences);
    char c = is_reference ? found->second : rest.front();
    at += is_reference ? found->first.size() : 1;
    bool is_blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!is_blank)
      text += c;
    else if (!text.empty() && text.back() != ' ')
      text += ' ';
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

// The text of the first <title>; empty without one.
inline std::string title_of(std::string_view html) {
  std::string lower = lowered(html);
  size_t tag = lower.find("<title");
  size_t begin = lower.find('>', tag);
  size_t end = lower.find("</title", begin);
  if (tag == lower.npos || begin == lower.npos || end == lower.npos) return "";
  return plain_text(html.substr(begin + 1, end - begin - 1));
}

// The value of `href` in the text of a tag, quoted or not; none without one.
inline std::optional<std::string> href_of(std::string_view tag) {
  std::string lower = lowered(tag);
  size_t at = lower.find(" href=");
  if (at == lower.npos) return std::nullopt;
  std::string_view value = tag.substr(at + 6);
  bool is_quoted = value.starts_with('"') || value.starts_with('\'');
  if (!is_quoted) return plain_text(value.substr(0, value.find_first_of(" \t\r\n")));
  return plain_text(value.substr(1, value.find(value.front(), 1) - 1));
}

// The values of `href` of all <a> tags, in the order of the page.
inline std::vector<std::string> hrefs_of(std::string_view html) {
  std::vector<std::string> hrefs;
  std::string lower = lowered(html);
  for (size_t at = 0; at = lower.find("<a", at), at != lower.npos;) {
    size_t end = std::min(lower.find('>', at), lower.size());
    std::string tag(html.substr(at + 2, end - at - 2));
    at = end;
    // Any blank separates attributes; other tags begin with `<a` too.
    for (char& c : tag)
      if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    if (!tag.starts_with(' ')) continue;
    if (auto href = href_of(tag)) hrefs.push_back(*std::move(href));
  }
  return hrefs;
}

// A path without segments `.` and `..`.
inline std::string without_dots(std::string_view path) {
  std::vector<std::string_view> segments;
  std::string_view last;
  for (size_t at = 0; at < path.size();) {
    size_t end = std::min(path.find('/', at + 1), path.size());
    last = path.substr(at, end - at);
    if (last == "/..") {
      if (!segments.empty()) segments.pop_back();
    } else if (last != "/.") {
      segments.push_back(last);
    }
    at = end;
  }
  std::string text;
  for (std::string_view segment : segments)
    text += segment;
  bool ends_in_dots = last == "/." || last == "/..";
  return ends_in_dots || text.empty() ? text + "/" : text;
}

// The address that a link of the page at `base` leads to, without its fragment; none if that is no
// address of the web.
inline std::optional<std::string> resolve(std::string_view base, std::string_view link) {
  link = link.substr(0, link.find('#'));
  size_t scheme_end = base.find("://");
  if (link.empty() || scheme_end == base.npos) return std::nullopt;
  if (link.starts_with("http://") || link.starts_with("https://")) return std::string(link);
  if (link.starts_with("//"))
    return std::string(base.substr(0, scheme_end + 1)) + std::string(link);
  // A colon before any slash ends a scheme, such as that of mailto:.
  if (link.find(':') < link.find_first_of("/?")) return std::nullopt;
  size_t path_begin = std::min(base.find_first_of("/?#", scheme_end + 3), base.size());
  std::string origin(base.substr(0, path_begin));
  std::string_view path = base.substr(path_begin);
  path = path.substr(0, path.find_first_of("?#"));
  std::string_view asked = link.substr(0, link.find('?'));
  std::string query(link.substr(asked.size()));
  if (asked.empty()) return origin + std::string(path) + query;
  if (asked.starts_with('/')) return origin + without_dots(asked) + query;
  std::string folder(path.substr(0, path.rfind('/') + 1));
  if (folder.empty()) folder = "/";
  return origin + without_dots(folder + std::string(asked)) + query;
}

}  // namespace scraper
