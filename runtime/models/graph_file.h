// A computation from an ONNX file, of any kind: named values in, named values out.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <backflow/graph/graph.h>

namespace backflow::models {

/// An input or output of the file.
struct Port {
  std::string name;
  Shape shape;       // −1 where the file leaves it open
  std::string type;  // of the file's elements, "float32" or "int64"; ours are f32
};

/// Numbers that are known while the graph is built, for an input that steers shapes: axes, a size, repeats.
struct KnownInput {
  Shape shape;
  std::vector<double> numbers;  // row-major
};

using GivenInput = std::variant<Value, KnownInput>;

class GraphFile {
 public:
  /// Reads the file. Throws an Error if it is truncated or no ONNX, or has ops that are not supported: all of them are
  /// listed at once.
  explicit GraphFile(const std::filesystem::path& path);
  ~GraphFile();
  GraphFile(GraphFile&&) noexcept;
  GraphFile& operator=(GraphFile&&) noexcept;

  /// Without those for which the file has a value.
  const std::vector<Port>& inputs() const { return inputs_; }
  const std::vector<Port>& outputs() const { return outputs_; }

  /// Appends the computation to `graph`; the file's weights are parameters under their own names, which a second build
  /// in the same graph shares. Shapes that the file leaves open become those of the inputs. An input for which the file
  /// has a value may be given or not. Returns the outputs by name. Throws an Error, with the node's name, where the
  /// inputs do not fit, and if one is missing or unknown.
  std::map<std::string, Value> build(Graph& graph, const std::map<std::string, GivenInput>& inputs) const;

 private:
  struct File;
  std::unique_ptr<const File> file_;
  std::vector<Port> inputs_, outputs_;
};

}  // namespace backflow::models
