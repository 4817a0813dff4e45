// How a name that comes from a file stands in a sentence.
#pragma once

#include <string>

namespace backflow {

/// The text without control characters, and at most 80 bytes of it.
std::string printable(const std::string& text);

}  // namespace backflow
