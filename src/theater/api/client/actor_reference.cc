#include "theater/api/client/actor_reference.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace theater::api {

namespace {

using views::Json;

constexpr size_t kIdDigitsMin = 4;
constexpr size_t kListedMax = 10;

// A word without its `@-N`, and that N.
struct WordParts {
  std::string name;
  size_t back = 0;
};

WordParts parse_word(std::string_view word) {
  size_t at = word.rfind("@-");
  if (at == std::string_view::npos || at == 0) return {std::string(word)};
  std::string_view digits = word.substr(at + 2);
  size_t back = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), back);
  bool is_number = error == std::errc() && end == digits.data() + digits.size();
  // A name may have an `@` of its own.
  if (digits.empty() || !is_number) return {std::string(word)};
  return {std::string(word.substr(0, at)), back};
}

bool may_begin_id(std::string_view word) {
  return word.size() >= kIdDigitsMin && std::all_of(word.begin(), word.end(), [](char c) {
           return std::isxdigit(static_cast<unsigned char>(c)) != 0;
         });
}

std::string text_of(const Json& actor, const char* member) {
  auto found = actor.find(member);
  return found != actor.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool has_ended(const Json& actor) {
  auto found = actor.find("ended");
  return found != actor.end() && found->is_boolean() && found->get<bool>();
}

Error several(std::string_view word, const std::vector<Json>& actors) {
  std::string text = fmt::format("`{}` may be any of {} actors:", word, actors.size());
  for (size_t i = 0; i < std::min(actors.size(), kListedMax); ++i) {
    const Json& actor = actors[i];
    text += fmt::format("\n  {}  {}  {} since {}", text_of(actor, "id"), text_of(actor, "name"),
                        text_of(actor, "state"), text_of(actor, "since"));
  }
  if (actors.size() > kListedMax) text += fmt::format("\n  … {} more", actors.size() - kListedMax);
  return Error(ErrorCode::kInvalidArgument, text)
      .with_hint("name the actor by its id, or by enough of its digits");
}

Error no_actor(std::string_view word, const ApiClient& client) {
  const ServerAddress& server = client.address();
  std::string place = server.home.empty() ? fmt::format("at {}", server.origin())
                                          : fmt::format("in the home {}", server.home.string());
  return Error(ErrorCode::kNotFound, fmt::format("the server {} has no actor `{}`", place, word))
      .with_hint("`theater list` lists the actors");
}

// The actors that `name` may mean: living ones first, then the newest first.
Result<std::vector<Json>> matches(ApiClient& client, const std::string& name) {
  auto page = client.get(fmt::format("/v1/actors?limit=1000&ref={}", query_value(name)));
  if (!page && page.error().code() == ErrorCode::kNotFound) return std::vector<Json>();
  if (!page) return Failure(std::move(page).error());
  std::vector<Json> found;
  auto actors = page->find("actors");
  if (actors == page->end() || !actors->is_array())
    return fail(ErrorCode::kCorrupt, "the server's answer has no list of actors");
  for (Json& actor : *actors) {
    THEATER_TRY(actor_id_of(actor));
    found.push_back(std::move(actor));
  }
  return found;
}

}  // namespace

Result<ActorId> actor_id_of(const Json& actor) {
  Result<ActorId> id = ActorId::parse(actor.is_object() ? text_of(actor, "id") : std::string());
  if (id) return id;
  return fail(ErrorCode::kCorrupt, "the server's answer has an actor without an id");
}

Result<Json> find_actor(ApiClient& client, std::string_view word, ActorUse use) {
  WordParts reference = parse_word(word);
  if (reference.name.empty())
    return fail(ErrorCode::kInvalidArgument, "an actor has a name or an id, and not an empty one");
  if (reference.back > 0 && use == ActorUse::kAct) {
    return Failure(Error(ErrorCode::kInvalidArgument,
                         fmt::format("`{}` may mean another actor at any time", word))
                       .with_hint("name the actor by its id"));
  }
  auto found = THEATER_TRY(matches(client, reference.name));
  if (found.empty()) return Failure(no_actor(word, client));

  bool is_digits = may_begin_id(reference.name);
  auto is_by_id = [&](const Json& actor) {
    return is_digits && text_of(actor, "id").starts_with(reference.name);
  };
  if (found.size() == 1 && reference.back == 0) return std::move(found.front());
  if (use == ActorUse::kAct) {
    std::vector<Json> living;
    for (const Json& actor : found) {
      if (!has_ended(actor)) living.push_back(actor);
    }
    // An actor that has ended may have had the digits as its name. Then a living one whose id begins
    // with them is another actor than the one that was meant.
    bool is_other = std::any_of(living.begin(), living.end(), is_by_id) &&
                    !std::all_of(found.begin(), found.end(), is_by_id);
    if (living.size() == 1 && !is_other) return std::move(living.front());
    return Failure(several(word, living.empty() || is_other ? found : living));
  }
  if (std::any_of(found.begin(), found.end(), is_by_id)) {
    // Digits name one actor, and no series of actors. A whole id comes alone.
    return Failure(several(word, found));
  }
  if (reference.back >= found.size()) {
    return Failure(
        Error(ErrorCode::kNotFound,
              fmt::format("there is no `{}`: the server knows {} of this name", word, found.size()))
            .with_hint("`theater list` lists the actors"));
  }
  return std::move(found[reference.back]);
}

}  // namespace theater::api
