// The library's messages: one spdlog logger called `backflow`, silent below `warning` until somebody asks for more.
#pragma once

#include <memory>

namespace spdlog {
class logger;
}

namespace backflow {

/// The logger that the library writes to. At first it is the one that spdlog's registry has under the name `backflow`;
/// if there is none, one that writes warnings and errors to standard error. Can be called from any thread.
std::shared_ptr<spdlog::logger> logger();

/// Makes the library write to `logger`, under whatever name and level it has; null for no messages at all. Messages
/// come from several threads, so its sinks must be thread-safe (spdlog's `_mt`), and must not call a scheduler. Can be
/// called at any time.
void set_logger(std::shared_ptr<spdlog::logger> logger);

}  // namespace backflow
