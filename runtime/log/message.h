// How the library writes a message. Not for what runs once a step. Internal to runtime/ and the programs.
#pragma once

#include <cstdint>
#include <string>

#include <backflow/graph/error.h>

namespace backflow::log {

enum class Level : std::uint8_t {
  debug,   // what was decided, and why
  info,    // what happened: files written, jobs that start and end
  warning  // what a user should change
};

bool enabled(Level level);
void write(Level level, const std::string& message);

/// Writes `parts` one after the other; puts them together only if somebody listens.
template <class... Parts>
void message(Level level, const Parts&... parts) {
  if (enabled(level)) write(level, str_cat(parts...));
}

}  // namespace backflow::log
