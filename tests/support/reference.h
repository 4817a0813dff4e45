// Where the files are that other frameworks made.
#pragma once

#include <filesystem>

namespace backflow {

/// The folder tests/reference of the sources.
std::filesystem::path reference_folder();

}  // namespace backflow
