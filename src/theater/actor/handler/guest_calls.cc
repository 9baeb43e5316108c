#include "theater/actor/handler/guest_calls.h"

#include "theater/actor/cell/cell.h"

#include <memory>
#include <utility>

namespace theater {

namespace {

class CellCalls final : public GuestCalls {
 public:
  explicit CellCalls(std::weak_ptr<ActorCell> cell) : cell_(std::move(cell)) {}

  bool exports(const ExportFunction& function) const override {
    auto cell = cell_.lock();
    return cell != nullptr && cell->exports(function);
  }

  tl::expected<void, std::string> call(const ExportFunction& function, Bytes params,
                                       ReplyTo::Reach reach, ReplyTo::Answered answered) override {
    auto cell = cell_.lock();
    if (cell == nullptr) return tl::unexpected(std::string("the actor has ended"));
    if (auto place = cell->reserve(params.size()); !place) return place;
    Message message;
    message.function = &function;
    message.params = std::move(params);
    message.from = log::FromHandler{};
    message.reply = ReplyTo(std::move(answered), reach);
    cell->deliver(std::move(message));
    return {};
  }

 private:
  std::weak_ptr<ActorCell> cell_;
};

}  // namespace

std::shared_ptr<GuestCalls> ActorCell::guest_calls() {
  return std::make_shared<CellCalls>(self());
}

}  // namespace theater
