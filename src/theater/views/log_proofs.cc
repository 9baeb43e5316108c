#include "theater/views/log_proofs.h"

#include "theater/base/hex.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace theater::views {

namespace {

Json signed_json(const NewestCheckpoint& newest) {
  return {{"origin", newest.checkpoint.origin},
          {"size", newest.checkpoint.size},
          {"root", newest.checkpoint.root.to_string()},
          {"note", newest.note}};
}

}  // namespace

Json chain_facts_json(const ChainFacts& chain) {
  return {{"actor", chain.actor.to_string()},
          {"name", chain.name},
          {"events", chain.events},
          {"head", chain.head.to_string()}};
}

Result<Json> log_head_json(const log::LogReader& reader) {
  std::optional<NewestCheckpoint> newest = THEATER_TRY(newest_checkpoint(reader));
  Hash root = THEATER_TRY(log_root(reader));
  return Json{{"log", reader.log_id().to_string()},
              {"size", reader.size()},
              {"root", root.to_string()},
              {"checkpoint", newest ? signed_json(*newest) : Json()}};
}

Json key_json(const log::VerifierKey& key) {
  return {{"name", key.name}, {"key", log::to_text(key)}, {"public_key", to_hex(key.key)}};
}

Json checkpoint_json(const NewestCheckpoint& newest,
                     const std::optional<log::ConsistencyText>& proof) {
  Json json = signed_json(newest);
  if (proof) {
    json["since"] = {{"size", proof->old_size},
                     {"hashes", json_hashes(proof->hashes)},
                     {"proof", log::to_text(*proof)}};
  }
  return json;
}

Json event_proof_json(const EventProof& proof) {
  return {{"actor", proof.actor.to_string()},
          {"seq", proof.seq},
          {"hash", proof.hash.to_string()},
          {"index", proof.proof.index},
          {"size", proof.checkpoint.size},
          {"root", proof.checkpoint.root.to_string()},
          {"hashes", json_hashes(proof.proof.hashes)},
          {"proof", log::to_text(proof.proof)}};
}

}  // namespace theater::views
