// What decides an image of `dream`, as JSON: in the PNG itself, and in the folder of a run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <backflow/runtime/dream/options.h>
#include <backflow/runtime/image/png.h>

namespace backflow {

/// A file that has a part in the result, and the CRC-32 of its bytes when it had.
struct DreamFile {
  std::string path;  // as it was given; empty: there is none
  std::string crc32 = {};

  bool operator==(const DreamFile&) const = default;
};

struct DreamTarget {
  std::string objective;  // in objective.h's one spelling
  std::string title;      // to print: "class:88 macaw"

  bool operator==(const DreamTarget&) const = default;
};

struct DreamSettings {
  std::vector<DreamFile> models;
  std::string arch, standardize;  // as in runtime/models/standardized.h; empty: as the models say
  std::vector<DreamTarget> targets;
  dream::DreamOptions options;
  DreamFile photo, guide, mask;
  std::int64_t limit_steps = 0;  // stop after so many; 0: go to the end
  bool sheet = false;            // a target stood for many: they are to be seen together; not in images

  bool operator==(const DreamSettings&) const = default;
};

/// One line of JSON.
std::string to_json(const DreamSettings& settings);
/// `what` is the text's place in errors. Throws an Error if it is not what to_json() writes.
DreamSettings dream_settings_from_json(const std::string& text, const std::string& what);

/// The texts in an image of `target`; `settings` then has this target alone.
image::PngText png_text(const DreamSettings& settings, const DreamTarget& target);
/// Out of such an image. Throws an Error that names the file if it has none.
DreamSettings dream_settings_of(const std::filesystem::path& png);

/// With the sum of the file as it is now; an empty path stays empty. Throws an Error if it cannot be read.
DreamFile summed(const std::string& path);
/// Throws an Error if the file is not there or is another than it was; `what` is its part: "the model".
void check_same(const DreamFile& file, const std::string& what);

}  // namespace backflow
