#include "theater/views/exposition.h"

#include <fmt/format.h>

#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

namespace theater::views {

namespace {

constexpr double kNanosecondsPerSecond = 1e9;
constexpr double kMicrosecondsPerSecond = 1e6;

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

std::string number(uint64_t value) {
  return fmt::to_string(value);
}

double seconds(uint64_t ns) {
  return static_cast<double>(ns) / kNanosecondsPerSecond;
}

// A pair for between the braces.
std::string label(std::string_view name, std::string_view value) {
  std::string text = fmt::format("{}=\"", name);
  for (char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text + '"';
}

class Page {
 public:
  // The values that follow belong to this metric.
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  template <class Number>
  void value(Number value, std::string_view labels = {}) {
    text_ += labels.empty() ? fmt::format("{} {}\n", name_, number(value))
                            : fmt::format("{}{{{}}} {}\n", name_, labels, number(value));
  }
  template <class Number>
  void counter(std::string_view name, std::string_view help, Number value) {
    metric(name, "counter", help);
    this->value(value);
  }
  template <class Number>
  void gauge(std::string_view name, std::string_view help, Number value) {
    metric(name, "gauge", help);
    this->value(value);
  }

  std::string take() { return std::move(text_); }

 private:
  std::string_view name_;
  std::string text_;
};

void add_node(Page& page, const NodeFacts& node) {
  page.metric("theater_build_info", "gauge", "The program; the value is always 1.");
  page.value(uint64_t{1},
             fmt::format("{},{}", label("version", node.version), label("engine", node.engine)));
  page.gauge("theater_ready", "Whether recovery is over.", uint64_t{node.is_ready});
  page.gauge("theater_log_failed", "Whether the log takes no more events.",
             uint64_t{node.has_log_failed});
  page.counter("theater_log_events_total", "Events of the log that are on disk.",
               node.events_on_disk);
  page.metric("theater_api_refused_total", "counter",
              "Requests of the API that were refused, by what the client lacked.");
  page.value(node.refused_authentication, label("reason", "authentication"));
  page.value(node.refused_permission, label("reason", "permission"));
}

void add_actors(Page& page, const NodeMetrics& metrics) {
  const ActorMetrics& all = metrics.all;
  page.gauge("theater_actors", "Living actors.", metrics.actors - metrics.ended);
  page.counter("theater_actors_started_total", "Actors that began, failed starts included.",
               metrics.actors);
  page.counter("theater_actors_ended_total", "Actors that ended.", metrics.ended);
  page.counter("theater_calls_total", "Ended calls of exports.", all.calls.calls);
  page.counter("theater_call_errors_total", "Calls that returned an error.", all.calls.errors);
  page.counter("theater_call_failures_total", "Calls that a trap, a limit or a kill cut off.",
               all.calls.failures);
  page.counter("theater_call_seconds_total", "Time of workers for calls, without waiting.",
               seconds(all.calls.total_ns));
  page.gauge("theater_call_seconds_max", "The longest time of a worker for a call.",
             seconds(all.calls.max_ns));
  page.gauge("theater_mailbox_messages", "Messages in mailboxes.", all.waiting);
  page.gauge("theater_mailbox_messages_max", "The most messages that were in one mailbox.",
             all.waiting_max);
  page.gauge("theater_actor_memory_bytes", "Linear memory of actors.", all.memory_bytes);
  page.gauge("theater_actor_memory_bytes_max", "The most linear memory of one actor.",
             all.memory_bytes_max);
  page.counter("theater_actor_events_total", "Events of the chains of actors.", all.events);
  page.counter("theater_actor_event_bytes_total",
               "Bytes of these events, and of payloads outside of them.", all.event_bytes);
  page.counter("theater_messages_in_total", "Calls by other actors and by clients.",
               all.messages_in);
  page.counter("theater_messages_out_total", "Messages to other actors, answers left out.",
               all.messages_out);
  page.counter("theater_restarts_total", "Lost instances that were replaced.", all.restarts);
  page.counter("theater_secret_echoes_total",
               "Answers that no guest got, because a secret of its request was in them.",
               all.secret_echoes);
}

void add_custom(Page& page, const NodeMetrics& metrics) {
  std::vector<std::pair<std::string, const CustomMetric*>> shown;
  uint64_t left_out = metrics.values_left_out;
  for (const auto& [name, metric] : metrics.all.custom) {
    if (name.size() > kMetricNameBytesMax) {
      left_out += metric.count;
    } else {
      shown.emplace_back(label("metric", name), &metric);
    }
  }
  page.counter("theater_custom_values_left_out_total",
               "Values that actors recorded under names that are not here.", left_out);
  if (shown.empty()) return;
  page.metric("theater_custom_values_total", "counter",
              "Values that actors recorded under a name of theirs.");
  for (const auto& [name, metric] : shown)
    page.value(metric->count, name);
  auto gauges = [&](std::string_view name, std::string_view help, double CustomMetric::* member) {
    page.metric(name, "gauge", help);
    for (const auto& [labels, metric] : shown)
      page.value(metric->*member, labels);
  };
  gauges("theater_custom_sum", "The sum of these values.", &CustomMetric::sum);
  gauges("theater_custom_min", "The smallest of these values.", &CustomMetric::min);
  gauges("theater_custom_max", "The largest of these values.", &CustomMetric::max);
}

void add_process(Page& page, const NodeFacts& node, const ProcessFacts& process) {
  page.counter("process_cpu_seconds_total", "Processor time of this process.", process.cpu_seconds);
  page.gauge("process_resident_memory_bytes", "Resident memory of this process.",
             process.resident_bytes);
  page.gauge("process_open_fds", "Open descriptors of this process.", process.open_descriptors);
  page.gauge("process_start_time_seconds", "When the node was opened, since 1970.",
             static_cast<double>(node.started_us) / kMicrosecondsPerSecond);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) / kMicrosecondsPerSecond;
}

}  // namespace

ProcessFacts process_facts() {
  ProcessFacts facts;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0)
    facts.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  uint64_t pages = 0;
  uint64_t resident = 0;
  if (std::ifstream("/proc/self/statm") >> pages >> resident)
    facts.resident_bytes = resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  std::error_code error;
  std::filesystem::directory_iterator open("/proc/self/fd", error);
  // The iterator has one itself.
  for (; !error && open != std::filesystem::directory_iterator(); open.increment(error))
    ++facts.open_descriptors;
  if (facts.open_descriptors > 0) --facts.open_descriptors;
  return facts;
}

std::string exposition(const NodeFacts& node, const NodeMetrics& metrics,
                       const ProcessFacts& process) {
  Page page;
  add_node(page, node);
  add_actors(page, metrics);
  add_custom(page, metrics);
  add_process(page, node, process);
  return page.take();
}

}  // namespace theater::views
