// server.list: seconds until a client has all pages of the list of 100,000 actors, 1,000 on each.
//
// Ten trees of 10,000 actors each, which their manifests declare, are on the server.
#include "theater/base/check.h"
#include "theater/base/file.h"
#include "theater/base/testing/temporary_folder.h"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "../expect.h"
#include "../measure.h"
#include "actors.h"
#include "groups.h"

namespace theater::bench {

namespace {

namespace fs = std::filesystem;

const size_t kTrees = amount(10, 2);
const size_t kBranches = amount(101, 2);
const size_t kLeaves = amount(98, 3);

// A manifest whose actor has so many children of another manifest in the folder, and may read there.
std::string tree_manifest(const fs::path& folder, std::string_view name, std::string_view child,
                          size_t children) {
  std::string more = fmt::format(
      "[[handler]]\ntype = \"supervisor\"\n[[handler]]\ntype = \"filesystem\"\npath = \"{}\"\n",
      folder.string());
  for (size_t i = 0; i < children; ++i)
    more += fmt::format("[[child]]\nname = \"{0}-{1}\"\nmanifest = \"{0}.toml\"\n", child, i);
  std::string text = manifest_text(name, "memory", more);
  text.insert(text.find("mailbox_messages"), "spawns_per_second = 1000000\n");
  return text;
}

// Returns how many actors there are.
size_t start_trees(const Setup& setup, Client& client) {
  TemporaryFolder given(setup.below);
  fs::path folder = fs::absolute(given.path());
  auto write = [&](const char* name, ByteView bytes) { expect(write_file(folder / name, bytes)); };
  Bytes component = expect(read_file(setup.guests + "/player.wat"));
  write("player.wat", component);
  write("leaf.toml", as_bytes(manifest_text("leaf", "memory")));
  write("branch.toml", as_bytes(tree_manifest(folder, "branch", "leaf", kLeaves)));
  std::string root = tree_manifest(folder, "root", "branch", kBranches);
  Starter starter(setup.guests);
  std::string grant = fmt::format("filesystem:paths={};read", folder.string());
  for (size_t i = 0; i < kTrees; ++i)
    client.ask(
        starter.request(client.entrance(), root, {.grant = grant, .folder = folder.string()}));
  return kTrees * (1 + kBranches * (1 + kLeaves));
}

// How many actors all pages have together.
size_t read_list(Client& client) {
  size_t actors = 0;
  for (std::string cursor;;) {
    std::string_view page = client.get("/v1/actors?limit=1000" + cursor);
    constexpr std::string_view kOnce = "\"manifest_name\":";
    for (size_t at = page.find(kOnce); at != std::string_view::npos; at = page.find(kOnce, at + 1))
      ++actors;
    std::string_view next = json_member(page.substr(page.rfind("\"cursor\":")), "cursor");
    if (next == "null") return actors;
    cursor = fmt::format("&cursor={}", next);
  }
}

}  // namespace

void measure_list(const Setup& setup) {
  ServerProcess server(setup.program, setup.below);
  Client client(server.socket());
  size_t actors = start_trees(setup, client);
  std::vector<double> runs;
  for (int run = 0; run < kRuns; ++run) {
    Cost cost = cost_of([&] {
      size_t listed = read_list(client);
      THEATER_CHECK(listed == actors, "{} of {} actors", listed, actors);
    });
    runs.push_back(cost.seconds);
  }
  print("server.list", figure_of(std::move(runs)), "s",
        fmt::format(R"(, "actors": {}, "pinned": {})", actors, server.pinned()));
}

}  // namespace theater::bench
