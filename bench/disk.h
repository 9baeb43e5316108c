// A log of its own, what it takes on disk, and actors that do nothing but record into it.
#pragma once

#include "theater/base/clock.h"
#include "theater/base/file.h"
#include "theater/base/random.h"
#include "theater/base/signing_key.h"
#include "theater/base/testing/temporary_folder.h"
#include "theater/log/event/chain.h"
#include "theater/log/writer/log.h"
#include "theater/store/blob_store.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "expect.h"

namespace theater::bench {

// Below the folder that is given, and removed when the object goes.
struct Disk {
  explicit Disk(const std::filesystem::path& below)
      : scratch(below),
        key(SigningKey::generate(random)),
        blobs(expect(BlobStore::open(scratch.path() / "blobs"))),
        log(expect(log::Log::open(scratch.path() / "log", {key, *blobs, clock, random}))) {}

  TemporaryFolder scratch;
  OsRandom random;
  SystemClock clock;
  SigningKey key;
  std::unique_ptr<BlobStore> blobs;
  std::unique_ptr<log::Log> log;
};

// The bytes of a file without the room that is set aside at its end, which is zeros.
inline uint64_t used_bytes(const std::filesystem::path& path) {
  Bytes bytes = expect(read_file(path));
  auto last = std::find_if(bytes.rbegin(), bytes.rend(), [](uint8_t byte) { return byte != 0; });
  return static_cast<uint64_t>(bytes.rend() - last);
}

// An actor whose events are of some 256 bytes. For one thread.
class Writer {
 public:
  Writer(log::Log& log, log::Durability durability)
      : log_(log),
        durability_(durability),
        id_{log.make_salt()},
        number_(log.add_actor(id_)),
        arguments_(210, uint8_t{7}) {
    record(log::Genesis{.actor = id_, .name = "bench", .parent = {}, .manifest = Hash{}});
  }

  void record_note() {
    record(log::Note{.function = 3, .arguments = log::borrowed_payload(arguments_)});
  }
  size_t event_bytes() const { return event_bytes_; }

 private:
  static constexpr uint64_t kTime = 1'700'000'000'000'000;

  void record(const log::Body& body) {
    log::EventRef made = chain_.append(body, kTime);
    event_bytes_ = chain_.event(made.seq.value).size();
    log_.append(number_, chain_.event(made.seq.value), made.hash, {}, durability_);
  }

  log::Log& log_;
  log::Durability durability_;
  ActorId id_;
  log::ActorNumber number_;
  Bytes arguments_;
  log::Chain chain_;
  size_t event_bytes_ = 0;
};

}  // namespace theater::bench
