// Images of what a network of `train` has learned: its classes and its channels.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/dream/dream.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/apps/train/train_run.h"

namespace backflow {

struct JobSpec;

/// The network as dreams see it, without weights yet.
std::shared_ptr<dream::DreamNetworks> dream_networks(const RunNetwork& network);
/// A preset in the size of the network's images, with the options of the JSON object `changes` on top; it may be empty.
dream::DreamOptions dream_options(const std::string& preset, const models::InputSpec& input,
                                  const std::string& changes);

/// Checks the objectives and options of a job of kind dream; returns the bytes that it will hold.
std::size_t check_dreams(const JobSpec& spec, const RunNetwork& network);
/// Makes the images of all objectives, one after the other: OUT/OBJECTIVE.png each, and at the end
/// OUT/contact_sheet.png.
std::unique_ptr<Job> dreams_job(const JobSpec& spec, const RunNetwork& network, const std::filesystem::path& model,
                                Scheduler& scheduler);

/// A small image, its pixels as squares of at least that side in all.
image::Image enlarged(const image::Image& picture, int side);

}  // namespace backflow
