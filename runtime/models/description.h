// A network's description, which travels with its weights: load_model() builds the network from it.
#pragma once

#include <map>
#include <string>

#include <backflow/runtime/data/dataset.h>
#include <backflow/runtime/models/networks.h>

namespace backflow::models {

/// Metadata for save_weights() and save_checkpoint(): entry "network" has the ops of the network in prediction mode
/// with their options and names, as JSON; the others say what images of `data` it reads. Parameters have the names that
/// they have in the graph, layers those of their nodes. Dropout of an Architecture, which prediction leaves out, is
/// there too. Throws an Error, with the node's name, where an op cannot be
/// described: constants, several results of one op, and ops other than convolutions, linear layers, matmul, batch and
/// local response normalisation, pools, activations, softmax, arithmetic, concat, scale, pad, slice, transpose,
/// reshape.
std::map<std::string, std::string> describe(const Network& network, const data::Dataset& data);

/// Of it what a file says of its images: "image", "mean" and "deviation", one number or one a channel; or of a table's
/// rows: "table", data::TableRecipe as JSON; and describe_labels().
std::map<std::string, std::string> describe_images(const data::Dataset& data);
/// "labels", the names of the classes, a line each; nothing if they have none. Of images with numbers to predict
/// "target_mean" and "target_deviation".
std::map<std::string, std::string> describe_labels(const data::Dataset& data);
std::map<std::string, std::string> describe_images(const InputSpec& input);
/// Reads that. Throws an Error, without the file's name, if an entry is missing or makes no sense.
InputSpec described_images(const std::map<std::string, std::string>& metadata);

/// Images as they are in `data`.
InputSpec input_of(const data::Dataset& data);
/// A sample of `data`, grey or colour, as Dataset::read() writes it.
image::Image picture_of(std::span<const float> input, const data::Dataset& data);

/// The network of an entry "network". Throws an Error if it is no description; building it throws one where an op is
/// unknown or its options or shapes make no sense.
Architecture described_network(const std::string& description);

}  // namespace backflow::models
