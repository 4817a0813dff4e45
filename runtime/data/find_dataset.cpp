#include <backflow/runtime/data/find_dataset.h>

#include <algorithm>
#include <filesystem>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/find_arrays.h>
#include <backflow/runtime/data/find_tables.h>
#include <backflow/runtime/data/idx.h>
#include <backflow/runtime/data/idx_folder.h>
#include <backflow/runtime/data/npy.h>
#include <backflow/runtime/data/number_dataset.h>
#include <backflow/runtime/data/picture_files.h>
#include <backflow/runtime/data/subset.h>
#include <backflow/runtime/files/input_file.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::data {
namespace {

namespace fs = std::filesystem;

const fs::path kFashionMnistFolder = "/usr/share/datasets/fashion-mnist";
constexpr const char* kExpected =
    "expected fashion-mnist, a folder of IDX files, a folder with a folder of pictures for each class, a list of "
    "pictures and labels, a table (CSV or TSV), a folder with train.csv, or arrays of NumPy (.npz, or x.npy and y.npy)";

Split shared(IdxSplit split) {
  const std::int32_t first = *std::min_element(split.train.labels.begin(), split.train.labels.end());
  const std::string about =
      first == 0 ? ""
                 : str_cat("labels go from ", first, " to ", split.train.classes - 1, ", as EMNIST's letters; class 0 ",
                           first == 1 ? "has" : "and others have", " no images");
  return {std::make_shared<const ImageDataset>(std::move(split.train)),
          std::make_shared<const ImageDataset>(std::move(split.test)), "IDX files", about};
}

/// The numbers of pictures in place of classes.
Split with_numbers(Split split, const std::vector<double>& numbers) {
  split.train = std::make_shared<const NumberDataset>(split.train, numbers);
  const Standardization like = split.train->target_standardization();
  split.test = std::make_shared<const NumberDataset>(split.test, numbers, &like);
  return split;
}

Split pictures(PictureFiles files, const DataOptions& options) {
  if (files.test.empty()) {
    std::vector<std::int32_t> labels;
    for (const PictureFile& file : files.train) labels.push_back(files.numbers.empty() ? file.label : 0);
    const Partition parts = stratified(labels, options.test_share, kTestSeed);
    require(!parts.part.empty(), "[data] each class has one picture; testing needs another one");
    std::vector<PictureFile> train;
    for (const std::uint32_t i : parts.rest) train.push_back(files.train[i]);
    for (const std::uint32_t i : parts.part) files.test.push_back(files.train[i]);
    files.train = std::move(train);
  }
  PictureOptions o = options.pictures;
  require(options.validation.empty() || files.numbers.empty(),
          "[data] a folder to validate with is for classes, but numbers are predicted; a share will do");
  if (!options.validation.empty()) files.validation = find_pictures(options.validation, files.classes);
  const auto train = std::make_shared<const PictureDataset>(std::move(files.train), files.classes, o);
  const Standardization like = train->standardization();
  o.cache -= std::min(o.cache, train->cached_bytes());
  const auto read = [&](std::vector<PictureFile> part) {
    auto data = std::make_shared<const PictureDataset>(std::move(part), files.classes, o, &like);
    o.cache -= std::min(o.cache, data->cached_bytes());
    return data;
  };
  Split split{train, read(std::move(files.test)), "pictures"};
  if (!files.validation.empty()) split.validation = read(std::move(files.validation));
  return files.numbers.empty() ? split : with_numbers(std::move(split), files.numbers);
}

bool has_idx_files(const fs::path& folder) {
  return std::any_of(fs::directory_iterator(folder), fs::directory_iterator(), [](const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    return name.find("-idx") != std::string::npos || name.find(".idx") != std::string::npos;
  });
}

Split find_in_file(const fs::path& file, const DataOptions& options) {
  if (is_picture_list(file)) return pictures(read_picture_list(file, options.tables.task), options);
  if (is_npz(file)) return find_arrays(file, options);
  require(!is_npy(file), "[data] ", file.string(), " is one array; name the folder that has x.npy and y.npy");
  require(!is_idx(file), "[data] ", file.string(), " is an IDX file; name the folder that has images and labels");
  return find_table(file, options);
}

Split found(const std::string& name, const DataOptions& options) {
  if (name == "fashion-mnist") {
    require(files::is_folder(kFashionMnistFolder), "[data] ", kFashionMnistFolder.string(),
            " is missing: install the Debian package dataset-fashion-mnist, or name a folder of IDX files");
    return shared(load_idx_folder(kFashionMnistFolder));
  }
  std::error_code ignored;
  if (fs::is_regular_file(name, ignored)) return find_in_file(name, options);
  require(files::is_folder(name), "[data] no data set '", files::printable(name), "': ", kExpected);
  if (has_idx_files(name)) return shared(load_idx_folder(name));
  if (has_picture_folders(name)) {
    if (options.tables.task == Task::regression)
      throw OptionError("task",
                        "is regression, but the pictures' folders are classes; a list of pictures gives numbers");
    return pictures(find_pictures(name), options);
  }
  if (has_arrays(name)) return find_arrays(name, options);
  require(!training_table(name).empty(), "[data] ", name,
          " has neither IDX files nor folders of pictures nor train.csv nor x.npy: ", kExpected);
  return find_table(name, options);
}

}  // namespace

Split find_dataset(const std::string& name, const DataOptions& options) {
  check(options.pictures);
  if (!(options.test_share > 0 && options.test_share < 1))
    throw OptionError("test_share", str_cat("needs to be above 0 and below 1, got ", options.test_share));
  if (!(options.validation_share >= 0 && options.validation_share < 1))
    throw OptionError("validation_share", str_cat("needs to be in [0, 1), got ", options.validation_share));
  Split split = found(name, options);
  require(options.validation.empty() || split.kind == "pictures", "[data] a folder to validate with is for pictures; '",
          files::printable(name), "' has ", split.kind);
  return options.validation_share > 0 ? hold_out(std::move(split), options.validation_share) : split;
}

Split hold_out(Split split, double share) {
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < split.train->size(); ++i) labels.push_back(split.train->label(i));
  Partition parts = stratified(labels, share, kValidationSeed);
  require(!parts.part.empty(), "[data] each class has one training sample; validation needs another one");
  split.validation = std::make_shared<const Subset>(split.train, std::move(parts.part));
  split.train = std::make_shared<const Subset>(split.train, std::move(parts.rest));
  return split;
}

}  // namespace backflow::data
