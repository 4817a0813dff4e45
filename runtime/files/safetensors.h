// The safetensors format: named tensors and a few texts in one file, which Python reads too.
// https://github.com/huggingface/safetensors#format
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <backflow/runtime/flow/tensor.h>

namespace backflow::files {

struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
  std::map<std::string, std::string> passed_over = {};  // types of tensors that were not read
};

/// Reads and checks a whole file. Tensors are row-major; F32, F16, BF16 and F64 become f32, I32 and I64 s32, U8 u8;
/// BOOL, I8, F8_E4M3, F8_E5M2, I16, U16, U32 and U64 are passed over. Where the file has checksums, tensors and texts
/// are held against them. Throws an Error that names the file, the tensor, what was found and what was expected.
TensorFile read_safetensors(const std::filesystem::path& path);
/// The texts alone.
std::map<std::string, std::string> read_safetensors_metadata(const std::filesystem::path& path);

/// Writes atomically (AtomicFile), with checksums in a metadata entry that reading takes out again. The same content
/// gives the same bytes: wide types first, which keeps all data aligned, then sorted by name.
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

}  // namespace backflow::files
