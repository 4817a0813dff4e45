// Suggestions for a name that does not exist.
#pragma once

#include <string>
#include <vector>

#include <backflow/graph/printable.h>

namespace backflow::files {

/// Letters that must be inserted, deleted or replaced to make `b` of `a` (Levenshtein 1966); bytes, not letters, in
/// UTF-8.
std::size_t edit_distance(const std::string& a, const std::string& b);

/// Up to `most` of `known`, nearest first: those that contain `name` or begin like it before those that merely look
/// like it. Case does not matter.
std::vector<std::string> nearest(const std::string& name, const std::vector<std::string>& known, std::size_t most = 5);

/// "there is no layer 'x'; did you mean 'a', 'b' or 'c'?", or without the question if nothing is near.
std::string no_such(const std::string& what, const std::string& name, const std::vector<std::string>& known);

std::string lower_case(std::string text);

using backflow::printable;

}  // namespace backflow::files
