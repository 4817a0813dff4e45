#include <backflow/runtime/train/checkpoint.h>

#include <bit>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/safetensors.h>

namespace backflow::train {
namespace {

/// To the nearest bf16, ties to even. What a checkpoint of bf16 tensors holds comes back exactly.
Tensor to_bf16(const Tensor& t) {
  Tensor result({t.shape(), Type::bf16});
  const auto in = t.as();
  const auto out = result.as<std::uint16_t>();
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(in[i]);
    const std::uint32_t round = std::isnan(in[i]) ? 0 : 0x7fff + (bits >> 16 & 1);
    out[i] = static_cast<std::uint16_t>((bits + round) >> 16);
  }
  return result;
}

/// Every tensor of the store is in the file, with its shape, and no other.
void check(const files::TensorFile& file, const Store& store, const LoadOptions& options, const std::string& where) {
  for (const auto& [name, wanted] : store.tensors()) {
    const auto found = file.tensors.find(name);
    require(found != file.tensors.end(), where, "it has no tensor '", name, "', expected one of ",
            to_string(wanted.spec()));
    const Spec& got = found->second.spec();
    const bool narrow = wanted.spec().type == Type::bf16 && got.type == Type::f32;
    require(got.shape == wanted.shape() && (got.type == wanted.spec().type || narrow), where, "tensor '", name, "' is ",
            to_string(got), ", expected ", to_string(wanted.spec()));
  }
  if (options.ignore_unexpected) return;
  for (const auto& [name, got] : file.tensors)
    require(store.contains(name), where, "it has a tensor '", name, "' ", to_string(got.spec()),
            ", expected none of that name");
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Store& store,
                     const std::map<std::string, std::string>& metadata) {
  files::TensorFile file{{}, metadata};
  for (const auto& [name, tensor] : store.tensors()) file.tensors.emplace(name, store.plain(name));
  files::write_safetensors(path, file);
}

std::map<std::string, std::string> load_checkpoint(const std::filesystem::path& path, Store& store,
                                                   const LoadOptions& options) {
  files::TensorFile file = files::read_safetensors(path);
  check(file, store, options, str_cat("[checkpoint] ", path.string(), " is of another model: "));
  for (const auto& [name, wanted] : store.tensors()) {
    Tensor& got = file.tensors.at(name);
    if (got.spec() != wanted.spec()) got = to_bf16(got);
    store.assign(name, got);
  }
  return std::move(file.metadata);
}

}  // namespace backflow::train
