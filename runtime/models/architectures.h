// Which network a safetensors file is for. Internal to runtime/models/.
#pragma once

#include <map>
#include <string>

#include <backflow/runtime/models/network_builder.h>

namespace backflow::models {

struct KnownNetwork {
  std::string name;
  Architecture architecture;
  InputSpec input;
  std::int64_t classes = 0;
  std::vector<std::string> labels = {};  // may be empty
  data::Standardization targets = {};    // of a regression
};

/// A file's texts, and the shapes of its tensors by name.
struct FileFacts {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Shape> shapes;
};

/// The network called `arch`, or the one that the metadata name: entry "network" (describe()'s), "arch" (anyone's) or
/// "model" (train's). Throws an Error, without the file's name, if it is unknown or if an entry that it needs is
/// missing or makes no sense.
KnownNetwork known_network(const FileFacts& file, const std::string& arch);

}  // namespace backflow::models
