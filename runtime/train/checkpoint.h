// The tensors of a store in a file: parameters, optimizer state, running statistics, each under its own name.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <backflow/runtime/flow/store.h>

namespace backflow::train {

using Metadata = std::map<std::string, std::string>;

/// Writes all tensors, row-major, and `metadata` as a safetensors file, whole or not at all.
void save_checkpoint(const std::filesystem::path& path, const Store& store, const Metadata& metadata);
/// The same without the optimizer's state: what prediction needs.
void save_weights(const std::filesystem::path& path, const Store& store, const Metadata& metadata);

/// Overwrites the tensors of `store`, which say what is expected, and returns the metadata; an empty store gets what
/// the file has. Throws an Error that names the file, the tensor, what was found and what was expected; the store is
/// then as it was.
Metadata load_checkpoint(const std::filesystem::path& path, Store& store);
/// The same for parameters and running averages alone: an optimizer's state in the file or the store is left out. A
/// file without weights is an Error.
Metadata load_weights(const std::filesystem::path& path, Store& store);

/// Whether a tensor of that name is a parameter or a running average, and no optimizer's state.
bool is_weight(const std::string& name);

}  // namespace backflow::train
