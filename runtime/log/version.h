// Which backflow this is, and what it stands on.
#pragma once

#include <string>

namespace backflow {

/// Of the library, such as "0.1.0".
std::string version();

/// What a report of a fault should name, a line each: oneDNN, oneTBB, and the CPU's instructions that oneDNN uses. Ends
/// without a newline. A oneDNN that backflow is not tested with is checked first, and what that found is said.
std::string build_report();

}  // namespace backflow
