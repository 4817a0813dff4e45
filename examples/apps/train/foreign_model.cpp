#include "examples/apps/train/foreign_model.h"

#include <backflow/graph/error.h>
#include <backflow/runtime/data/derived_dataset.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/labels.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

/// Samples with other numbers and names of their classes.
class Relabelled final : public data::DerivedDataset {
 public:
  Relabelled(std::shared_ptr<const data::Dataset> base, std::vector<std::int32_t> classes, std::int64_t count,
             std::vector<std::string> names)
      : DerivedDataset(std::move(base)), classes_(std::move(classes)), count_(count), names_(std::move(names)) {}

  int class_count() const override { return static_cast<int>(count_); }
  std::int32_t label(std::size_t sample) const override {
    return classes_[static_cast<std::size_t>(base_->label(sample))];
  }
  std::vector<std::string> class_names() const override { return names_; }

 private:
  std::vector<std::int32_t> classes_;  // of each class of `base_`
  std::int64_t count_;
  std::vector<std::string> names_;
};

/// Length of the logits.
std::int64_t classes_of(const models::Network& network, Shape image) {
  Graph graph;
  image.insert(image.begin(), 1);
  const Value logits = network(graph.input("images", {.shape = image, .image = true}));
  require(logits.shape().size() == 2, "--from: the network's result has shape ", to_string(logits.shape()),
          ", expected [N, classes]");
  return logits.shape()[1];
}

}  // namespace

RunNetwork network_to_evaluate(const StartModel& model, const data::Dataset& data) {
  if (data.input_shape().size() != 3) throw UsageError("--from is for images, but the data are a table");
  if (data.target_count() > 0) throw UsageError("--from tells classes apart, but the data have a number to predict");
  RunNetwork result;
  result.training = result.prediction = [model, network = models::on_images_of(data, *model)](Value images) {
    return network(images);
  };
  return result;
}

std::shared_ptr<const data::Dataset> with_classes_of(const RunNetwork& network, const std::vector<std::string>& labels,
                                                     std::shared_ptr<const data::Dataset> data) {
  const std::vector<std::string> names = data->class_names();
  const std::int64_t count = classes_of(network.prediction, data->input_shape());
  require(labels.empty() || static_cast<std::int64_t>(labels.size()) == count, "--labels names ", labels.size(),
          " classes, but the network tells ", count, " apart");
  const models::ClassNames by_name(labels, count);
  std::vector<std::int32_t> classes;
  std::string unknown;
  for (const std::string& name : names) {
    const auto found = by_name.find(name);
    if (found)
      classes.push_back(*found);
    else if (unknown.empty())
      unknown = name;
  }
  if (!names.empty() && unknown.empty())
    return std::make_shared<Relabelled>(std::move(data), std::move(classes), count, labels);
  if (count == data->class_count()) return data;
  fail("--from: the network tells ", count, " classes apart, the data have ", data->class_count(),
       unknown.empty() ? std::string(" without names")
                       : str_cat("; it knows none called '", files::printable(unknown), "'",
                                 labels.empty() ? " and has no names: --labels FILE gives them" : ""));
}

}  // namespace backflow
