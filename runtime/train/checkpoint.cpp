#include <backflow/runtime/train/checkpoint.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/train/minimize.h>
#include <backflow/runtime/train/robust_step.h>

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

bool any_name(const std::string&) { return true; }

/// Every tensor of the store that is wanted is in the file, with its shape, and no other.
void check(const files::TensorFile& file, const Store& store, bool (*is_wanted)(const std::string&),
           const std::string& where) {
  for (const auto& [name, wanted] : store.tensors()) {
    if (!is_wanted(name)) continue;
    const auto found = file.tensors.find(name);
    require(found != file.tensors.end(), where, "it has no tensor '", name, "', expected one of ",
            to_string(wanted.spec()));
    const Spec& got = found->second.spec();
    const bool narrow = wanted.spec().type == Type::bf16 && got.type == Type::f32;
    require(got.shape == wanted.shape() && (got.type == wanted.spec().type || narrow), where, "tensor '", name, "' is ",
            to_string(got), ", expected ", to_string(wanted.spec()));
  }
  for (const auto& [name, got] : file.tensors)
    require(!is_wanted(name) || store.contains(name), where, "it has a tensor '", name, "' ", to_string(got.spec()),
            ", expected none of that name");
}

void save(const std::filesystem::path& path, const Store& store, const Metadata& metadata,
          bool (*is_wanted)(const std::string&)) {
  files::TensorFile file{{}, metadata};
  for (const auto& [name, tensor] : store.tensors())
    if (is_wanted(name)) file.tensors.emplace(name, store.plain(name));
  files::write_safetensors(path, file);
}

Metadata load(const std::filesystem::path& path, Store& store, bool (*is_wanted)(const std::string&)) {
  files::TensorFile file = files::read_safetensors(path);
  std::erase_if(file.tensors, [&](const auto& entry) { return !is_wanted(entry.first); });
  require(!file.tensors.empty(), "[checkpoint] ", path.string(), " has no weights in it");
  if (!store.tensors().empty())
    check(file, store, is_wanted, str_cat("[checkpoint] ", path.string(), " is of another model: "));
  for (auto& [name, got] : file.tensors) {
    if (store.contains(name) && got.spec() != store.at(name).spec()) got = to_bf16(got);
    store.assign(name, got);
  }
  return std::move(file.metadata);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Store& store, const Metadata& metadata) {
  save(path, store, metadata, any_name);
}

void save_weights(const std::filesystem::path& path, const Store& store, const Metadata& metadata) {
  save(path, store, metadata, is_weight);
}

Metadata load_checkpoint(const std::filesystem::path& path, Store& store) { return load(path, store, any_name); }

Metadata load_weights(const std::filesystem::path& path, Store& store) { return load(path, store, is_weight); }

bool is_weight(const std::string& name) {
  constexpr std::array states{".momentum", ".exp_avg", ".exp_avg_sq", ".square_avg", kAverageSuffix, kGradientSuffix};
  return name != kStepState && name != kDeltaState &&
         std::none_of(states.begin(), states.end(), [&](const char* state) { return name.ends_with(state); });
}

}  // namespace backflow::train
