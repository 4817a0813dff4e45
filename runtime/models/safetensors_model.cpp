#include <backflow/runtime/models/safetensors_model.h>

#include <algorithm>
#include <array>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/log/message.h>
#include <backflow/runtime/models/architectures.h>

namespace backflow::models {
namespace {

constexpr std::int64_t kAnySide = 64;  // fits every network here; the parameters' shapes do not depend on it

/// Every parameter and running average of the network, by building it in a graph that is thrown away.
std::map<std::string, Shape> expected_leaves(const KnownNetwork& network) {
  std::map<std::string, Shape> result;
  Graph g;
  NetworkBuilder builder(g, [&](Leaf leaf, const std::string& name, const Spec& spec, const Initializer&) {
    result[name] = spec.shape;
    return shared_leaf(g, leaf, name, spec, zeros());
  });
  const InputSpec& in = network.input;
  const Value image = g.input(
      "image", {.shape = {1, in.channels, in.any_size() ? kAnySide : in.height, in.any_size() ? kAnySide : in.width},
                .image = true});
  network.architecture.build(builder, image);
  return result;
}

/// Counters of torchvision's batch normalisation, and what an optimizer keeps of a parameter under its name.
bool may_be_ignored(const std::string& name, const std::map<std::string, Shape>& expected) {
  if (name.ends_with(".num_batches_tracked")) return true;
  for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
    if (expected.contains(name.substr(0, dot))) return true;
  return false;
}

/// "'a', 'b', 'c' and 4 more"
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() <= most ? text : str_cat(text, " and ", names.size() - most, " more");
}

/// Throws an Error that tells of everything that is wrong at once.
void check_tensors(const files::TensorFile& file, const KnownNetwork& network) {
  const auto expected = expected_leaves(network);
  std::vector<std::string> missing, unexpected, wrong;
  for (const auto& [name, shape] : expected) {
    const auto found = file.tensors.find(name);
    const auto other = file.passed_over.find(name);
    if (other != file.passed_over.end())
      wrong.push_back(str_cat('\'', name, "' is ", other->second, ", expected f32"));
    else if (found == file.tensors.end())
      missing.push_back(str_cat('\'', name, "' ", to_string(shape)));
    else if (found->second.spec() != Spec{shape})
      wrong.push_back(
          str_cat('\'', name, "' is ", to_string(found->second.spec()), ", expected ", to_string(Spec{shape})));
  }
  for (const auto& [name, tensor] : file.tensors)
    if (!expected.contains(name) && !may_be_ignored(name, expected))
      unexpected.push_back(str_cat('\'', files::printable(name), "' ", to_string(tensor.shape())));
  std::string text;
  if (!missing.empty()) text += "; missing: " + listed(missing);
  if (!unexpected.empty()) text += "; unexpected: " + listed(unexpected);
  if (!wrong.empty()) text += "; of another shape or type: " + listed(wrong);
  require(text.empty(), "it does not fit the architecture ", network.name, text);
}

FileFacts facts_of(const files::TensorFile& file) {
  FileFacts facts{file.metadata, {}};
  for (const auto& [name, tensor] : file.tensors) facts.shapes[name] = tensor.shape();
  return facts;
}

/// The network whose tensors these are. Throws an Error if they do not fit.
KnownNetwork network_of(const files::TensorFile& file, const std::string& arch) {
  KnownNetwork network = known_network(facts_of(file), arch);
  check_tensors(file, network);
  return network;
}

// What PyTorch puts in front of every name: DataParallel, torch.compile, and people who keep their network in a member.
constexpr std::array<std::string_view, 3> kWrappers{"module.", "_orig_mod.", "model."};

/// The wrappers that are in front of every name, one after another.
std::string wrapper_of(const files::TensorFile& file) {
  const auto begins_all = [&](const std::string& prefix) {
    const auto begins = [&](const auto& entry) { return entry.first.starts_with(prefix); };
    return !file.tensors.empty() && std::all_of(file.tensors.begin(), file.tensors.end(), begins) &&
           std::all_of(file.passed_over.begin(), file.passed_over.end(), begins);
  };
  std::string prefix;
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view wrapper : kWrappers)
      if (!found && begins_all(prefix + std::string(wrapper))) {
        prefix += wrapper;
        found = true;
      }
  }
  return prefix;
}

files::TensorFile without_prefix(files::TensorFile file, std::size_t length) {
  files::TensorFile result{{}, std::move(file.metadata)};
  for (auto& [name, tensor] : file.tensors) result.tensors.emplace(name.substr(length), std::move(tensor));
  for (auto& [name, type] : file.passed_over) result.passed_over.emplace(name.substr(length), std::move(type));
  return result;
}

/// As network_of; where the names do not fit as they are, what wraps them all is taken away.
KnownNetwork unwrapped_network_of(files::TensorFile& file, const std::string& arch, const std::string& what) {
  const std::string wrapper = wrapper_of(file);
  if (wrapper.empty()) return network_of(file, arch);
  try {
    return network_of(file, arch);
  } catch (const Error&) {
    file = without_prefix(std::move(file), wrapper.size());
    try {
      KnownNetwork network = network_of(file, arch);
      log::message(log::Level::warning, what, ": every name begins with '", wrapper, "', which is left out");
      return network;
    } catch (const Error& unwrapped) {
      fail(unwrapped.what(), " (after '", wrapper, "' was left out of every name)");
    }
  }
}

}  // namespace

SafetensorsModel::SafetensorsModel(const std::filesystem::path& path, files::TensorFile file, const std::string& arch) {
  what_ = "[model] " + path.string();
  try {
    KnownNetwork network = unwrapped_network_of(file, arch, what_);
    what_ += " (" + network.name + ")";
    architecture_ = std::move(network.architecture);
    input_ = std::move(network.input);
    classes_ = network.classes;
    labels_ = std::move(network.labels);
    targets_ = std::move(network.targets);
  } catch (const Error& e) {
    fail(what_, ": ", e.what());
  }
  for (auto& [name, tensor] : file.tensors) {
    if (tensor.spec().type == Type::f32) weights_[name] = from_values({tensor.as().begin(), tensor.as().end()});
    tensor = Tensor();  // two copies of one tensor at a time, not of all
  }
}

Classifier SafetensorsModel::build(Value image) const {
  check_input(input_, image.shape(), what_);
  Graph& g = *image.graph;
  NetworkBuilder builder(g, [&](Leaf leaf, const std::string& name, const Spec& spec, const Initializer&) {
    return shared_leaf(g, leaf, name, spec, weights_.at(name));
  });
  const Value logits = architecture_.build(builder, image);
  return {logits, builder.layers()};
}

}  // namespace backflow::models
