#include "theater/cli/commands/store.h"

#include "theater/base/file.h"
#include "theater/cli/options/shared_options.h"
#include "theater/store/content_store.h"
#include "theater/store/home.h"
#include "theater/views/json.h"
#include "theater/views/text.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <limits>
#include <memory>

namespace theater::cli {

namespace {

using Json = nlohmann::ordered_json;

// Stores of a home that this process holds, so that no node can run in it.
struct HeldStores {
  std::unique_ptr<Home> home;
  std::unique_ptr<ContentStore> stores;
};

Result<HeldStores> hold_stores(const std::filesystem::path& home, const std::string& holder) {
  OsRandom random;
  HeldStores held;
  held.home = THEATER_TRY(Home::open(home, random, holder));
  held.stores = THEATER_TRY(ContentStore::open(held.home->layout().stores()));
  return held;
}

// The same, but makes no home.
Result<HeldStores> hold_present_stores(const std::filesystem::path& home,
                                       const std::string& holder) {
  THEATER_TRY_VOID(ContentStore::open_to_look(HomeLayout{home}.stores()));
  return hold_stores(home, holder);
}

Result<void> list(const StoreListOptions& options, Output& output) {
  std::filesystem::path folder = HomeLayout{home_folder(options.home)}.stores();
  Result<std::unique_ptr<ContentStore>> stores = ContentStore::open_to_look(folder);
  std::vector<StoreFacts> all;
  if (stores) {
    all = THEATER_TRY((*stores)->list());
  } else if (stores.error().code() != ErrorCode::kNotFound) {
    return Failure(std::move(stores).error());
  }
  Json list = Json::array();
  for (const StoreFacts& one : all) {
    std::string owner = one.owner ? one.owner->to_string() : "";
    list.push_back({{"id", one.id.text()},
                    {"owner", one.owner ? Json(owner) : Json()},
                    {"contents", one.contents},
                    {"labels", one.labels},
                    {"bytes", one.bytes}});
    if (options.json) continue;
    output.line(fmt::format("{}: {}, {}, {}; {}", one.id.text(),
                            views::counted(one.contents, "content"),
                            views::counted(one.labels, "label"), views::counted(one.bytes, "byte"),
                            one.owner ? "of actor " + owner : "shared"));
  }
  if (options.json) output.json({{"stores", std::move(list)}});
  return {};
}

Result<void> put(const StorePutOptions& options, Output& output) {
  StoreId id = THEATER_TRY(StoreId::parse(options.store));
  std::optional<Label> label;
  if (!options.label.empty()) label = THEATER_TRY(Label::parse(options.label));
  Bytes content = THEATER_TRY(read_file(options.file));
  HeldStores held = THEATER_TRY(hold_stores(home_folder(options.home), "theater store put"));
  Hash digest = THEATER_TRY(held.stores->put({}, id, content, label));
  if (options.json) {
    StoreReference reference{id, digest};
    output.json({{"hash", digest.to_string()}, {"reference", reference.to_string()}});
  } else {
    output.line(digest.to_string());
  }
  return {};
}

Result<void> get(const StoreGetOptions& options, Output& output) {
  StoreReference reference = THEATER_TRY(StoreReference::parse(options.reference));
  auto stores =
      THEATER_TRY(ContentStore::open_to_look(HomeLayout{home_folder(options.home)}.stores()));
  Bytes content = THEATER_TRY(stores->resolve({}, reference, std::numeric_limits<uint64_t>::max()));
  if (options.json) {
    output.json({{"hash", sha256(content).to_string()}, {"content", views::json_bytes(content)}});
  } else {
    output.content(as_text(content));
  }
  return {};
}

Result<void> remove(const StoreRemoveOptions& options, Output& output) {
  StoreId id = THEATER_TRY(StoreId::parse(options.store));
  HeldStores held =
      THEATER_TRY(hold_present_stores(home_folder(options.home), "theater store remove"));
  THEATER_TRY_VOID(held.stores->remove(id));
  if (options.json) output.json({{"removed", id.text()}});
  return {};
}

Result<ContentStore::Collected> collected(ContentStore& stores,
                                          const StoreCollectOptions& options) {
  using Doing = ContentStore::Doing;
  Doing doing = options.dry_run ? Doing::kCount : Doing::kRemove;
  if (options.unlabelled) return stores.collect_unlabelled(doing);
  ContentStore::Collected only_files;
  only_files.files = THEATER_TRY(stores.collect(doing));
  return only_files;
}

Result<void> collect(const StoreCollectOptions& options, Output& output) {
  HeldStores held = THEATER_TRY(hold_present_stores(home_folder(options.home), "theater store gc"));
  ContentStore::Collected removed = THEATER_TRY(collected(*held.stores, options));
  if (options.json) {
    Json json = {{"files", removed.files.files}, {"bytes", removed.files.bytes}};
    if (options.unlabelled) {
      json["contents"] = removed.contents;
      json["content_bytes"] = removed.content_bytes;
    }
    if (options.dry_run) json["dry_run"] = true;
    output.json(json);
    return {};
  }
  std::string_view verb = options.dry_run ? "would remove" : "removed";
  if (options.unlabelled) {
    output.line(fmt::format("{} {} without a label: {}", verb,
                            views::counted(removed.contents, "content"),
                            views::counted(removed.content_bytes, "byte")));
  }
  output.line(fmt::format("{} {} that no store needs: {}", verb,
                          views::counted(removed.files.files, "file"),
                          views::counted(removed.files.bytes, "byte")));
  return {};
}

void define(OptionParser& parser, StoreListOptions& options) {
  home_option(parser, options.home);
  json_option(parser, options.json);
}

void define(OptionParser& parser, StorePutOptions& options) {
  parser.argument("STORE", options.store);
  parser.argument("FILE", options.file);
  parser.option("--label", "LABEL", options.label, "put this label on the content");
  home_option(parser, options.home, "the home to put it in");
  json_option(parser, options.json);
}

void define(OptionParser& parser, StoreGetOptions& options) {
  parser.argument("REFERENCE", options.reference);
  home_option(parser, options.home);
  json_option(parser, options.json);
}

void define(OptionParser& parser, StoreRemoveOptions& options) {
  parser.argument("STORE", options.store);
  home_option(parser, options.home);
  json_option(parser, options.json);
}

void define(OptionParser& parser, StoreCollectOptions& options) {
  parser.flag("--unlabelled", options.unlabelled,
              "first remove the contents of all stores that no label is on");
  parser.flag("--dry-run", options.dry_run, "remove nothing, and say what would be removed");
  home_option(parser, options.home);
  json_option(parser, options.json);
}

Exit run(const StoreListOptions& options, Output& output) {
  return exit_after(list(options, output), options.json, output);
}

Exit run(const StorePutOptions& options, Output& output) {
  return exit_after(put(options, output), options.json, output);
}

Exit run(const StoreGetOptions& options, Output& output) {
  return exit_after(get(options, output), options.json, output);
}

Exit run(const StoreRemoveOptions& options, Output& output) {
  return exit_after(remove(options, output), options.json, output);
}

Exit run(const StoreCollectOptions& options, Output& output) {
  return exit_after(collect(options, output), options.json, output);
}

}  // namespace

const CommandHelp kStoreGroup = {
    .name = "store",
    .usage = "COMMAND [options]",
    .summary = "list, fill and empty the stores of a home",
    .details = R"(A store holds contents, each named by its SHA-256, and labels on them. STORE is
the id of a private store, which one actor made, or the name of a shared one.
Actors may use a shared store by --grant store:shared=NAME. Manifests refer to
contents by store://STORE/LABEL and store://STORE/hash/SHA-256.)",
    .examples = R"(theater store put tools worker.wasm --label workers/current
theater store get store://tools/workers/current > worker.wasm
theater store list)"};

const CommandOf<StoreListOptions> kStoreListCommand = {
    {.name = "store list",
     .usage = "[options]",
     .summary = "list the stores of a home",
     .details = R"(Shows the amount in each store, and the owner of a private one. The command may
run concurrently with a node.)",
     .examples = "theater store list"},
    define,
    run};

const CommandOf<StorePutOptions> kStorePutCommand = {
    {.name = "store put",
     .usage = "STORE FILE [options]",
     .summary = "put a file into a store",
     .details = R"(Prints the SHA-256 of the content. The first content begins a shared store. A
label that is on other content moves. The command makes a missing home. Stop a
node that runs in the home first.)",
     .examples = R"(theater store put tools worker.wasm --label workers/current
theater store put notes page.txt --json)"},
    define,
    run};

const CommandOf<StoreGetOptions> kStoreGetCommand = {
    {.name = "store get",
     .usage = "REFERENCE [options]",
     .summary = "print content of a store",
     .details = R"(Checks the content against its digest, and prints its bytes. The command may run
concurrently with a node.)",
     .examples = R"(theater store get store://notes/plans/june
theater store get store://tools/workers/current > worker.wasm)"},
    define,
    run};

const CommandOf<StoreRemoveOptions> kStoreRemoveCommand = {
    {.name = "store remove",
     .usage = "STORE [options]",
     .summary = "remove a store with all its contents",
     .details = R"(Removes the store with its labels. The files of its contents stay until
`theater store gc`. The log has what actors read from the store, so replays do
not need the store. Stop a node that runs in the home first.)",
     .examples = "theater store remove notes"},
    define,
    run};

const CommandOf<StoreCollectOptions> kStoreCollectCommand = {
    {.name = "store gc",
     .usage = "[options]",
     .summary = "remove the files that no store needs",
     .details = R"(Removes the files of contents that are in no store: those of removed stores, and
those that a crash left. With --unlabelled, contents without a label in their
store go first, shared stores included. An actor that kept only the digest of
such a content finds it no longer.

The log and its contents are elsewhere, and the command never touches them:
components, manifests and states that actors started from stay, wherever they
came from. Stop a node that runs in the home first.)",
     .examples = R"(theater store gc
theater store gc --unlabelled --dry-run
theater store gc --unlabelled --json)"},
    define,
    run};

}  // namespace theater::cli
