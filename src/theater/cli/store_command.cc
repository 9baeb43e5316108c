// The commands `theater store …`: the operator's hands in the stores of a home.
#include "theater/base/file.h"
#include "theater/base/log.h"
#include "theater/cli/commands.h"
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

// Stores of a home that this process holds, so that no node runs beside it.
struct HeldStores {
  std::unique_ptr<Home> home;
  std::unique_ptr<ContentStore> stores;
};

Result<HeldStores> hold_stores(const std::filesystem::path& home, const std::string& command) {
  OsRandom random;
  HeldStores held;
  held.home = THEATER_TRY(Home::open(home, random, command));
  held.stores = THEATER_TRY(ContentStore::open(held.home->layout().stores()));
  return held;
}

// The same where nothing is to be made.
Result<HeldStores> hold_present_stores(const std::filesystem::path& home,
                                       const std::string& command) {
  THEATER_TRY_VOID(ContentStore::open_to_look(HomeLayout{home}.stores()));
  return hold_stores(home, command);
}

Result<void> list(const StoreListCommand& command, Output& output) {
  std::filesystem::path folder = HomeLayout{home_folder(command.home)}.stores();
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
    if (command.json) continue;
    output.line(fmt::format("{}: {}, {}, {}; {}", one.id.text(),
                            views::counted(one.contents, "content"),
                            views::counted(one.labels, "label"), views::counted(one.bytes, "byte"),
                            one.owner ? "of actor " + owner : "shared"));
  }
  if (command.json) output.json({{"stores", std::move(list)}});
  return {};
}

Result<void> put(const StorePutCommand& command, Output& output) {
  StoreId id = THEATER_TRY(StoreId::parse(command.store));
  std::optional<Label> label;
  if (!command.label.empty()) label = THEATER_TRY(Label::parse(command.label));
  Bytes content = THEATER_TRY(read_file(command.file));
  HeldStores held = THEATER_TRY(hold_stores(home_folder(command.home), "theater store put"));
  Hash digest = THEATER_TRY(held.stores->put({}, id, content, label));
  if (command.json) {
    StoreReference reference{id, digest};
    output.json({{"hash", digest.to_string()}, {"reference", reference.to_string()}});
  } else {
    output.line(digest.to_string());
  }
  return {};
}

Result<void> get(const StoreGetCommand& command, Output& output) {
  StoreReference reference = THEATER_TRY(StoreReference::parse(command.reference));
  auto stores =
      THEATER_TRY(ContentStore::open_to_look(HomeLayout{home_folder(command.home)}.stores()));
  Bytes content = THEATER_TRY(stores->resolve({}, reference, std::numeric_limits<uint64_t>::max()));
  if (command.json) {
    output.json({{"hash", sha256(content).to_string()}, {"content", views::json_bytes(content)}});
  } else {
    output.text(as_text(content));
  }
  return {};
}

Result<void> remove(const StoreRemoveCommand& command, Output& output) {
  StoreId id = THEATER_TRY(StoreId::parse(command.store));
  HeldStores held =
      THEATER_TRY(hold_present_stores(home_folder(command.home), "theater store remove"));
  THEATER_TRY_VOID(held.stores->remove(id));
  if (command.json) output.json({{"removed", id.text()}});
  return {};
}

Result<void> collect(const StoreCollectCommand& command, Output& output) {
  HeldStores held = THEATER_TRY(hold_present_stores(home_folder(command.home), "theater store gc"));
  ContentFiles::Removed removed = THEATER_TRY(held.stores->collect());
  if (command.json) {
    output.json({{"files", removed.files}, {"bytes", removed.bytes}});
  } else {
    output.line(fmt::format("removed {} that no store needs: {}",
                            views::counted(removed.files, "file"),
                            views::counted(removed.bytes, "byte")));
  }
  return {};
}

template <class C>
Exit finish(const Result<void>& done, const C& command, Output& output) {
  return done ? Exit::kDone : report_failure(done.error(), Exit::kFailed, command.json, output);
}

}  // namespace

Exit run(const StoreListCommand& command, Output& output) {
  return finish(list(command, output), command, output);
}

Exit run(const StorePutCommand& command, Output& output) {
  return finish(put(command, output), command, output);
}

Exit run(const StoreGetCommand& command, Output& output) {
  return finish(get(command, output), command, output);
}

Exit run(const StoreRemoveCommand& command, Output& output) {
  return finish(remove(command, output), command, output);
}

Exit run(const StoreCollectCommand& command, Output& output) {
  return finish(collect(command, output), command, output);
}

}  // namespace theater::cli
