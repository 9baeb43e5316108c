#include "theater/handlers/process/process_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace theater::process_network_test {

using ::testing::ElementsAre;

struct SaidNotes final : ActorNotes {
  void note(log::Noted note, NoteWritten) override {
    EXPECT_EQ(note.about, 7u);
    said.push_back(log::process_note_text(note).value_or("no text for " + note.what));
  }
  std::vector<std::string> said;
};

const Url kHost = *parse_url("http://a.org:443/");

TEST(ProcessNetwork, NotesEachConnectionAndItsEnd) {
  auto notes = std::make_shared<SaidNotes>();
  ProcessNetwork network(NetworkRules(HostList({{"a.org", 443}}), NameList(), HostList()), 7,
                         notes);
  network.decided({1, "CONNECT", kHost}, std::nullopt);
  network.decided({2, "GET", kHost}, network.refuses("GET", kHost));
  network.ended({1, 10, 20, std::nullopt});
  network.decided({3, "CONNECT", kHost}, std::nullopt);
  network.ended({3, 0, 0, "there is no host"});
  network.over();
  EXPECT_THAT(notes->said,
              ElementsAre("The program asked for connection 1: CONNECT a.org:443.",
                          "The program asked for connection 2: GET a.org:443, and was refused: the "
                          "actor of this program lacks the grant "
                          "process:network;hosts=a.org:443;methods=GET.",
                          "Connection 1 has ended: 10 bytes sent, 20 received.",
                          "The program asked for connection 3: CONNECT a.org:443.",
                          "Connection 3 failed: there is no host."));
}

TEST(ProcessNetwork, CountsTheConnectionsBeyondTheBoundInOneNote) {
  auto notes = std::make_shared<SaidNotes>();
  ProcessNetwork network(NetworkRules(HostList(), NameList(), HostList()), 7, notes);
  for (uint64_t number = 1; number <= ProcessNetwork::kNotedMax + 3; ++number)
    network.decided({number, "CONNECT", kHost}, std::nullopt);
  network.decided({ProcessNetwork::kNotedMax + 4, "CONNECT", kHost}, "a rule");
  network.ended({ProcessNetwork::kNotedMax + 1, 5, 6, std::nullopt});
  network.ended({ProcessNetwork::kNotedMax + 2, 5, 6, std::nullopt});
  network.had_no_place();
  EXPECT_EQ(notes->said.size(), ProcessNetwork::kNotedMax);
  network.over();
  EXPECT_EQ(notes->said.back(),
            "The program had more connections: 3 allowed with 10 bytes sent and 12 received, 1 "
            "refused, 1 without a place.");
  EXPECT_EQ(notes->said.size(), ProcessNetwork::kNotedMax + 1);
}

TEST(ProcessNetwork, SaysNothingOnceTheInstanceHasEnded) {
  auto notes = std::make_shared<SaidNotes>();
  ProcessNetwork network(NetworkRules(HostList(), NameList(), HostList()), 7, notes);
  notes.reset();
  network.decided({1, "CONNECT", kHost}, std::nullopt);
  network.over();
}

TEST(ProcessNetwork, LeadsProgramsToTheProxy) {
  EXPECT_THAT(proxy_variables(3128),
              ElementsAre("HTTP_PROXY=http://127.0.0.1:3128", "http_proxy=http://127.0.0.1:3128",
                          "HTTPS_PROXY=http://127.0.0.1:3128", "https_proxy=http://127.0.0.1:3128",
                          "ALL_PROXY=socks5h://127.0.0.1:3128",
                          "all_proxy=socks5h://127.0.0.1:3128", "NO_PROXY=", "no_proxy="));
}

TEST(ProcessNetwork, GivesEachNoteAType) {
  for (std::string_view what : {log::kConnection, log::kConnectionEnded, log::kMoreConnections})
    EXPECT_TRUE(log::process_note_type(what)) << what;
}

}  // namespace theater::process_network_test
