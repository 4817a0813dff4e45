#include <backflow/runtime/models/architectures.h>

#include <fmt/format.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/models/metadata_entries.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/models/torchvision.h>

namespace backflow::models {
namespace {

/// https://github.com/zalandoresearch/fashion-mnist#labels
const std::vector<std::string> kFashionMnist{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                             "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

constexpr const char* kDescribed = "described";

/// The network of entry "network", which has to make as many logits as there are classes.
Architecture own_network(const std::string& description, std::int64_t classes) {
  return {[network = described_network(description), classes](NetworkBuilder& b, Value images) {
    const Value logits = network.build(b, images);
    const Shape expected{images.shape()[0], classes};
    require(logits.shape() == expected, "its network's description makes logits ", to_string(logits.shape()),
            ", expected ", to_string(expected));
    return logits;
  }};
}

KnownNetwork trained_network(const FileFacts& file, const std::string& name) {
  require(!file.metadata.contains("table"), "it reads the rows of a table, not images; predict applies it");
  const MetadataEntries entries(file.metadata);
  const auto classes = entries.list("classes", kMaxWidth);
  require(classes.size() == 1, "its metadata should have one number 'classes', found '",
          files::printable(entries.text("classes")), "'");
  InputSpec input = described_images(file.metadata);
  const auto hidden = name == "mlp" ? entries.list("hidden", kMaxWidth) : std::vector<std::int64_t>();
  const auto data = file.metadata.find("data");
  const bool fashion = data != file.metadata.end() && data->second == "fashion-mnist" && classes[0] == 10;
  return {
      name,
      name == kDescribed ? own_network(entries.text("network"), classes[0]) : train_network(name, hidden, classes[0]),
      std::move(input),
      classes[0],
      fashion ? kFashionMnist : entries.labels(classes[0]),
      entries.targets(classes[0])};
}

KnownNetwork torchvision_weights(const FileFacts& file, const std::string& name) {
  const auto head = file.shapes.find(torchvision_head(name));
  const bool sensible = head != file.shapes.end() && head->second.size() >= 2 && head->second[0] <= kMaxWidth;
  const std::int64_t classes = sensible ? head->second[0] : 1000;
  return {name, torchvision_network(name, classes), default_input(3), classes};
}

using Identify = KnownNetwork (*)(const FileFacts&, const std::string& name);

const std::map<std::string, Identify>& known() {
  static const std::map<std::string, Identify> table = [] {
    std::map<std::string, Identify> all{
        {"allconv", trained_network}, {"cnn", trained_network}, {"mlp", trained_network}};
    for (const std::string& name : torchvision_networks()) all.emplace(name, torchvision_weights);
    return all;
  }();
  return table;
}

std::string names() { return fmt::format("{}", fmt::join(architectures(), ", ")); }

}  // namespace

std::vector<std::string> architectures() {
  std::vector<std::string> all;
  for (const auto& [name, identify] : known()) all.push_back(name);
  return all;
}

KnownNetwork known_network(const FileFacts& file, const std::string& arch) {
  if (arch.empty() && file.metadata.contains("network")) return trained_network(file, kDescribed);
  std::string name = arch;
  for (const char* key : {"arch", "model"})
    if (const auto found = file.metadata.find(key); name.empty() && found != file.metadata.end()) name = found->second;
  require(!name.empty(), "its metadata do not say its architecture, so it must be given: one of ", names());
  const auto found = known().find(name);
  require(found != known().end(), "the architecture '", name.substr(0, 40), "' is unknown; there are ", names());
  return found->second(file, name);
}

}  // namespace backflow::models
