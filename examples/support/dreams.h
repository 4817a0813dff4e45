// Pictures of what a network of `train` has learned: its classes and its channels.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "examples/support/train_run.h"
#include "runtime/dream/dream.h"

namespace backflow {

struct JobSpec;

/// The network that `settings` name, as dreams see it, without weights yet.
std::shared_ptr<DreamNetworks> dream_networks(const TrainSettings& settings, const Dataset& data);
/// Takes the weights from a model that train wrote.
void load_weights(DreamNetworks& networks, const std::filesystem::path& model);
/// A preset in the size of the data's images, with the options of the JSON object `changes` on top; it may be empty.
DreamOptions dream_options(const std::string& preset, const Dataset& data, const std::string& changes);

/// Checks the objectives and options of a job of kind dream; returns the bytes that it will hold.
std::size_t check_dreams(const JobSpec& spec, const Split& data);
/// Makes the pictures of all objectives, one after the other: OUT/OBJECTIVE.png each, and at the end
/// OUT/contact_sheet.png.
std::unique_ptr<Job> dreams_job(const JobSpec& spec, const Split& data, const std::filesystem::path& model,
                                Scheduler& scheduler);

/// A small picture, its pixels as squares of at least that side in all.
Image enlarged(const Image& picture, int side);

}  // namespace backflow
