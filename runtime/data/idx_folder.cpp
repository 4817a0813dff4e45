#include <backflow/runtime/data/idx_folder.h>

#include <algorithm>
#include <regex>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/idx.h>
#include <backflow/runtime/files/input_file.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::data {
namespace {

namespace fs = std::filesystem;

/// "a, b, c and 4 more"
std::string listed(const std::set<std::string>& names) {
  constexpr std::size_t most = 5;
  std::string text;
  std::size_t shown = 0;
  for (auto name = names.begin(); name != names.end() && shown < most; ++name, ++shown)
    text += (shown == 0 ? "" : ", ") + files::printable(*name);
  return names.size() <= most ? text : str_cat(text, " and ", names.size() - most, " more");
}

/// MNIST's "train-images-idx3-ubyte", packed or not, or the one file with another name that is usual for it, such as
/// train-images.idx3-ubyte, emnist-letters-train-images-idx3-ubyte and qmnist-train-labels-idx2-int.
fs::path find_file(const fs::path& folder, const std::string& part, bool labels) {
  const std::string kind = labels ? "labels" : "images";
  const std::string usual = str_cat(part, '-', kind, labels ? "-idx1-ubyte" : "-idx3-ubyte");
  const std::regex pattern(str_cat("(.*[-_.])?", part == "train" ? part : "(t10k|test)", '-', kind, "[-.]",
                                   labels ? "(idx1-ubyte|idx[12]-int)" : "idx3-ubyte", "(\\.gz)?"));
  std::set<std::string> all, found;
  for (const auto& entry : fs::directory_iterator(folder)) all.insert(entry.path().filename().string());
  for (const std::string& name : all) {
    if (name == usual) return folder / name;
    const bool is_copy = name.ends_with(".gz") && all.contains(name.substr(0, name.size() - 3));
    if (!is_copy && std::regex_match(name, pattern)) found.insert(name);
  }
  if (found.contains(usual + ".gz")) return folder / (usual + ".gz");
  require(found.size() <= 1, "[data] ", folder.string(), " has several files for ", usual, ": ", listed(found));
  require(!found.empty(), "[data] ", folder.string(), " has neither ", usual, " nor ", usual, ".gz; it has ",
          all.empty() ? "no files" : listed(all));
  return folder / *found.begin();
}

ImageDataset load_part(const fs::path& folder, const std::string& part) {
  const fs::path images_file = find_file(folder, part, false), labels_file = find_file(folder, part, true);
  Idx images = read_idx(images_file, 3);
  std::vector<std::int32_t> labels = read_idx_labels(labels_file);
  require(elements(images.shape) > 0, "[data] ", images_file.string(), " has no pixels: its sizes are ",
          to_string(images.shape));
  require(static_cast<std::size_t>(images.shape[0]) == labels.size(), "[data] ", images_file.string(), " has ",
          images.shape[0], " images, ", labels_file.string(), " has ", labels.size(), " labels");
  ImageDataset data({1, images.shape[1], images.shape[2]}, 0);
  data.labels = std::move(labels);
  data.images = std::move(images.data);
  return data;
}

void check_test_set(const IdxSplit& split, const fs::path& folder) {
  const ImageDataset& test = split.test;
  require(test.image == split.train.image, "[data] ", folder.string(), ": the training images are ",
          to_string(split.train.image), ", the test images ", to_string(test.image));
  for (std::size_t i = 0; i < test.size(); ++i)
    require(test.labels[i] < test.classes, "[data] ", folder.string(), ": test label ", i, " is ", test.labels[i],
            ", the training labels go from 0 to ", test.classes - 1);
}

}  // namespace

IdxSplit load_idx_folder(const fs::path& folder) {
  require(files::is_folder(folder), "[data] ", folder.string(), " is not a folder");
  IdxSplit split{load_part(folder, "train"), load_part(folder, "t10k")};
  ImageDataset &train = split.train, &test = split.test;
  train.classes = *std::max_element(train.labels.begin(), train.labels.end()) + 1;
  measure(train);
  test.classes = train.classes;
  test.mean = train.mean;
  test.stddev = train.stddev;
  check_test_set(split, folder);
  return split;
}

}  // namespace backflow::data
