#include "theater/actor/messaging/export_function.h"

#include "theater/actor/messaging/channels.h"

#include <array>

namespace theater {

namespace {

constexpr std::string_view kMessageInterface = "theater:simple/message-server-client";

// The functions that receive messages. They name each other by address.
struct MessageFunctions {
  MessageFunctions() {
    for (const ExportFunction* function : {channel.open, channel.message, channel.close})
      functions[static_cast<size_t>(function - functions.data())].channel = &channel;
  }
  MessageFunctions(const MessageFunctions&) = delete;
  MessageFunctions& operator=(const MessageFunctions&) = delete;

  std::array<ExportFunction, 5> functions = {
      export_function<void(Bytes)>(std::string(kMessageInterface), "handle-send",
                                   AnswerForm::kReceipt),
      export_function<std::optional<Bytes>(std::string, Bytes)>(
          std::string(kMessageInterface), "handle-request", AnswerForm::kDeferred),
      export_function<ChannelAccept(std::string, Bytes)>(std::string(kMessageInterface),
                                                         "handle-channel-open"),
      export_function<void(std::string, Bytes)>(std::string(kMessageInterface),
                                                "handle-channel-message"),
      export_function<void(std::string)>(std::string(kMessageInterface), "handle-channel-close")};
  ChannelFunctions channel = {&functions[2], &functions[3], &functions[4]};
};

const MessageFunctions& all_message_functions() {
  static const MessageFunctions all;
  return all;
}

}  // namespace

const ExportFunction& init_function() {
  static const ExportFunction function =
      export_function<void(std::string)>("theater:simple/actor", "init");
  return function;
}

const ExportFunction& handle_send_function() {
  return all_message_functions().functions[0];
}

const ExportFunction& handle_request_function() {
  return all_message_functions().functions[1];
}

const ChannelFunctions& channel_functions() {
  return all_message_functions().channel;
}

std::span<const ExportFunction> message_functions() {
  return all_message_functions().functions;
}

}  // namespace theater
