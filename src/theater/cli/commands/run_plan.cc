#include "theater/cli/commands/run_plan.h"

#include "theater/base/file.h"
#include "theater/base/nearest.h"
#include "theater/runtime/initial_state.h"
#include "theater/runtime/json_object.h"
#include "theater/runtime/named_manifest.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace theater::cli {

namespace {

// An actor during the planning.
struct Draft {
  std::string name;
  ActorId id;
  ManifestText manifest;
  std::optional<Bytes> init;  // Value of --init.
  std::optional<KnownActor> known = {};
  bool is_named = false;  // By the command line.
};

PlanFailure wrong_use(std::string what, std::string hint = {}) {
  return {Exit::kWrongUse,
          Error(ErrorCode::kInvalidArgument, std::move(what)).with_hint(std::move(hint))};
}

PlanFailure failed(Error error) {
  return {Exit::kFailed, std::move(error)};
}

bool is_actor_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_';
  });
}

class Planner {
 public:
  Planner(const RunOptions& options, const ReferenceReader& reader, Random& random,
          const std::vector<KnownActor>* known)
      : options_(options),
        reader_(reader),
        random_(random),
        knows_all_(known != nullptr),
        known_(known == nullptr ? std::vector<KnownActor>() : *known) {}

  tl::expected<RunPlan, PlanFailure> run() {
    if (auto problem = draft_actors()) return tl::unexpected(*std::move(problem));
    if (drafts_.empty() && !(options_.messages.empty() && options_.inits.empty())) {
      return tl::unexpected(
          failed(Error(ErrorCode::kNotFound,
                       "--send, --request and --init need an actor, and this run has none")
                     .with_hint("name a MANIFEST")));
    }
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
    for (const ManifestArgument& argument : options_.manifests) {
      Result<Draft> draft = read_draft(argument);
      if (!draft) return failed(std::move(draft).error());
      if (find(draft->name)) {
        return wrong_use(fmt::format("two actors are called `{}`", draft->name),
                         fmt::format("give one of them a name: other={}", argument.path.string()));
      }
      drafts_.push_back(*std::move(draft));
    }
    for (const KnownActor& known : known_) {
      if (known.common == nullptr) continue;
      Draft draft{.name = known.name, .id = known.id};
      draft.known = known;
      drafts_.push_back(std::move(draft));
    }
    return std::nullopt;
  }

  // Lets the draft stand for the oldest actor that matches it, and takes that one off the list.
  void match_known(Draft& draft) {
    Hash digest = sha256(as_bytes(draft.manifest.text));
    auto found = std::find_if(known_.begin(), known_.end(), [&](const KnownActor& known) {
      return known.name == draft.name && known.manifest == digest;
    });
    if (found == known_.end()) return;
    draft.id = found->id;
    draft.known = std::move(*found);
    known_.erase(found);
  }

  Result<Draft> read_draft(const ManifestArgument& argument) {
    Draft draft;
    draft.manifest = THEATER_TRY(read_named_manifest(argument.path, reader_));
    draft.name = argument.name;
    draft.is_named = !argument.name.empty();
    // Options name the actor before its initial state fills in the placeholders.
    if (draft.name.empty()) {
      draft.name = THEATER_TRY(parse_without_state(draft.manifest)).name;
    }
    draft.id = ActorId::generate(random_);
    match_known(draft);
    return draft;
  }

  std::optional<size_t> find(std::string_view name) const {
    for (size_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].name == name) return i;
    }
    return std::nullopt;
  }

  struct Addressed {
    size_t actor;
    std::string_view rest;
  };

  // Splits `NAME:rest`; what has no NAME is for the first actor.
  tl::expected<Addressed, PlanFailure> addressed(std::string_view option,
                                                 std::string_view word) const {
    size_t colon = word.find(':');
    if (colon == word.npos) return Addressed{0, word};
    std::string_view name = word.substr(0, colon);
    std::string_view rest = word.substr(colon + 1);
    if (auto actor = find(name)) return Addressed{*actor, rest};
    if (is_actor_name(name) && is_mistake(option, name, rest))
      return tl::unexpected(no_actor(option, name, rest));
    return Addressed{0, word};
  }

  // Whether a name that no actor has is a mistake rather than the beginning of a text. No JSON
  // begins so, and a run of several actors needs names.
  bool is_mistake(std::string_view option, std::string_view name, std::string_view rest) const {
    if (option == "--init") return true;
    if (!knows_all_ || rest.starts_with("//")) return false;
    return drafts_.size() > 1 || nearest(name, names()).has_value();
  }

  PlanFailure no_actor(std::string_view option, std::string_view name,
                       std::string_view rest) const {
    std::vector<std::string> known = names();
    std::string what = fmt::format("{}: no actor `{}`; there {} {}", option, name,
                                   known.size() == 1 ? "is" : "are", fmt::join(known, ", "));
    if (auto near = nearest(name, known))
      return wrong_use(std::move(what), fmt::format("did you mean `{}:{}`?", *near, rest));
    if (option == "--init") return wrong_use(std::move(what));
    return wrong_use(std::move(what), fmt::format("a text with a colon needs its actor before it: "
                                                  "{} '{}:{}:{}'",
                                                  option, known.front(), name, rest));
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Draft& draft : drafts_)
      names.push_back(draft.name);
    return names;
  }

  static Result<Bytes> text_or_file(std::string_view word) {
    if (!word.starts_with('@')) return to_bytes(word);
    return read_file(std::filesystem::path(word.substr(1)));
  }

  Problem place_inits() {
    for (const std::string& word : options_.inits) {
      auto to = addressed("--init", word);
      if (!to) return std::move(to).error();
      std::string_view rest = to->rest;
      Draft& draft = drafts_[to->actor];
      if (draft.init) {
        return wrong_use(fmt::format("`{}` has two --init", draft.name),
                         "NAME:JSON gives another actor its initial state");
      }
      Result<Bytes> given = text_or_file(rest);
      if (!given) return failed(std::move(given).error().with_context("--init"));
      std::string text(as_text(*given));
      // A file may hold any bytes; only JSON has placeholders.
      bool typed = !rest.starts_with('@');
      if (typed || !json_problem(text)) {
        if (auto problem = fill_in_ids("--init", text)) return problem;
      }
      if (auto problem = typed ? json_problem(text) : std::nullopt) {
        return wrong_use(fmt::format("--init for `{}` is no JSON: {}", draft.name, *problem),
                         "a text needs quotes of its own: --init '\"text\"'; a file may hold "
                         "other bytes: --init @FILE");
      }
      draft.init = to_bytes(text);
    }
    return std::nullopt;
  }

  // Replaces each {{actor.NAME}} by an id.
  Problem fill_in_ids(std::string_view option, std::string& text) const {
    constexpr std::string_view kOpen = "{{actor.";
    for (size_t at = text.find(kOpen); at != text.npos; at = text.find(kOpen, at)) {
      size_t end = text.find("}}", at);
      if (end == text.npos) {
        return wrong_use(fmt::format("{}: `{}` has no `}}}}`", option, text.substr(at, 40)));
      }
      std::string name = text.substr(at + kOpen.size(), end - at - kOpen.size());
      auto actor = find(name);
      if (!actor) {
        std::vector<std::string> known = names();
        auto near = nearest(name, known);
        return wrong_use(
            fmt::format("{}: no actor `{}`; there are {}", option, name, fmt::join(known, ", ")),
            near ? fmt::format("did you mean {{{{actor.{}}}}}?", *near) : "");
      }
      std::string id = drafts_[*actor].id.to_string();
      text.replace(at, end + 2 - at, id);
      at += id.size();
    }
    return std::nullopt;
  }

  Problem place_messages() {
    for (const MessageArgument& argument : options_.messages) {
      std::string_view option = argument.kind == MessageKind::kSend ? "--send" : "--request";
      auto to = addressed(option, argument.text);
      if (!to) return std::move(to).error();
      Result<Bytes> payload = text_or_file(to->rest);
      if (!payload) {
        return failed(std::move(payload).error().with_context(std::string(option)));
      }
      // A file is sent as it is.
      if (!to->rest.starts_with('@')) {
        std::string text(to->rest);
        if (auto problem = fill_in_ids(option, text)) return problem;
        payload = to_bytes(text);
      }
      plan_.messages.push_back({argument.kind, to->actor, *std::move(payload)});
    }
    return std::nullopt;
  }

  Result<PlannedActor> finish(const Draft& draft) const {
    PlannedActor actor{.id = draft.id};
    actor.resumes = draft.known.has_value();
    actor.is_named = draft.is_named;
    if (draft.known && draft.known->common != nullptr) {
      const auto& common = draft.known->common;
      actor.manifest = {common, &common->manifest};
      return actor;
    }
    auto read_state = [&](const Reference& reference) {
      return read_reference(reference, Referred::kState, reader_);
    };
    const ManifestText& manifest = draft.manifest;
    ActorStart start = THEATER_TRY(
        resolve_start({manifest.text, manifest.name, manifest.place}, draft.init, read_state));
    start.manifest.name = draft.name;
    actor.manifest = std::make_shared<const Manifest>(std::move(start.manifest));
    actor.state = std::move(start.state);
    return actor;
  }

  const RunOptions& options_;
  const ReferenceReader& reader_;
  Random& random_;
  const bool knows_all_;           // Whether `known_` had every actor of the home.
  std::vector<KnownActor> known_;  // Actors that no manifest stands for.
  std::vector<Draft> drafts_;
  RunPlan plan_;
};

}  // namespace

tl::expected<RunPlan, PlanFailure> plan_run(const RunOptions& options,
                                            const ReferenceReader& reader, Random& random,
                                            const std::vector<KnownActor>* known) {
  return Planner(options, reader, random, known).run();
}

}  // namespace theater::cli
