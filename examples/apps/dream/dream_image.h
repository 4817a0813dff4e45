// One target of a run of `dream` and its files.
#pragma once

#include <set>

#include "examples/apps/dream/dream_setup.h"

namespace backflow {

/// Names of files that no two objectives share, in their order.
std::vector<std::string> file_names(const std::vector<DreamTarget>& targets);

struct DreamImage {
  DreamTarget target;
  std::string name;  // of its files, without an ending
  dream::Dream dream;
  bool complete = false;  // in an earlier run
  bool failed = false;

  /// One for each variant.
  std::vector<std::filesystem::path> files(const std::filesystem::path& folder) const;
  std::filesystem::path state_file(const std::filesystem::path& folder) const {
    return folder / "state" / (name + ".safetensors");
  }
  /// Where the frames of a variant go.
  std::filesystem::path frames(const std::filesystem::path& folder, std::int64_t variant) const;
};

/// The settings in its PNG: of an image that is not complete also the step at which it stands.
image::PngText text_of(const DreamImage& picture, const DreamSettings& settings);

}  // namespace backflow
