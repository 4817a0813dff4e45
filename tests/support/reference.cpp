#include "tests/support/reference.h"

namespace backflow {

std::filesystem::path reference_folder() { return BACKFLOW_REFERENCE; }

}  // namespace backflow
