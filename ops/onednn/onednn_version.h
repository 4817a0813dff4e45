// The oneDNN that runs, and what it uses of this CPU.
#pragma once

#include <string>

namespace backflow {

/// Such as "2.6.3": of the library that is loaded, which may be newer than the headers.
std::string onednn_version();
/// The instruction set for which oneDNN makes its kernels here, such as "AVX-512 with BF16".
std::string onednn_instructions();

}  // namespace backflow
