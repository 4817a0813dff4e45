#include "tests/support/shared.h"

#include <cstdlib>

#include "tests/support/reference.h"
#include "tests/support/test.h"

namespace backflow {

std::optional<std::filesystem::path> shared_file(const std::filesystem::path& name) {
  const char* folder = std::getenv("BACKFLOW_SHARED");
  const auto beside = reference_folder().parent_path().parent_path().parent_path() / "shared";
  const auto file = (folder ? std::filesystem::path(folder) : beside) / name;
  if (std::filesystem::exists(file)) return file;
  BOOST_TEST_MESSAGE("NOT TESTED: " << file << " is not there (set BACKFLOW_SHARED to its folder)");
  return {};
}

}  // namespace backflow
