// Text for a person on standard error.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace backflow {

/// Unlike fmt::print() it does not throw where nobody reads: a terminal that was closed must not end a run.
template <class... Parts>
void print_error(fmt::format_string<Parts...> format, Parts&&... parts) {
  std::fputs(fmt::format(format, std::forward<Parts>(parts)...).c_str(), stderr);
}

}  // namespace backflow
