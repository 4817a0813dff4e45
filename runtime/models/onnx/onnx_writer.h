// The reverse of read_onnx. Internal to runtime/models/.
#pragma once

#include <filesystem>

#include <backflow/runtime/models/onnx/onnx_file.h>

namespace backflow::models {

/// Writes the file; with `external_data` weights of 1 KiB or more into `path`.data before it. Throws an Error if a file
/// cannot be written, if the weights are too large for one without external data, or if this library was built without
/// ONNX.
void write_onnx_file(const OnnxFile& file, const std::filesystem::path& path, bool external_data);

}  // namespace backflow::models
