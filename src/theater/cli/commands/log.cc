#include "theater/cli/commands/log.h"

#include "theater/cli/options/actor_argument.h"
#include "theater/cli/options/export_argument.h"
#include "theater/cli/options/shared_options.h"
#include "theater/cli/terminal/progress.h"
#include "theater/log/event/event.h"
#include "theater/log/merkle/tlog_text.h"
#include "theater/log/reader/log_proofs.h"
#include "theater/views/actor_summary.h"
#include "theater/views/log_listing.h"
#include "theater/views/log_proofs.h"
#include "theater/views/log_sizes.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace theater::cli {

namespace {

// `theater log list`

void define(OptionParser& parser, LogListOptions& options) {
  home_option(parser, options.home);
  json_option(parser, options.json);
}

Result<void> list(const LogListOptions& options, Output& output) {
  auto reader = THEATER_TRY(open_log(options.home));
  views::LogListing listing = THEATER_TRY(views::list_actors(*reader));
  if (options.json) {
    output.json(THEATER_TRY(views::log_listing_json(*reader, listing)));
  } else {
    output.text(views::log_listing_text(*reader, listing));
  }
  return {};
}

Exit run(const LogListOptions& options, Output& output) {
  return exit_after(list(options, output), options.json, output);
}

// `theater log head`

void define(OptionParser& parser, LogHeadOptions& options) {
  parser.argument("ACTOR", options.actor, OptionParser::Presence::kOptional);
  home_option(parser, options.home);
  json_option(parser, options.json);
}

void print_chain_head(const views::ChainFacts& chain, bool json, Output& output) {
  if (json) {
    output.json(views::chain_facts_json(chain));
  } else {
    output.line(fmt::format("{} {} events", chain.head.to_string(), chain.events));
  }
}

Result<views::ChainFacts> chain_in(const log::LogReader& reader, const std::string& word) {
  ActorId id = THEATER_TRY(find_actor(reader, word));
  views::ActorSummary actor = THEATER_TRY(views::summarize(reader, *reader.find(id)));
  return views::ChainFacts{actor.id, actor.name, actor.events, actor.head};
}

Result<void> print_log_head(const log::LogReader& reader, bool json, Output& output) {
  if (json) {
    output.json(THEATER_TRY(views::log_head_json(reader)));
    return {};
  }
  std::optional<views::NewestCheckpoint> newest = THEATER_TRY(views::newest_checkpoint(reader));
  if (!newest) return Failure(views::no_checkpoint_in(reader));
  output.content(newest->note);
  return {};
}

Result<void> print_head(const LogHeadOptions& options, Output& output) {
  if (THEATER_TRY(names_export(options.actor))) {
    print_chain_head(THEATER_TRY(read_export_facts(options.actor)), options.json, output);
    return {};
  }
  auto reader = THEATER_TRY(open_log(options.home));
  if (options.actor.empty()) return print_log_head(*reader, options.json, output);
  print_chain_head(THEATER_TRY(chain_in(*reader, options.actor)), options.json, output);
  return {};
}

Exit run(const LogHeadOptions& options, Output& output) {
  return exit_after(print_head(options, output), options.json, output);
}

// `theater log key`

void define(OptionParser& parser, LogKeyOptions& options) {
  home_option(parser, options.home);
  json_option(parser, options.json);
}

Result<void> print_key(const LogKeyOptions& options, Output& output) {
  auto reader = THEATER_TRY(open_log(options.home));
  log::VerifierKey key = THEATER_TRY(views::log_key(*reader));
  if (options.json) {
    output.json(views::key_json(key));
  } else {
    output.content(log::to_text(key) + "\n");
  }
  return {};
}

Exit run(const LogKeyOptions& options, Output& output) {
  return exit_after(print_key(options, output), options.json, output);
}

// `theater log proof`

void define(OptionParser& parser, LogProofOptions& options) {
  parser.argument("ACTOR", options.actor);
  parser.position_argument("SEQ", options.seq);
  home_option(parser, options.home);
  json_option(parser, options.json);
}

Result<void> print_proof(const LogProofOptions& options, Output& output) {
  auto reader = THEATER_TRY(open_log(options.home));
  ActorId id = THEATER_TRY(find_actor(*reader, options.actor));
  uint64_t events = reader->find(id)->events;
  if (options.seq >= events) {
    return fail(ErrorCode::kNotFound, "the chain of {} has {} events, counted from 0: no event {}",
                id.to_string(), events, options.seq);
  }
  log::LogCursor cursor = reader->actor_cursor(id, options.seq);
  std::optional<log::StoredEvent> event = THEATER_TRY(cursor.next());
  if (!event) return fail(ErrorCode::kCorrupt, "the log has no event {}", options.seq);
  log::InclusionText proof{.index = event->index};
  Hash leaf = log::event_hash(event->bytes);

  std::optional<views::NewestCheckpoint> newest =
      THEATER_TRY(views::checkpoint_covering(*reader, proof.index));
  if (!newest || newest->checkpoint.size <= proof.index) {
    return Failure(
        Error(ErrorCode::kUnavailable,
              fmt::format("no checkpoint covers event {} of {} yet, number {} of the log",
                          options.seq, id.to_string(), proof.index))
            .with_hint("a run that ends gracefully leaves a checkpoint of all events"));
  }
  log::LogProofs proofs = THEATER_TRY(log::LogProofs::open(*reader, newest->checkpoint));
  proof.hashes = THEATER_TRY(proofs.inclusion(proof.index));
  proof.note = newest->note;
  if (options.json) {
    output.json(
        views::event_proof_json({id, options.seq, leaf, newest->checkpoint, std::move(proof)}));
  } else {
    output.content(log::to_text(proof));
  }
  return {};
}

Exit run(const LogProofOptions& options, Output& output) {
  return exit_after(print_proof(options, output), options.json, output);
}

// `theater log checkpoint`

void define(OptionParser& parser, LogCheckpointOptions& options) {
  parser.option("--since", "CHECKPOINT", options.since,
                "prove that the log continues this checkpoint, which was kept elsewhere");
  home_option(parser, options.home);
  json_option(parser, options.json);
}

Result<log::ConsistencyText> prove_since(const log::LogReader& reader,
                                         const views::NewestCheckpoint& newest,
                                         const std::filesystem::path& since) {
  log::Checkpoint old = THEATER_TRY(views::read_kept_checkpoint(since));
  log::LogProofs proofs = THEATER_TRY(log::LogProofs::open(reader, newest.checkpoint));
  log::ConsistencyText proof{.old_size = old.size};
  proof.hashes = THEATER_TRY_CONTEXT(proofs.consistency(old), "{}", since.string());
  proof.note = newest.note;
  return proof;
}

Result<void> print_checkpoint(const LogCheckpointOptions& options, Output& output) {
  auto reader = THEATER_TRY(open_log(options.home));
  std::optional<views::NewestCheckpoint> newest = THEATER_TRY(views::newest_checkpoint(*reader));
  if (!newest) return Failure(views::no_checkpoint_in(*reader));
  THEATER_TRY_VOID(reader->refresh());
  std::optional<log::ConsistencyText> proof;
  if (!options.since.empty()) proof = THEATER_TRY(prove_since(*reader, *newest, options.since));
  if (options.json) {
    output.json(views::checkpoint_json(*newest, proof));
  } else {
    output.content(proof ? log::to_text(*proof) : newest->note);
  }
  return {};
}

Exit run(const LogCheckpointOptions& options, Output& output) {
  return exit_after(print_checkpoint(options, output), options.json, output);
}

// `theater log size`

void define(OptionParser& parser, LogSizeOptions& options) {
  home_option(parser, options.home);
  json_option(parser, options.json);
}

Result<void> print_sizes(const LogSizeOptions& options, Output& output) {
  auto reader = THEATER_TRY(open_log(options.home));
  Progress progress("reading", ProgressLine::Unit::kEvents);
  views::LogSizes sizes = THEATER_TRY(
      views::measure_log(*reader, [&](uint64_t done) { progress.show(done, reader->size()); }));
  if (options.json) {
    output.json(views::log_sizes_json(*reader, sizes));
  } else {
    output.text(views::log_sizes_text(*reader, sizes));
  }
  return {};
}

Exit run(const LogSizeOptions& options, Output& output) {
  return exit_after(print_sizes(options, output), options.json, output);
}

}  // namespace

const CommandHelp kLogGroup = {
    .name = "log",
    .usage = "COMMAND [arguments]",
    .summary = "show what is on record",
    .details = R"(Reads what `theater run` recorded in a home. The commands change nothing, and a
run may record meanwhile. They check no hashes; `theater verify` does.

ACTOR is an actor's id, the beginning of its id (4 digits or more), or a name,
which means the newest actor of that name. The id of the log stands for the
node's own chain.)",
    .examples = R"(theater log list
theater log show counter --follow
theater log checkpoint > kept.checkpoint
theater log export counter -o counter.export)"};

const CommandOf<LogListOptions> kLogListCommand = {
    {.name = "log list",
     .usage = "[options]",
     .summary = "list the actors on record",
     .details = R"(Prints one line per actor: the beginning of its id, its name, the number of
events in its chain, its ending (or `open`), and the time of its last event.)",
     .examples = R"(theater log list
theater log list --home /var/lib/agents --json)"},
    define,
    run};

const CommandOf<LogHeadOptions> kLogHeadCommand = {
    {.name = "log head",
     .usage = "[ACTOR|FILE] [options]",
     .summary = "print the newest checkpoint, or the head of a chain",
     .details = R"(Without ACTOR it prints the newest checkpoint: the number of events in the log,
the root of the tree over them, and the node's signature. A checkpoint that the
owner of this machine cannot change shows later whether the log was rewritten.

With ACTOR it prints the head of the actor's chain, a hash that all its events
lead to. A FILE in place of ACTOR is an export (`theater help log export`).)",
     .examples = R"(theater log head > kept.checkpoint
theater verify --checkpoint kept.checkpoint
theater log head counter)"},
    define,
    run};

const CommandOf<LogKeyOptions> kLogKeyCommand = {
    {.name = "log key",
     .usage = "[options]",
     .summary = "print the key that signs the log",
     .details = R"(Prints the public key of the log's checkpoints as one line for
`theater verify --key`. A verifier who takes the key from the log believes the
log. A verifier who has the key from elsewhere can tell this node's log from the
log of another.)",
     .examples = R"TEXT(theater log key
theater verify --key "$(cat kept.key)")TEXT"},
    define,
    run};

const CommandOf<LogProofOptions> kLogProofCommand = {
    {.name = "log proof",
     .usage = "ACTOR SEQ [options]",
     .summary = "prove that an event is in the log",
     .details = R"(Prints the proof that one event of an actor, and by its links every earlier one,
is in the log of the newest checkpoint: a C2SP tlog-proof, with the checkpoint
in it. The leaf is the hash of the event's bytes, as `theater log show --json`
prints it.

The command waits up to a second for a checkpoint that covers the event.)",
     .examples = R"(theater log proof counter 0
theater log proof counter 14 --json)"},
    define,
    run};

const CommandOf<LogCheckpointOptions> kLogCheckpointCommand = {
    {.name = "log checkpoint",
     .usage = "[options]",
     .summary = "print the newest checkpoint, with a proof since another",
     .details = R"(Prints the newest checkpoint, a C2SP tlog-checkpoint: the number of events in
the log, the root of the tree over them, and the node's signature.

With --since it first prints the proof that the log continues an earlier
checkpoint, as the body of an add-checkpoint request of C2SP tlog-witness.)",
     .examples = R"(theater log checkpoint > kept.checkpoint
theater log checkpoint --since kept.checkpoint)"},
    define,
    run};

const CommandOf<LogSizeOptions> kLogSizeCommand = {
    {.name = "log size",
     .usage = "[options]",
     .summary = "show how much is on record",
     .details = R"(Reads the log and shows its size. For each actor and in all, it shows the number
of events and their bytes, the number of detached payloads and their bytes, and
the number of removed payloads. It also shows the sizes of the files.)",
     .examples = R"(theater log size
theater log size --home /var/lib/agents --json)"},
    define,
    run};

}  // namespace theater::cli
