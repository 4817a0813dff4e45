// The terms of an objective as nodes. Internal to runtime/dream/.
#pragma once

#include <string>
#include <vector>

#include <backflow/runtime/dream/objective/objective.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/models/model.h>

namespace backflow::dream {

struct ObjectiveContext {
  std::int64_t views = 1;  // of each image
  double shrunk = 1;       // size of the octave relative to the full image, in whose layers places of neurons are given
  Value relu_override = {};  // [1], 1 while a ReLU is to be looked below; empty: never
  std::string prefix = "";   // of inputs, where there are several networks or scales
};

/// A term of each view.
struct TermValue {
  Value seen;            // [M], what is reported
  Value differentiated;  // [M], what is differentiated: `seen`, or what stands below a ReLU
  double weight = 1;     // with its sign
};

/// What a term needs to know of the guide photo, and how a flow for one guide offers it.
struct GuideValue {
  std::string name;  // of the step's input and of the guide flow's output
  Value value;
};

/// Appends the objective's terms for `network`, which was built for M = images · views images. Terms that look at a
/// guide read inputs that guide_values() names.
std::vector<TermValue> append_terms(const Objective& objective, const models::Classifier& network,
                                    const ObjectiveContext& context);

/// Values of the network, built for the one guide image, that the terms need.
std::vector<GuideValue> guide_values(const Objective& objective, const models::Classifier& network,
                                     const std::string& prefix = "");

/// Copies what the guide flow computed into the inputs of a step's flow.
void copy_guide(const std::vector<std::string>& names, const Flow& guide, Flow& step);

/// The layer that an objective names. Throws an Error if there is none.
Value layer_of(const models::Classifier& network, const std::string& name);

}  // namespace backflow::dream
