// Entries of a safetensors file's metadata that `train` and describe() write. Internal to runtime/models/.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <backflow/runtime/data/dataset.h>

namespace backflow::models {

/// Each function throws an Error, without the file's name, if the entry is missing or is something else.
class MetadataEntries {
 public:
  explicit MetadataEntries(const std::map<std::string, std::string>& metadata) : metadata_(metadata) {}

  const std::string& text(const std::string& key) const;
  /// `count` numbers between commas; one stands for all.
  std::vector<float> numbers(const std::string& key, std::size_t count) const;
  /// The classes' names, a line each; none if there is no entry "labels".
  std::vector<std::string> labels(std::int64_t classes) const;
  /// Of numbers to predict, `count` of them; empty if there is no entry "target_mean".
  data::Standardization targets(std::int64_t count) const;
  /// Whole numbers between commas and brackets, each in 1 … most.
  std::vector<std::int64_t> list(const std::string& key, std::int64_t most) const;

 private:
  const std::map<std::string, std::string>& metadata_;
};

}  // namespace backflow::models
