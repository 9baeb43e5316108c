#include "theater/runtime/initial_state.h"

#include "theater/runtime/json_object.h"

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

namespace theater {

namespace {

// A value of a state; its members are found when one is first asked for.
class ContextValue {
 public:
  explicit ContextValue(std::string_view text) : text_(text) {}

  std::string_view text() const { return text_; }

  // Null if there is no such member.
  ContextValue* member(const std::string& key) {
    if (!members_) {
      members_ = std::make_unique<Members>();
      for (JsonMember& member : json_members(text_).value_or(std::vector<JsonMember>{})) {
        members_->try_emplace(std::move(member.key), member.value);
      }
    }
    auto found = members_->find(key);
    return found == members_->end() ? nullptr : &found->second;
  }

 private:
  using Members = std::unordered_map<std::string, ContextValue>;

  std::string_view text_;
  std::unique_ptr<Members> members_;
};

// The context of one manifest's placeholders.
class Context {
 public:
  explicit Context(ByteView state) : root_(as_text(state)) {}

  std::optional<std::string> look_up(std::string_view path) {
    ContextValue* at = &root_;
    for (size_t depth = 0; at != nullptr && !path.empty(); ++depth) {
      if (depth == kContextDepthMax) return std::nullopt;
      std::string key(path.substr(0, path.find('.')));
      path.remove_prefix(std::min(path.size(), key.size() + 1));
      at = at->member(key);
    }
    if (at == nullptr || exhausted_) return std::nullopt;
    std::optional<std::string> text = json_as_text(at->text());
    if (text) spent_ += text->size();
    exhausted_ = spent_ > kContextTextSizeMax;
    return text;
  }

  // Whether more was asked for than kContextTextSizeMax.
  bool exhausted() const { return exhausted_; }

 private:
  ContextValue root_;
  size_t spent_ = 0;
  bool exhausted_ = false;
};

Result<void> check_size(ByteView state, size_t size_max, std::string_view bound) {
  if (state.size() <= size_max) return {};
  return fail(ErrorCode::kResourceExhausted,
              "the initial state has {} bytes; {} {}: start from less, and let the actor read the "
              "rest where it is",
              state.size(), bound, size_max);
}

Result<std::optional<Bytes>> read_init_state(const ManifestSource& source,
                                             const StateReader& read) {
  auto text = THEATER_TRY(peek_init_state(source.text, source.name));
  if (!text) return std::optional<Bytes>();
  std::string what = fmt::format("{}: init_state = \"{}\"", source.name, *text);
  if (text->empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "{}: write the path of a file, relative to the manifest, or leave the key out",
                what);
  }
  Reference reference = THEATER_TRY_CONTEXT(parse_reference(*text, source.place), "{}", what);
  Bytes state = THEATER_TRY_CONTEXT(read(reference), "{}", what);
  THEATER_TRY_VOID(check_size(state, kInitialStateSizeMax, "there may be"));
  return std::optional<Bytes>(std::move(state));
}

}  // namespace

Result<ActorStart> resolve_start(const ManifestSource& source, std::optional<Bytes> given,
                                 const StateReader& read, GivenState how) {
  if (given) THEATER_TRY_VOID(check_size(*given, kInitialStateSizeMax, "there may be"));
  std::optional<Bytes> state = THEATER_TRY(read_init_state(source, read));
  bool is_merged = how == GivenState::kMerged;
  if (is_merged && state && given) {
    state = merge_states(*std::move(state), *std::move(given));
  } else if (is_merged && given) {
    state = std::move(given);
  }
  ActorStart start{THEATER_TRY(resolve_manifest(source, state)), std::move(state)};
  if (!is_merged) {
    start.context = std::move(start.state);
    start.state = std::move(given);
  }
  if (start.state) {
    THEATER_TRY_VOID(check_size(*start.state, start.manifest.limits.payload_bytes / 2,
                                "half of its manifest's limits.payload_bytes is"));
  }
  return start;
}

Result<Manifest> resolve_manifest(const ManifestSource& source, const std::optional<Bytes>& state) {
  Context context(state ? ByteView(*state) : ByteView());
  Result<Manifest> manifest =
      parse_manifest(source.text, source.name, source.place,
                     [&](std::string_view path) { return context.look_up(path); });
  if (context.exhausted()) {
    return fail(ErrorCode::kResourceExhausted,
                "{}: its placeholders stand for more than {} bytes of the initial state; let the "
                "actor take them from its state",
                source.name, kContextTextSizeMax);
  }
  return manifest;
}

Bytes merge_states(Bytes base, Bytes given) {
  auto members = json_members(as_text(base));
  auto more = members ? json_members(as_text(given)) : std::nullopt;
  if (!more) return given;
  std::unordered_map<std::string_view, size_t> places;
  for (size_t i = 0; i < members->size(); ++i)
    places.emplace((*members)[i].key, i);
  for (const JsonMember& member : *more) {
    if (auto place = places.find(member.key); place != places.end()) {
      (*members)[place->second].value = member.value;
    }
  }
  std::string merged = "{";
  auto put = [&](const JsonMember& member) {
    if (merged.size() > 1) merged += ',';
    merged += member.name;
    merged += ':';
    append_compact(merged, member.value);
  };
  for (const JsonMember& member : *members)
    put(member);
  for (const JsonMember& member : *more) {
    if (!places.contains(member.key)) put(member);
  }
  merged += '}';
  return to_bytes(merged);
}

}  // namespace theater
