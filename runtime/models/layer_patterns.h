// Layers of a described network by names and patterns, and the parameters that belong to them. Internal to
// runtime/models/.
#pragma once

#include <map>

#include <backflow/runtime/models/head.h>

namespace backflow::models {

/// Places of the layers that `pattern` means: those of that name, with * and ? for any letters, and those inside
/// them (layer1 means layer1.0.conv1 too); "to:NAME" is such layers and everything that they depend on, "backbone" all
/// but the head. Throws an Error that suggests near names if there is none.
std::set<std::size_t> matching_layers(const DescribedNodes& nodes, const Head& head, const std::string& pattern);

/// Places with everything that they depend on, but for the images.
std::set<std::size_t> with_sources(const DescribedNodes& nodes, std::set<std::size_t> places);

/// Names of the leaves that the layers read, themselves or by way of ops on leaves alone.
std::set<std::string> leaves_of(const DescribedNodes& nodes, const std::set<std::size_t>& layers);

}  // namespace backflow::models
