// What a guest does with channels.
#include "theater/actor/cell/binder.h"
#include "theater/actor/cell/binder_results.h"
#include "theater/base/check.h"

#include <utility>

namespace theater {

using engine::HostAnswer;

namespace {

constexpr std::string_view kClosed = "Channel is closed";

std::string too_many_text(const ActorId& actor) {
  return fmt::format("too many channels: actor {} has {} open, which is the limit; close one first",
                     actor.to_string(), Channels::kOpenMax);
}

}  // namespace

tl::expected<std::shared_ptr<ChannelLink>, std::string> Binder::prepare_channel(
    const OutgoingMessage& outgoing, const std::string& id, ActorRef& target) {
  THEATER_CHECK(opens_channel(*outgoing.function), "{}", outgoing.function->name.to_string());
  if (!channels_.take_place()) return tl::unexpected(too_many_text(self_.id()));
  if (!target.take_channel_place()) {
    channels_.release_place();
    return tl::unexpected(too_many_text(target.id()));
  }
  return std::make_shared<ChannelLink>(id, *outgoing.function->channel,
                                       log::Peer{self_.id(), durability_},
                                       log::Peer{target.id(), target.durability()});
}

void Binder::release_channel(ActorRef& target) {
  channels_.release_place();
  target.release_channel_place();
}

void Binder::abandon_opening(ChannelLink& link) {
  channels_.release_place();
  if (link.close()) output_.close_channel(link, link.acceptor.actor);
}

void Binder::channel_result(const PendingCall& pending, const RequestAnswer& answer,
                            Bytes& result) {
  if (answer.acceptance != Acceptance::kNone) {
    write_ok(result);
    wit::encode_to(result, pending.channel->id);
    channels_.add(pending.channel, answer.acceptance == Acceptance::kAcceptedWithMessage);
    return;
  }
  channels_.release_place();
  if (answer.result) {
    write_error(result, "Channel request rejected by target actor");
  } else {
    write_error(result, "Error opening channel: " + answer.result.error());
  }
}

std::shared_ptr<ChannelLink> Binder::find_channel(const Sending& sending, std::string_view id) {
  if (!id.starts_with("ch_")) {
    fail(sending, log::ToNobody{},
         fmt::format("Failed to parse channel ID: {}",
                     id.empty() ? std::string("it is empty")
                                : fmt::format("`{}` does not begin with `ch_`", id)));
    return nullptr;
  }
  std::shared_ptr<ChannelLink> link = channels_.find(id);
  if (!link) {
    fail(sending, log::ToNobody{}, fmt::format("Channel not found: {}", id));
  } else if (link->closed()) {
    // The other side has closed it; handle-channel-close is on its way.
    fail(sending, link->other_than(self_.id()), kClosed);
    return nullptr;
  }
  return link;
}

HostAnswer Binder::run(const BoundImport& import, const HostFunction::OnChannel& body,
                       ByteView args, Bytes& result) {
  Sending sending{import, args, log::SentKind::kChannelMessage, result};
  auto outgoing = body(session(import), args);
  if (!outgoing) return fail(sending, log::ToNobody{}, outgoing.error());
  std::shared_ptr<ChannelLink> link = find_channel(sending, outgoing->channel_id);
  if (!link) return HostAnswer::kDone;
  const log::Peer& peer = link->other_than(self_.id());
  std::shared_ptr<ActorRef> target = routes_.find(peer.actor);
  if (!target) return fail(sending, peer, kClosed);
  Message message;
  message.function = link->functions.message;
  message.params = request_params(link->id, outgoing->payload);
  if (auto place = target->reserve(*message.function, message.size()); !place) {
    // An actor that ends closes its channels before its mailbox.
    return fail(sending, peer, link->closed() ? kClosed : std::string_view(place.error()));
  }
  post(sending, target, std::move(message));
  write_ok(result);
  return HostAnswer::kDone;
}

HostAnswer Binder::run(const BoundImport& import, const HostFunction::Close& body, ByteView args,
                       Bytes& result) {
  Sending sending{import, args, log::SentKind::kCloseChannel, result};
  auto outgoing = body(session(import), args);
  if (!outgoing) return fail(sending, log::ToNobody{}, outgoing.error());
  std::shared_ptr<ChannelLink> link = find_channel(sending, outgoing->channel_id);
  if (!link) return HostAnswer::kDone;
  const log::Peer& peer = link->other_than(self_.id());
  // The other side may be first after all, and then tells this one.
  if (!link->close()) return fail(sending, peer, kClosed);
  channels_.remove(link->id);
  std::shared_ptr<ActorRef> target = routes_.find(peer.actor);
  Message message;
  message.function = link->functions.close;
  message.params = close_params(link->id);
  if (!target || !target->reserve_always(message.size())) return fail(sending, peer, kClosed);
  post(sending, target, std::move(message));
  write_ok(result);
  return HostAnswer::kDone;
}

}  // namespace theater
