// Models and photos that are not part of the project: tests use them where they are found.
#pragma once

#include <filesystem>
#include <optional>

namespace backflow {

/// `name` in the folder of the environment variable BACKFLOW_SHARED or, without it, in `shared` beside the sources;
/// nothing, with a message in the test's log, if it is not there.
std::optional<std::filesystem::path> shared_file(const std::filesystem::path& name);

}  // namespace backflow
