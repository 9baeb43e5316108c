#include "theater/cli/run_plan.h"

#include "theater/base/file.h"
#include "theater/base/nearest.h"
#include "theater/cli/target.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string compact(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// An actor while its parts are being put together.
struct Draft {
  std::string name;
  ActorId id;
  std::filesystem::path path;
  std::string text;  // Of the manifest.
  std::string init;  // JSON of --init; empty if there is none.
};

PlanFailure wrong_use(std::string what, std::string hint = {}) {
  return {Exit::kWrongUse,
          Error(ErrorCode::kInvalidArgument, std::move(what)).with_hint(std::move(hint))};
}

PlanFailure failed(Error error) {
  return {Exit::kFailed, std::move(error)};
}

Result<Json> read_json(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    std::string_view what = error.what();
    // After the library's own prefix, "[json.exception.parse_error.101] ".
    size_t end = what.find("] ");
    if (end != what.npos) what.remove_prefix(end + 2);
    return fail(ErrorCode::kInvalidArgument, "this is no JSON: {}", what);
  }
}

// The value at a dotted path of an initial state, as the text that stands in a manifest for it.
ContextLookup context_of(const std::optional<Json>& state) {
  if (!state) return {};
  return [&state](std::string_view path) -> std::optional<std::string> {
    const Json* at = &*state;
    while (!path.empty()) {
      std::string key(path.substr(0, path.find('.')));
      path.remove_prefix(std::min(path.size(), key.size() + 1));
      if (!at->is_object() || !at->contains(key)) return std::nullopt;
      at = &(*at)[key];
    }
    if (at->is_null()) return std::nullopt;
    if (at->is_string()) return at->get<std::string>();
    return compact(*at);
  };
}

class Planner {
 public:
  Planner(const RunCommand& command, Random& random) : command_(command), random_(random) {}

  tl::expected<RunPlan, PlanFailure> run() {
    if (auto problem = draft_actors()) return tl::unexpected(*std::move(problem));
    if (auto problem = place_inits()) return tl::unexpected(*std::move(problem));
    if (auto problem = place_messages()) return tl::unexpected(*std::move(problem));
    for (const Draft& draft : drafts_) {
      Result<PlannedActor> actor = finish(draft);
      if (!actor) {
        return tl::unexpected(failed(std::move(actor).error()));
      }
      plan_.actors.push_back(*std::move(actor));
    }
    return std::move(plan_);
  }

 private:
  using Problem = std::optional<PlanFailure>;

  Problem draft_actors() {
    for (const ManifestArgument& argument : command_.manifests) {
      Result<Draft> draft = read_draft(argument);
      if (!draft) return failed(std::move(draft).error());
      if (find(draft->name)) {
        return wrong_use(fmt::format("two actors are called `{}`", draft->name),
                         fmt::format("give one of them a name: other={}", argument.path.string()));
      }
      drafts_.push_back(*std::move(draft));
    }
    return std::nullopt;
  }

  Result<Draft> read_draft(const ManifestArgument& argument) {
    Draft draft;
    draft.path = THEATER_TRY(manifest_path(argument.path));
    draft.text = THEATER_TRY(read_text_file(draft.path));
    draft.name = argument.name;
    // The name is needed before the initial state, which is what fills the placeholders in.
    if (draft.name.empty()) {
      draft.name = THEATER_TRY(parse_manifest(draft.text, draft.path.string(),
                                              folder_of(draft.path), keep_placeholder))
                       .name;
    }
    draft.id = ActorId::generate(random_);
    return draft;
  }

  std::optional<size_t> find(std::string_view name) const {
    for (size_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].name == name) return i;
    }
    return std::nullopt;
  }

  // Splits `NAME:rest`; what is before the first colon counts only if it is an actor's name.
  std::pair<size_t, std::string_view> addressed(std::string_view word) const {
    size_t colon = word.find(':');
    if (colon != word.npos) {
      if (auto actor = find(word.substr(0, colon))) return {*actor, word.substr(colon + 1)};
    }
    return {0, word};
  }

  static Result<std::string> text_or_file(std::string_view word) {
    if (!word.starts_with('@')) return std::string(word);
    Bytes bytes = THEATER_TRY(read_file(std::filesystem::path(word.substr(1))));
    return std::string(as_text(bytes));
  }

  Problem place_inits() {
    for (const std::string& word : command_.inits) {
      auto [actor, rest] = addressed(word);
      Draft& draft = drafts_[actor];
      Result<std::string> text = text_or_file(rest);
      if (!text) return failed(std::move(text).error().with_context("--init"));
      if (auto problem = fill_in_ids(*text)) return problem;
      if (auto json = read_json(*text); !json) {
        return PlanFailure{Exit::kWrongUse,
                           std::move(json)
                               .error()
                               .with_context(fmt::format("--init for `{}`", draft.name))
                               .with_hint("a text needs quotes of its own: "
                                          "--init '\"text\"'")};
      }
      if (!draft.init.empty()) {
        return wrong_use(fmt::format("`{}` has two --init", draft.name),
                         "an initial state for another actor is written NAME:JSON");
      }
      draft.init = *std::move(text);
    }
    return std::nullopt;
  }

  // Puts ids in for {{actor.NAME}}.
  Problem fill_in_ids(std::string& text) const {
    constexpr std::string_view kOpen = "{{actor.";
    for (size_t at = text.find(kOpen); at != text.npos; at = text.find(kOpen, at)) {
      size_t end = text.find("}}", at);
      if (end == text.npos) {
        return wrong_use(fmt::format("--init: `{}` has no `}}}}`", text.substr(at, 40)));
      }
      std::string name = text.substr(at + kOpen.size(), end - at - kOpen.size());
      auto actor = find(name);
      if (!actor) {
        std::vector<std::string> known;
        for (const Draft& draft : drafts_)
          known.push_back(draft.name);
        auto near = nearest(name, known);
        return wrong_use(
            fmt::format("--init: no actor `{}`; there are {}", name, fmt::join(known, ", ")),
            near ? fmt::format("did you mean {{{{actor.{}}}}}?", *near) : "");
      }
      std::string id = drafts_[*actor].id.to_string();
      text.replace(at, end + 2 - at, id);
      at += id.size();
    }
    return std::nullopt;
  }

  Problem place_messages() {
    for (const MessageArgument& argument : command_.messages) {
      auto [actor, rest] = addressed(argument.text);
      Result<std::string> text = text_or_file(rest);
      if (!text) {
        return failed(std::move(text).error().with_context(
            argument.kind == MessageKind::kSend ? "--send" : "--request"));
      }
      plan_.messages.push_back({argument.kind, actor, to_bytes(*text)});
    }
    return std::nullopt;
  }

  static Result<PlannedActor> finish(const Draft& draft) {
    std::string source = draft.path.string();
    std::filesystem::path folder = folder_of(draft.path);
    std::string base;
    if (auto reference = THEATER_TRY(peek_init_state(draft.text, source))) {
      if (reference->find("://") != reference->npos) {
        return fail(ErrorCode::kUnsupported, "{}: init_state = \"{}\": this build reads files only",
                    source, *reference);
      }
      base = THEATER_TRY_CONTEXT(read_text_file(folder / *reference), "{}: init_state", source);
      THEATER_TRY_CONTEXT(read_json(base), "{}: init_state {}", source, *reference);
    }
    PlannedActor actor;
    std::optional<Json> state;
    if (!base.empty() || !draft.init.empty()) {
      std::string merged = merge_states(base, draft.init);
      state = THEATER_TRY(read_json(merged));
      actor.state = to_bytes(merged);
    }
    Manifest manifest = THEATER_TRY(parse_manifest(draft.text, source, folder, context_of(state)));
    manifest.name = draft.name;
    actor.id = draft.id;
    actor.source = draft.path;
    actor.manifest = std::make_shared<const Manifest>(std::move(manifest));
    return actor;
  }

  const RunCommand& command_;
  Random& random_;
  std::vector<Draft> drafts_;
  RunPlan plan_;
};

}  // namespace

tl::expected<RunPlan, PlanFailure> plan_run(const RunCommand& command, Random& random) {
  return Planner(command, random).run();
}

std::string merge_states(std::string_view base, std::string_view over) {
  if (base.empty()) return compact(Json::parse(over, nullptr, false));
  Json result = Json::parse(base, nullptr, false);
  if (over.empty()) return compact(result);
  Json more = Json::parse(over, nullptr, false);
  if (!result.is_object() || !more.is_object()) return compact(more);
  for (auto& [key, value] : more.items())
    result[key] = value;
  return compact(result);
}

}  // namespace theater::cli
