// Weights that are cut into several safetensors files, with an index beside them: model.safetensors.index.json.
// Internal to runtime/.
#pragma once

#include <filesystem>

#include <backflow/runtime/files/safetensors.h>

namespace backflow::files {

/// Whether the file begins as JSON does.
bool is_safetensors_index(const std::filesystem::path& path);

/// All tensors that the index names, from files in its folder. Throws an Error that names the file and the tensor if
/// the index makes no sense, or if a file or a tensor is missing.
TensorFile read_safetensors_index(const std::filesystem::path& path);

}  // namespace backflow::files
