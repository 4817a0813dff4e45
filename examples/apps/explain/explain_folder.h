// The folder of results of `explain`: what may be written there, and under which names.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include <backflow/runtime/explain/attribution.h>
#include <backflow/runtime/image/image.h>
#include "examples/apps/explain/explain_settings.h"

namespace backflow {

constexpr const char* kExplanations = "explanations.json";

/// Throws an Error if `out` has explanations of other settings, or something else of that name, which are not replaced
/// unasked.
void check_explanations(const std::filesystem::path& out, const ExplainSettings& settings);

/// Names for the folders of photos: that of the file without its ending, ".class-88" behind it where there are several
/// classes, and -2, -3, … where it is taken.
class PhotoFolders {
 public:
  std::string next(const std::string& photo, std::optional<std::int64_t> target);

 private:
  std::set<std::string> taken_;
};

/// "integrated", "grad-cam", of a layer that was asked for "grad-cam.layer4"; fit for a file's name.
std::string file_stem(const explain::Attribution& attribution, bool with_layer);

/// Writes STEM.npy, STEM.map.png and STEM.png, the overlay, into `folder`.
void write_attribution(const std::filesystem::path& folder, const std::string& stem,
                       const explain::Attribution& attribution, const image::Image& overlay);

}  // namespace backflow
