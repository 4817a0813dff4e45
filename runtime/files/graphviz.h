// Pictures of graphs as files.
#pragma once

#include <filesystem>
#include <string>

#include <backflow/graph/graph.h>

namespace backflow::files {

struct DrawingOptions {
  bool png = false;  // in addition to the .svg
};

/// Writes `dot` (of to_dot() or Flow::dot()) to `file` and, where graphviz is installed, draws it next to that as .svg.
/// Returns whether it was drawn. Throws an Error if `file` cannot be written.
bool write_drawing(const std::string& dot, const std::filesystem::path& file, const DrawingOptions& options = {});
bool write_graph_picture(const Graph& graph, const std::filesystem::path& file, const DrawingOptions& options = {});

}  // namespace backflow::files
