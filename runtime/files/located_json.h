// JSON whose keys know their lines, so that errors can name them. Internal to runtime/ and the programs.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace backflow::files {

struct LocatedJson {
  nlohmann::json value;
  std::map<std::string, int> lines;  // of each member, object and text in a list, by JSON pointer

  /// The line of what `pointer` names, or of the nearest thing around it; 1 is the first.
  int line(std::string pointer) const;
};

/// Throws an Error, with the line, if `text` is not JSON, nests deeper than 64 or has a key twice in an object. `name`
/// is that of the file.
LocatedJson parse_located(const std::string& text, const std::string& name);
/// A whole file; its failures are Errors that name it.
std::string read_text(const std::filesystem::path& file);

}  // namespace backflow::files
