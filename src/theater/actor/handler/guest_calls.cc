#include "theater/actor/handler/guest_calls.h"

#include "theater/actor/messaging/actor_ref.h"

#include <memory>
#include <utility>

namespace theater {

namespace {

class ActorCalls final : public GuestCalls {
 public:
  explicit ActorCalls(std::weak_ptr<ActorRef> actor) : actor_(std::move(actor)) {}

  bool exports(const ExportFunction& function) const override {
    auto actor = actor_.lock();
    return actor != nullptr && actor->exports(function);
  }

  tl::expected<void, std::string> call(const ExportFunction& function, Bytes params,
                                       ReplyTo::Reach reach, ReplyTo::Answered answered,
                                       CallWatch watch) override {
    auto actor = actor_.lock();
    if (actor == nullptr) return tl::unexpected(std::string("the actor has ended"));
    if (auto place = actor->reserve(function, params.size()); !place) return place;
    Message message;
    message.function = &function;
    message.params = std::move(params);
    message.from = log::FromHandler{};
    message.reply = ReplyTo(std::move(answered), reach, std::move(watch.called));
    message.withdrawn = std::move(watch.withdrawn);
    actor->deliver(std::move(message));
    return {};
  }

  std::shared_ptr<void> expect() override {
    auto actor = actor_.lock();
    if (actor == nullptr) return nullptr;
    actor->expect_call();
    return std::shared_ptr<void>(nullptr, [actor](void*) { actor->stop_expecting_call(); });
  }

  std::shared_ptr<void> expect_more() override {
    auto actor = actor_.lock();
    if (actor == nullptr) return nullptr;
    actor->add_call_source();
    return std::shared_ptr<void>(nullptr, [actor](void*) { actor->remove_call_source(); });
  }

 private:
  std::weak_ptr<ActorRef> actor_;
};

}  // namespace

std::shared_ptr<GuestCalls> guest_calls_of(const std::shared_ptr<ActorRef>& actor) {
  return std::make_shared<ActorCalls>(actor);
}

}  // namespace theater
