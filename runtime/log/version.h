// Which backflow this is, and what it stands on.
#pragma once

#include <string>

namespace backflow {

/// Of the library, such as "0.1.0".
std::string version();

/// What a report of a fault should name, a line each: oneDNN, oneTBB, and the CPU's instructions that oneDNN uses. Ends
/// without a newline.
std::string build_report();

}  // namespace backflow
