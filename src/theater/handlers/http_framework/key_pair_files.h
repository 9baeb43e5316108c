// The operator's key pairs as servers use them.
//
// The files are read when a server starts with them. While one runs, a thread looks at them each
// second, so that a certificate can be renewed without a restart: connections from then on get the new
// one. A pair that cannot be used any more changes nothing, and a line of the log says why.
#pragma once

#include "theater/base/guarded.h"
#include "theater/base/result.h"
#include "theater/manifest/tls_key_pair.h"
#include "theater/net/http_server.h"
#include "theater/net/tls_context.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace theater {

// Safe from any thread.
class KeyPairFiles {
 public:
  static constexpr std::chrono::milliseconds kLookPeriod{1'000};

  explicit KeyPairFiles(std::vector<TlsKeyPair> pairs) : pairs_(std::move(pairs)) {}
  ~KeyPairFiles();
  KeyPairFiles(const KeyPairFiles&) = delete;
  KeyPairFiles& operator=(const KeyPairFiles&) = delete;

  // The keys of that name, for each connection those of its time. Blocks. Fails with kNotFound for an
  // unknown name, and with what is wrong with the files. What it returns may outlive this object.
  Result<HttpServer::TlsSource> open(std::string_view name);

 private:
  // Both files as they were read. A file that is replaced has another time or size.
  struct Stamp {
    std::filesystem::file_time_type times[2];
    uintmax_t sizes[2] = {0, 0};
    bool operator==(const Stamp&) const = default;
  };
  // One pair that servers use. Shared with their sources.
  struct Open {
    TlsKeyPair pair;
    Guarded<std::shared_ptr<TlsContext>> context;
    Stamp stamp;  // For the thread alone, once it is open.
  };
  struct State {
    std::map<std::string, std::shared_ptr<Open>, std::less<>> open;
    bool is_stopping = false;
  };

  static Stamp stamp_of(const TlsKeyPair& pair);
  static Result<std::shared_ptr<TlsContext>> read(const TlsKeyPair& pair);
  void work();
  static void look(Open& open);

  const std::vector<TlsKeyPair> pairs_;
  Guarded<State> state_;
  Guarded<std::thread> thread_;  // Runs once a pair is open.
};

}  // namespace theater
