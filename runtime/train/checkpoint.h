// The tensors of a store in a file: parameters, optimizer state, running statistics, each under its own name.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <backflow/runtime/flow/store.h>

namespace backflow::train {

/// Writes all tensors, row-major, and `metadata` as a safetensors file, whole or not at all.
void save_checkpoint(const std::filesystem::path& path, const Store& store,
                     const std::map<std::string, std::string>& metadata);

struct LoadOptions {
  bool ignore_unexpected = false;  // tensors that the store does not have: optimizer state, when nothing is trained
};

/// Overwrites the tensors of `store`, which say what is expected, and returns the metadata. Throws an Error that names
/// the file, the tensor, what was found and what was expected; the store is then as it was.
std::map<std::string, std::string> load_checkpoint(const std::filesystem::path& path, Store& store,
                                                   const LoadOptions& options = {});

}  // namespace backflow::train
