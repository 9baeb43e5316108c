// An actor's side of its channels: it accepts them, takes their messages and closes them.
#include "theater/actor/cell/cell.h"
#include "theater/base/check.h"
#include "theater/wit/traits.h"

#include <utility>

namespace theater {

namespace {

// Sends the first message of a channel that the guest has accepted. An opener that has stopped
// waiting has sent the end of the channel, which closes this side.
tl::expected<Acceptance, std::string> send_first(NodeServices& services, OutputCommit& output,
                                                 ChannelLink& link, ByteView first,
                                                 const log::Sender& from) {
  std::shared_ptr<ActorRef> target = services.router.find(link.opener.actor);
  if (!target || link.closed()) return Acceptance::kAccepted;
  Message message;
  message.function = link.functions.message;
  message.params = request_params(link.id, first);
  message.from = from;
  if (auto why = target->too_large(message.size())) {
    // The guest has accepted, so it gets a notice that the channel is closed.
    if (link.close()) output.close_channel(link, from.actor);
    return tl::unexpected(*std::move(why));
  }
  if (!target->reserve_always(message.size())) return Acceptance::kAccepted;
  // Before the answer, and so before anything else on this channel.
  output.deliver(target, std::move(message));
  return Acceptance::kAcceptedWithMessage;
}

}  // namespace

// Whether the guest gets a message of a channel. It does not get messages that were on their way
// when this side closed, nor the end of a channel that this side did not accept.
bool ActorCell::admit(const Message& message) {
  const ExportFunction& function = *message.function;
  if (opens_channel(function)) return true;
  std::string_view id = id_of(message);
  if (!closes_channel(function)) return channels_.take_message(id);
  if (channels_.find(id) == nullptr) return false;
  // Without a function for it, the end of a channel is bookkeeping.
  if (!exports(function)) channels_.remove(id);
  return true;
}

void ActorCell::answer_open(const CallReturn& returned, const Hash& by) {
  ReplyTo& reply = incarnation_->message().reply;
  const ReplyTo::Actor* opener = reply.actor();
  THEATER_CHECK(opener != nullptr && opener->channel, "only actors open channels");
  RequestAnswer answer;
  answer.by = by;
  if (returned.is_error) {
    answer.result = tl::unexpected(std::string(returned.error_text));
    channels_.release_place();
  } else {
    using Answer = std::tuple<bool, std::optional<ByteView>>;
    Result<Answer> read = wit::decode<Answer>(returned.results);
    THEATER_CHECK(read.has_value(), "a result that the engine has checked does not decode: {}",
                  read.error().to_string());
    auto [accepted, first] = *read;
    if (!accepted) {
      channels_.release_place();
    } else {
      channels_.add(opener->channel);
      tl::expected<Acceptance, std::string> made = Acceptance::kAccepted;
      if (first) {
        log::Sender from{spec_.id, durability_, by};
        made = send_first(services_, output_, *opener->channel, *first, from);
      }
      if (made) {
        answer.acceptance = *made;
      } else {
        answer.result = tl::unexpected(std::move(made).error());
      }
    }
  }
  output_.answer(std::move(reply), std::move(answer));
}

void ActorCell::close_channels() {
  for (const std::shared_ptr<ChannelLink>& link : channels_.take_all()) {
    if (link->close()) output_.close_channel(*link, link->other_than(spec_.id).actor);
  }
}

}  // namespace theater
