#include "examples/apps/train/train_data.h"

#include <filesystem>
#include <iostream>

#include <backflow/graph/error.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

constexpr std::size_t kNamed = 10;  // classes that a warning lists

/// Classes that no image teaches, or the one that all of them are of.
std::string warning_about(const data::Dataset& data) {
  std::vector<std::size_t> count(static_cast<std::size_t>(data.class_count()));
  for (std::size_t i = 0; i < data.size(); ++i) ++count[static_cast<std::size_t>(data.label(i))];
  std::string names;
  std::size_t empty = 0;
  for (std::size_t c = 0; c < count.size(); ++c) {
    if (count[c] == data.size()) return str_cat("all ", data.size(), " training images are of class ", c);
    if (count[c] == 0 && ++empty <= kNamed) names += str_cat(empty == 1 ? "" : ", ", c);
  }
  if (empty > kNamed) names += str_cat(" and ", empty - kNamed, " more");
  return empty == 0 ? "" : str_cat("no training image is of class ", names);
}

}  // namespace

std::shared_ptr<const data::Split> load_data(const std::string& name, const data::DataOptions& options,
                                             Scheduler& workers) {
  std::error_code ignored;
  if (name != "fashion-mnist" && !std::filesystem::exists(name, ignored))
    throw UsageError(str_cat("--data: there is no '", name,
                             "'; expected fashion-mnist, a folder of IDX files or of folders of pictures, or a list"));
  auto data = std::make_shared<data::Split>();
  workers.execute([&] { *data = data::find_dataset(name, options); });
  const std::string warning = warning_about(*data->train);
  if (!warning.empty()) std::cerr << "warning: --data " << name << ": " << warning << '\n';
  return data;
}

}  // namespace backflow
