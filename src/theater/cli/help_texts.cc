#include "theater/cli/help.h"

#include <algorithm>
#include <array>

namespace theater::cli {

namespace {

constexpr std::string_view kNewDetails =
    R"(Makes a folder that `theater build` builds and `theater run` runs: a manifest,
sources, and a README that says how to go on. Nothing but this program is needed.

  basic           an actor that says hello and is done
  message-server  takes messages and answers requests
  supervisor      looks after a worker, which is started with it and restarted

The last part of NAME is the actor's name: 1 to 64 small letters, digits and
dashes, with a letter first. A folder that has something in it is not touched.
If the language's tools are missing, the files are made all the same, and what
is missing is said.)";

constexpr std::string_view kNewExamples =
    R"(theater new tally -t message-server
theater new actors/overseer -t supervisor --language rust)";

constexpr std::string_view kRunDetails =
    R"(Starts an actor for each manifest, in this process, and carries out the
messages in the order given. Replies go to standard output, one line each;
log lines go to standard error.

A MANIFEST is a file, a folder with a manifest.toml, or an address: https://… or
store://ID/LABEL, in a store of the home. With #sha256=DIGEST at its end, what
a server gives must have this digest. What a manifest names is read beside it.
Hosts in private networks are not read from, but for those of --private-host.

A NAME before `=` names an actor for this run; without one it has the name in
its manifest. Messages and initial states without `NAME:` go to the first actor.
A word before `:` counts as a name only if it is the name of one of the actors.

All actors get their ids before any of them is started, so `{{actor.NAME}}` in
--init stands for the id of that actor, whichever starts first.

What the actors do is recorded in a home, which one run at a time can have:
`theater log`, `theater verify` and `theater replay` read it.

A run that was cut off (by a crash, a kill -9, a power failure) leaves its actors
in the home, and the next run in it goes on with them from their last states,
whatever it is asked for: without any MANIFEST it does only that. A MANIFEST
stands for such an actor if it has the same text and the actor the same name;
its --init does not count then.

A run in a home whose log is damaged is refused, and nothing there is changed.
With --accept-damage the damaged log is kept in DIR/damaged, none of its actors
goes on, and a new log begins, which names the old one. A torn end, as a crash
leaves it, is no damage.

With --metrics a table at the end says of each actor how many calls ended, how
many of them with an error or with the loss of the instance, how long workers
spent on them, how many messages waited at most, how much linear memory it had,
what it recorded, and what came in and went out; and what it recorded itself by
record-metric.

The run ends when all actors have ended; with --send or --request, when those
are done and every actor is idle; or at Ctrl-C, which stops the actors in order
(a second Ctrl-C ends them at once).)";

constexpr std::string_view kRunExamples =
    R"(theater run examples/counter --send inc --send inc --request get
theater run examples/counter --init '{"count": 41}' --send inc --chain
theater run a=examples/ping-pong b=examples/ping-pong \
    --init 'a:{"peer": "{{actor.b}}"}' --send 'a:serve 3' --request a:score
theater run agent.toml --grant environment:vars=API_URL --request @question.txt --json
theater run http://localhost:8000/agent.toml --private-host localhost:8000)";

constexpr std::string_view kInspectDetails =
    R"(Works on any component, whoever built it and whatever it needs: FILE is a
component (.wasm or .wat) or an actor's manifest, or the address of one as for
`theater run`. Nothing of it is run. The list says which handlers its manifest
must name, which of its imports need a grant, and which this build does not
offer.)";

constexpr std::string_view kInspectExamples =
    R"(theater inspect counter.wasm
theater inspect examples/counter --json)";

constexpr std::string_view kValidateDetails =
    R"(Reads the manifest, reads and compiles its component, joins it to the handlers
and computes the permissions under the given policy. Nothing of it is run. All
problems are listed, not only the first. MANIFEST is as for `theater run`.)";

constexpr std::string_view kValidateExamples =
    R"(theater validate manifest.toml
theater validate manifest.toml --grant environment:vars=API_URL
theater validate manifest.toml --policy policy.toml)";

constexpr std::string_view kGrantsDetails =
    R"(Reads the manifest alone and says of each capability that it asks for:

  asks      the most that the actor would take
  gets      what it has under the given policy
  missing   the option to add, if that is less than the manifest insists on

Exit status 0 if nothing is missing, else 1. Values that `theater run --init`
fills in are shown as their placeholders.)";

constexpr std::string_view kGrantsExamples =
    R"(theater grants manifest.toml
theater grants manifest.toml --grant environment:vars=API_URL
theater grants manifest.toml --policy policy.toml --json)";

constexpr std::string_view kBuildDetails =
    R"(DIR holds an actor's manifest and its sources: C++ (*.cpp), Rust (Cargo.toml) or
JavaScript (package.json). The component is written to the place that the
manifest names. The folders in DIR that have a manifest are built too.

The C++ SDK is $THEATER_SDK, or the folder `sdk` above the program's own. If a
C++ folder has a folder `wit`, the world `actor` in it is what the actor imports
and exports beside what the SDK's macros say.)";

constexpr std::string_view kBuildExamples = R"(theater build examples/counter
theater build examples/agent)";

constexpr std::string_view kStoreDetails =
    R"(A store holds contents, each named by its SHA-256, and labels on them. STORE is
the id of a private store, which one actor has made, or the name of a shared one,
which is there for actors that are granted it (--grant store:shared=NAME) and for
references in manifests: store://STORE/LABEL and store://STORE/hash/SHA-256.)";

constexpr std::string_view kStoreExamples =
    R"(theater store put tools worker.wasm --label workers/current
theater store get store://tools/workers/current > worker.wasm
theater store list)";

constexpr std::string_view kStoreListDetails =
    R"(Says of each store how much is in it, and of a private one whose it is. May be
used beside a node that runs.)";

constexpr std::string_view kStorePutDetails =
    R"(Prints the SHA-256 of what was put. A shared store begins when something is put
into it. A label that is on other content moves. The home is made if it is
missing; a node that runs in it must be stopped first.)";

constexpr std::string_view kStorePutExamples =
    R"(theater store put tools worker.wasm --label workers/current
theater store put notes page.txt --json)";

constexpr std::string_view kStoreGetDetails =
    R"(Prints the content as it is, checked against its digest. May be used beside a
node that runs.)";

constexpr std::string_view kStoreGetExamples =
    R"(theater store get store://notes/plans/june
theater store get store://tools/workers/current > worker.wasm)";

constexpr std::string_view kStoreRemoveDetails =
    R"(Removes the store with its labels. The files of its contents stay until
`theater store gc`. What actors have read from it is in the log, and can be
replayed without it. A node that runs must be stopped first.)";

constexpr std::string_view kStoreCollectDetails =
    R"(Removes the files of contents that are in no store: those of stores that were
removed, and what a crash has left. The log and what it needs are elsewhere, and
are never touched. A node that runs must be stopped first.)";

constexpr std::string_view kDoctorDetails =
    R"(Looks at the tools that `theater build` drives and says how to install what is
missing.)";

constexpr std::string_view kLogDetails =
    R"(Reads what `theater run` recorded in a home. Nothing is changed, and a run may
be recording meanwhile. What is shown is not checked against its hashes: that
is what `theater verify` is for.

ACTOR is an actor's id, the beginning of its id (4 digits or more), or its
name if no other actor of the log has that name. The id of the log stands for
the node's own chain.)";

constexpr std::string_view kLogExamples =
    R"(theater log list
theater log show counter --follow
theater log checkpoint > kept.checkpoint
theater log export counter -o counter.export)";

constexpr std::string_view kLogListDetails =
    R"(One line an actor: the beginning of its id, its name, how many events its
chain has, how it ended (or `open`), and when its last event was.)";

constexpr std::string_view kLogListExamples =
    R"(theater log list
theater log list --home /var/lib/agents --json)";

constexpr std::string_view kLogShowDetails =
    R"(One line an event: position, time, beginning of its hash, type, and what
happened. With --json one object an event, with the whole hash and the bytes
that were hashed; `detached` has the payloads that are kept beside the log.

With --follow it goes on as events reach the disk, until the actor has ended
or Ctrl-C.

In place of ACTOR it may be the file of an export (`theater help log export`).)";

constexpr std::string_view kLogShowExamples =
    R"(theater log show counter
theater log show 3f09 --from 100 --json
theater log show counter --follow)";

constexpr std::string_view kLogHeadDetails =
    R"(Without ACTOR, the newest checkpoint as it is: how many events the log has,
the root of the tree over them, and the node's signature. Kept where the owner
of this machine cannot change it, it shows later whether the log was
rewritten.

With ACTOR, the head of its chain: the hash that all its events hang on. It may
be the file of an export in its place.)";

constexpr std::string_view kLogHeadExamples =
    R"(theater log head > kept.checkpoint
theater verify --checkpoint kept.checkpoint
theater log head counter)";

constexpr std::string_view kLogKeyDetails =
    R"(The public key whose signature the log's checkpoints carry, as one line for
`theater verify --key`. Who takes it from the log itself believes the log; who
got it another way can tell this node's log from that of somebody else.)";

constexpr std::string_view kLogKeyExamples =
    R"TEXT(theater log key
theater verify --key "$(cat kept.key)")TEXT";

constexpr std::string_view kLogExportDetails =
    R"(Writes one file with all that somebody else needs to check one actor and to run
it again: its events with their payloads, the components and states that they
name, its manifest, the proof that its chain is in the log, the checkpoint and
the node's public key. `theater verify FILE` and `theater replay FILE` need
nothing else. A payload that was removed from the log stays removed.

The node may be running. What is exported is what was on disk when the command
began; it waits up to a second for the checkpoint that covers it. Events that no
checkpoint covers are exported without proof, and that is said here and by
`theater verify`, which calls such a file UNVERIFIABLE.

The file appears when it is complete, and replaces an earlier export of that
name, but no other file. Only its owner may read it: payloads are in it.

With --since, whoever holds that checkpoint sees by `theater verify FILE
--checkpoint CHECKPOINT` that the log was not written anew since.)";

constexpr std::string_view kLogExportExamples =
    R"(theater log export counter -o counter.export
theater log export 3f09 -o agent.export --since kept.checkpoint
theater verify counter.export
theater replay counter.export)";

constexpr std::string_view kLogProofDetails =
    R"(Prints the proof that one event of an actor, and by its links every earlier one,
is in the log of the newest checkpoint: a C2SP tlog-proof, with the checkpoint
in it. The hash of the event's bytes, as `theater log show --json` has them, is
the leaf.

It waits up to a second for a checkpoint that covers the event.)";

constexpr std::string_view kLogProofExamples =
    R"(theater log proof counter 0
theater log proof counter 14 --json)";

constexpr std::string_view kLogCheckpointDetails =
    R"(Prints the newest checkpoint as it is, a C2SP tlog-checkpoint: how many events
the log has, the root of the tree over them, and the node's signature.

With --since it prints before it the proof that the log went on from an earlier
checkpoint: as C2SP tlog-witness has it in the body of an add-checkpoint
request.)";

constexpr std::string_view kLogCheckpointExamples =
    R"(theater log checkpoint > kept.checkpoint
theater log checkpoint --since kept.checkpoint)";

constexpr std::string_view kLogSizeDetails =
    R"(Reads the log and says what it holds: of each actor and altogether how many
events, and how many bytes of events; how many detached payloads, their bytes,
and how many of them were removed; and what the files take.)";

constexpr std::string_view kLogSizeExamples =
    R"(theater log size
theater log size --home /var/lib/agents --json)";

constexpr std::string_view kVerifyDetails =
    R"(Reads all of the log and believes nothing: every hash and link, the order of
each actor's events, the tree over all of them, and the node's signature.
Without an argument it is the log of the home; else that of the folder, or the
log and one actor's chain in it.

A FILE is an export of one actor (`theater help log export`), and is all that is
read: its chain, payloads, components and states, the proof that it is in the
log of its checkpoint, and the signature. The key is the export's own word,
unless --key says it. With --checkpoint it must show that its log went on from
that one.

  VALID         exit 0: the log proves itself
  INVALID       exit 1: something was changed, dropped, added or reordered; the
                place is named
  UNVERIFIABLE  exit 3: nothing contradicts the log, but something is missing

A log that was rewritten as a whole by somebody who has its key is found only
with a checkpoint that was kept elsewhere: see `theater help log head`.

With --between or --messages the chains are compared with each other too: what
one actor sent, the other must have taken, once, with the same bytes and in the
same order, or have discarded; what an actor says it was sent, was sent. Each
difference is LOST, INVENTED, ALTERED or REORDERED. What an actor whose chain is
open has not taken yet is in flight. The messages of an actor whose chain is
kept in memory only are UNVERIFIABLE.)";

constexpr std::string_view kVerifyExamples =
    R"TEXT(theater verify
theater verify counter
theater verify --between ping pong
theater verify counter.export --key "$(cat kept.key)"
theater verify /mnt/copy/log --checkpoint kept.checkpoint --key "$(cat kept.key)")TEXT";

constexpr std::string_view kReplayDetails =
    R"(Runs an actor again from its record: each recorded call is made again, and
every call of the guest out of its sandbox is answered from the record.
Nothing that the guest does reaches anything. What it does differently is a
divergence; its first one is shown from both sides.

  IDENTICAL     exit 0: the same events with the same hashes
  DIVERGED      exit 1: the component does not do what is on record
  UNVERIFIABLE  exit 3: something that the replay needs is missing

Only the actor's own chain is checked on the way. `theater verify` proves the
log that it is in.

In place of ACTOR it may be the file of an export (`theater help log export`),
which has everything in it: no home is needed.)";

constexpr std::string_view kReplayExamples =
    R"(theater replay counter
theater replay counter --until 40 --state
theater replay counter --component build/fixed.wasm
theater replay counter.export)";

constexpr std::array<CommandHelp, 26> kCommands = {{
    {"new", "NAME [options]", "make the folder of a new actor", kNewDetails, kNewExamples},
    {"run", "[[NAME=]MANIFEST…] [options]", "run actors in this process and talk to them",
     kRunDetails, kRunExamples},
    {"inspect", "FILE [options]", "show what a component imports, exports and needs",
     kInspectDetails, kInspectExamples},
    {"validate", "MANIFEST [options]", "check a manifest, its component and its permissions",
     kValidateDetails, kValidateExamples},
    {"grants", "MANIFEST [options]", "say what an actor asks for, what it gets and what is missing",
     kGrantsDetails, kGrantsExamples},
    {"build", "DIR", "make components from sources", kBuildDetails, kBuildExamples},
    {"log", "COMMAND [arguments]", "show what is on record", kLogDetails, kLogExamples},
    {"log list", "[options]", "list the actors on record", kLogListDetails, kLogListExamples},
    {"log show", "ACTOR|FILE [options]", "show an actor's chain of events", kLogShowDetails,
     kLogShowExamples},
    {"log head", "[ACTOR|FILE] [options]", "print the newest checkpoint, or the head of a chain",
     kLogHeadDetails, kLogHeadExamples},
    {"log key", "[options]", "print the key that signs the log", kLogKeyDetails, kLogKeyExamples},
    {"log export", "ACTOR -o FILE [options]", "write all of an actor's record into one file",
     kLogExportDetails, kLogExportExamples},
    {"log proof", "ACTOR SEQ [options]", "prove that an event is in the log", kLogProofDetails,
     kLogProofExamples},
    {"log checkpoint", "[options]", "print the newest checkpoint, or what led to it from another",
     kLogCheckpointDetails, kLogCheckpointExamples},
    {"log size", "[options]", "say how much is on record", kLogSizeDetails, kLogSizeExamples},
    {"verify", "[ACTOR|FOLDER|FILE] [options]", "prove the record, or say where it is wrong",
     kVerifyDetails, kVerifyExamples},
    {"replay", "ACTOR|FILE [options]", "run an actor again from its record, and compare",
     kReplayDetails, kReplayExamples},
    {"store", "COMMAND [options]", "look at what actors keep, and fill and empty stores",
     kStoreDetails, kStoreExamples},
    {"store list", "[options]", "list the stores of a home", kStoreListDetails,
     "theater store list"},
    {"store put", "STORE FILE [options]", "put a file into a store", kStorePutDetails,
     kStorePutExamples},
    {"store get", "REFERENCE [options]", "print content of a store", kStoreGetDetails,
     kStoreGetExamples},
    {"store remove", "STORE [options]", "remove a store with all that is in it",
     kStoreRemoveDetails, "theater store remove notes"},
    {"store gc", "[options]", "remove the files that no store needs", kStoreCollectDetails,
     "theater store gc"},
    {"doctor", "[options]", "say which build tools are missing and how to get them", kDoctorDetails,
     "theater doctor"},
    {"version", "[options]", "print the version of Theater and the identity of its engine",
     "The identity of the engine names everything that affects what guests compute.",
     "theater version --json"},
    {"help", "[COMMAND]", "print this, or the help of a command", "", "theater help run"},
}};

}  // namespace

std::span<const CommandHelp> command_helps() {
  return kCommands;
}

const CommandHelp* find_command_help(std::string_view name) {
  const auto* found = std::find_if(kCommands.begin(), kCommands.end(),
                                   [&](const CommandHelp& help) { return help.name == name; });
  return found == kCommands.end() ? nullptr : found;
}

}  // namespace theater::cli
