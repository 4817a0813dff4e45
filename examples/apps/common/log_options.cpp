#include "examples/apps/common/log_options.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include <backflow/graph/error.h>
#include <backflow/runtime/log/log.h>
#include "examples/apps/common/completion.h"

namespace backflow {
namespace {

spdlog::sink_ptr sink_of(const std::string& file) {
  if (file.empty()) return std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  try {
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  } catch (const spdlog::spdlog_ex& e) {
    fail("--log-file: ", e.what());
  }
}

}  // namespace

void add_options(CLI::App& app, LogOptions& o) {
  const std::vector<std::string> levels{"debug", "info", "warning", "error", "off"};
  CLI::Option* level =
      app.add_option("--log-level", o.level,
                     "messages to log: debug, info, warning, error or off; default: warning, with --log-file info");
  level->check(CLI::IsMember(levels))->type_name("LEVEL")->group("Program");
  complete_with(*level, levels);
  app.add_option("--log-file", o.file, "append messages to FILE instead of printing them on standard error")
      ->type_name("FILE")
      ->group("Program");
}

void use(const LogOptions& o) {
  if (o.level.empty() && o.file.empty()) return;
  const auto logger = std::make_shared<spdlog::logger>("backflow", sink_of(o.file));
  logger->set_level(o.level.empty() ? spdlog::level::info : spdlog::level::from_str(o.level));
  logger->flush_on(spdlog::level::debug);
  set_logger(logger);
}

}  // namespace backflow
