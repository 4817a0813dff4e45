#include <backflow/runtime/log/log.h>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <utility>

#include <backflow/runtime/log/message.h>

namespace backflow {
namespace {

constexpr const char* kName = "backflow";

std::shared_ptr<spdlog::logger> first_logger() {
  if (auto registered = spdlog::get(kName)) return registered;
  auto result = std::make_shared<spdlog::logger>(kName, std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  result->set_level(spdlog::level::warn);
  return result;
}

std::mutex mutex;

std::shared_ptr<spdlog::logger>& current() {
  static std::shared_ptr<spdlog::logger> instance = first_logger();
  return instance;
}

spdlog::level::level_enum level_of(log::Level level) {
  return level == log::Level::debug  ? spdlog::level::debug
         : level == log::Level::info ? spdlog::level::info
                                     : spdlog::level::warn;
}

}  // namespace

std::shared_ptr<spdlog::logger> logger() {
  const std::scoped_lock lock(mutex);
  return current();
}

void set_logger(std::shared_ptr<spdlog::logger> logger) {
  const std::scoped_lock lock(mutex);
  current() = std::move(logger);
}

namespace log {

bool enabled(Level level) {
  const auto to = logger();
  return to && to->should_log(level_of(level));
}

void write(Level level, const std::string& message) {
  if (const auto to = logger()) to->log(level_of(level), message);
}

}  // namespace log
}  // namespace backflow
