#include "actors.h"

#include "theater/base/file.h"
#include "theater/net/multipart.h"

#include <fmt/format.h>

#include <vector>

#include "../expect.h"

namespace theater::bench {

namespace {

constexpr size_t kMessageTextBytes = 64;

}  // namespace

std::string message_text(char order, uint64_t number) {
  std::string text(kMessageTextBytes, '.');
  for (size_t i = 0; i < 8; ++i)
    text[i] = static_cast<char>(number >> (8 * i));
  text[8] = order;
  return text;
}

std::string manifest_text(std::string_view name, std::string_view durability,
                          std::string_view more) {
  return fmt::format(
      "name = \"{}\"\ncomponent = \"player.wat\"\n"
      "[log]\ndurability = \"{}\"\n[limits]\nmailbox_messages = 1000000\n"
      "[[handler]]\ntype = \"message-server\"\n{}",
      name, durability, more);
}

Starter::Starter(const std::string& guests)
    : component_(expect(read_file(guests + "/player.wat"))) {}

std::string Starter::request(const Entrance& entrance, const std::string& manifest,
                             const StartParts& parts) const {
  // The id of the peer, and a counter.
  std::string state = parts.peer + std::string(8, '\0');
  std::vector<NewPart> form{{"manifest", {}, as_bytes(manifest)}, {"component", {}, component_}};
  if (!parts.peer.empty()) form.push_back({"opaque_state", {}, as_bytes(state)});
  if (!parts.grant.empty()) form.push_back({"grant", {}, as_bytes(parts.grant)});
  if (!parts.folder.empty()) form.push_back({"folder", {}, as_bytes(parts.folder)});
  Multipart body = write_multipart(form);
  return request_text(entrance, "POST", "/v1/actors", as_text(body.body),
                      fmt::format("Content-Type: {}\r\n", body.content_type));
}

std::string Starter::start(Client& client, const std::string& manifest,
                           const StartParts& parts) const {
  return std::string(json_member(client.ask(request(client.entrance(), manifest, parts)), "id"));
}

std::string_view json_member(std::string_view json, std::string_view name) {
  size_t at = json.find(fmt::format("\"{}\":", name));
  if (at == std::string_view::npos) return {};
  json.remove_prefix(at + name.size() + 3);
  bool is_text = json.starts_with('"');
  if (is_text) json.remove_prefix(1);
  return json.substr(0, json.find_first_of(is_text ? "\"" : ",}"));
}

std::string actor_target(std::string_view id, std::string_view rest) {
  return fmt::format("/v1/actors/{}/{}", id, rest);
}

}  // namespace theater::bench
