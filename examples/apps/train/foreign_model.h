// A network that was not trained by this program, measured on a data set as it is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "examples/apps/train/train_network.h"

namespace backflow {

/// The network of `model` on images of `data`. Throws an Error if it does not read such images.
RunNetwork network_to_evaluate(const StartModel& model, const data::Dataset& data);

/// `data` with the classes of `network`: by name where `labels`, the network's, have those of all classes of `data`, in
/// any case, as a whole or as one of several between commas, or as the number of the class; else by their order, where
/// there are as many. Throws an Error that names the class which the network does not know.
std::shared_ptr<const data::Dataset> with_classes_of(const RunNetwork& network, const std::vector<std::string>& labels,
                                                     std::shared_ptr<const data::Dataset> data);

}  // namespace backflow
