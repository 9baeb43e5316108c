// A notebook whose pages are in a store: every version of a page stays, and one is the current.
#include <theater/message_server.hpp>
#include <theater/store.hpp>

#include <string>
#include <string_view>
#include <utility>

using theater::ContentRef;
using theater::Reply;
using theater::Result;
using theater::Status;
using theater::Store;

struct Notebook {
  std::string store;
  THEATER_FIELDS(store)

  // People can read this state in the chain.
  using Codec = theater::JsonCodec;

  // A state that names a shared store makes it a notebook of many.
  Status init(std::string_view) {
    if (store.empty()) store = THEATER_TRY(Store::create()).id();
    theater::log("the pages are in store " + store);
    return {};
  }

  Result<Reply> handle_request(std::string_view, std::string_view message) {
    auto [command, rest] = split(message);
    auto [page, text] = split(rest);
    if (command == "write") return write(page, text);
    if (command == "read") return read(page);
    if (command == "show") return Store(store).get({std::string(page)});
    if (command == "go-back") return go_back(page, text);
    if (command == "tear-out") return tear_out(page);
    if (command == "pages") return pages();
    if (command == "size") return std::to_string(THEATER_TRY(Store(store).total_size()));
    return theater::fail("unknown request: " + std::string(message));
  }

  // Answers with the version, to be shown or gone back to.
  Result<Reply> write(std::string_view page, std::string_view text) const {
    return THEATER_TRY(Store(store).put_at(label(page), text)).hash;
  }

  Result<Reply> read(std::string_view page) const {
    auto current = THEATER_TRY(Store(store).find(label(page)));
    if (!current) return theater::fail("no page " + std::string(page));
    return Store(store).get(*current);
  }

  Result<Reply> go_back(std::string_view page, std::string_view version) const {
    THEATER_TRY(Store(store).label(label(page), ContentRef{std::string(version)}));
    return read(page);
  }

  Result<Reply> tear_out(std::string_view page) const {
    THEATER_TRY(Store(store).remove_label(label(page)));
    return "gone from the pages; its versions stay";
  }

  Result<Reply> pages() const {
    std::string list;
    for (const std::string& name : THEATER_TRY(Store(store).labels()))
      list += (list.empty() ? "" : ", ") + name.substr(kPages.size());
    return list;
  }

 private:
  static constexpr std::string_view kPages = "pages/";

  static std::string label(std::string_view page) {
    return std::string(kPages) + std::string(page);
  }

  static std::pair<std::string_view, std::string_view> split(std::string_view text) {
    size_t space = text.find(' ');
    if (space == text.npos) return {text, {}};
    return {text.substr(0, space), text.substr(space + 1)};
  }
};

THEATER_ACTOR(Notebook)
THEATER_MESSAGE_SERVER_CLIENT(Notebook)
