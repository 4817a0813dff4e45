#include <backflow/runtime/models/architectures.h>

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/models/torchvision.h>

namespace backflow::models {
namespace {

// Above these a file is damaged or an attack; their products fit 64 bits.
constexpr std::int64_t kMaxSide = 1 << 14, kMaxChannels = 3;
constexpr std::size_t kMaxEntries = 64;  // of a list

/// https://github.com/zalandoresearch/fashion-mnist#labels
const std::vector<std::string> kFashionMnist{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                             "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

/// The entries that `train` writes.
class Entries {
 public:
  explicit Entries(const std::map<std::string, std::string>& metadata) : metadata_(metadata) {}

  const std::string& text(const std::string& key) const {
    const auto found = metadata_.find(key);
    require(found != metadata_.end(), "its metadata have no entry '", key, "', which train writes");
    return found->second;
  }

  /// One number for each channel, or one for all.
  std::vector<float> numbers(const std::string& key, std::size_t channels) const {
    const std::string& t = text(key);
    std::vector<float> values;
    const char *at = t.data(), *const end = at + t.size();
    const auto next = [&] {
      float& value = values.emplace_back();
      const auto read = std::from_chars(at, end, value);
      at = read.ptr;
      return read.ec == std::errc() && std::isfinite(value);
    };
    bool good = next();
    while (good && end - at >= 2 && at[0] == ',' && at[1] == ' ' && values.size() < channels) at += 2, good = next();
    require(good && at == end && (values.size() == 1 || values.size() == channels), "its metadata entry '", key,
            "' should be a number, or one for each of ", channels, " channels, found '", files::printable(t), "'");
    if (values.size() == 1) values.resize(channels, values[0]);
    return values;
  }

  /// The classes' names, a line each, or none.
  std::vector<std::string> labels(std::int64_t classes) const {
    std::vector<std::string> names;
    const auto found = metadata_.find("labels");
    if (found == metadata_.end()) return names;
    std::istringstream in(found->second);
    for (std::string line; std::getline(in, line);) names.push_back(line);
    require(static_cast<std::int64_t>(names.size()) == classes, "its metadata entry 'labels' has ", names.size(),
            " lines, expected one for each of ", classes, " classes");
    return names;
  }

  /// Whole numbers between commas and brackets, each in 1 … most.
  std::vector<std::int64_t> list(const std::string& key, std::int64_t most) const {
    std::string t = text(key);
    for (char& c : t)
      if (c == ',' || c == '[' || c == ']') c = ' ';
    std::istringstream in(t);
    std::vector<std::int64_t> values;
    for (std::string word; in >> word;) {
      require(files::read_number(word, values.emplace_back()), "its metadata entry '", key,
              "' should be whole numbers, found '", files::printable(text(key)), "'");
      require(values.back() >= 1 && values.back() <= most, "its metadata entry '", key, "' has ", values.back(),
              ", expected 1 … ", most);
      require(values.size() <= kMaxEntries, "its metadata entry '", key, "' has more than ", kMaxEntries, " numbers");
    }
    return values;
  }

 private:
  const std::map<std::string, std::string>& metadata_;
};

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
  const Entries entries(file.metadata);
  const auto classes = entries.list("classes", kMaxWidth), image = entries.list("image", kMaxSide);
  require(classes.size() == 1 && image.size() == 3 && image[0] <= kMaxChannels,
          "its metadata should have one number 'classes' and 'image' as [channels, height, width], found '",
          files::printable(entries.text("classes")), "' and '", files::printable(entries.text("image")), "'");
  const auto n = static_cast<std::size_t>(image[0]);
  const std::vector<float> mean = entries.numbers("mean", n), stddev = entries.numbers("deviation", n);
  for (const float d : stddev) require(d > 0, "its metadata entry 'deviation' should be above 0, found ", d);
  const auto hidden = name == "mlp" ? entries.list("hidden", kMaxWidth) : std::vector<std::int64_t>();
  const auto data = file.metadata.find("data");
  const bool fashion = data != file.metadata.end() && data->second == "fashion-mnist" && classes[0] == 10;
  return {
      name,
      name == kDescribed ? own_network(entries.text("network"), classes[0]) : train_network(name, hidden, classes[0]),
      {image[0], image[1], image[2], mean, stddev},
      classes[0],
      fashion ? kFashionMnist : entries.labels(classes[0])};
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
