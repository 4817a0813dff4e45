#include <backflow/runtime/data/find_arrays.h>

#include <algorithm>
#include <cmath>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/array_samples.h>
#include <backflow/runtime/data/table_learning.h>
#include <backflow/runtime/files/input_file.h>

namespace backflow::data {
namespace {

namespace fs = std::filesystem;

std::map<std::string, Array> read_arrays(const fs::path& path) {
  const std::vector<std::string> names{"x", "y", "x_train", "y_train", "x_test", "y_test"};
  if (!files::is_folder(path)) return read_npz(path, names);
  std::map<std::string, Array> result;
  for (const std::string& name : names)
    if (const fs::path file = path / (name + ".npy"); fs::exists(file)) result.emplace(name, read_npy(file));
  return result;
}

ArraySamples checked(Array x, Array y) {
  const std::size_t axes = y.shape.size();
  require(axes == 1 || (axes == 2 && y.shape[1] == 1), "[data] ", y.name, " has the shape ", to_string(y.shape),
          ", expected [N] or [N, 1]: a class or a number for each sample");
  require(x.shape.size() >= 2 && x.shape.size() <= 4, "[data] ", x.name, " has the shape ", to_string(x.shape),
          ", expected images [N, C, H, W] or [N, H, W], or features [N, F]");
  require(x.shape[0] == y.shape[0], "[data] ", x.name, " has ", x.shape[0], " samples, ", y.name, " has ", y.shape[0]);
  require(x.size() > 0, "[data] ", x.name, " has no numbers: its shape is ", to_string(x.shape));
  if (x.shape.size() == 3) x.shape.insert(x.shape.begin() + 1, 1);
  const bool channels = x.shape.size() == 2 || x.shape[1] == 1 || x.shape[1] == 3;
  require(channels, "[data] ", x.name, " has the shape ", to_string(x.shape),
          ", expected images [N, C, H, W] with 1 or ", "3 channels",
          x.shape.back() == 1 || x.shape.back() == 3 ? "; np.moveaxis(x, -1, 1) moves them there" : "");
  return {std::move(x), std::move(y)};
}

FoundArrays found_arrays(const fs::path& path) {
  auto arrays = read_arrays(path);
  const auto take = [&](const std::string& name, const std::string& other) {
    const auto found = arrays.contains(name) ? arrays.find(name) : arrays.find(other);
    require(found != arrays.end(), "[data] ", path.string(), " has no array '", name,
            "'; expected x and y, and perhaps ", "x_test and y_test");
    return std::move(found->second);
  };
  FoundArrays result{checked(take("x", "x_train"), take("y", "y_train")), {}};
  if (!arrays.contains("x_test") && !arrays.contains("y_test")) return result;
  result.test = checked(take("x_test", ""), take("y_test", ""));
  const Array &x = result.train.x, &test = result.test->x;
  require(std::equal(x.shape.begin() + 1, x.shape.end(), test.shape.begin() + 1, test.shape.end()), "[data] ", x.name,
          " has the shape ", to_string(x.shape), ", ", test.name, " ", to_string(test.shape));
  require(x.type == test.type, "[data] ", x.name, " and ", test.name, " have elements of different types");
  return result;
}

}  // namespace

std::vector<double> numbers_of(const Array& y) {
  std::vector<double> numbers(y.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = y.number(i);
    require(std::isfinite(numbers[i]), "[data] ", y.name, ": element ", i, " is ", numbers[i]);
  }
  return numbers;
}

/// Whole numbers as integers are classes where they come twice on average; floats only where they are few.
Task array_task(const Array& y, std::span<const double> numbers, Task asked) {
  if (asked != Task::automatic) return asked;
  if (!y.is_whole()) return task_of(numbers);
  const std::set<double> different(numbers.begin(), numbers.end());
  const bool labels = *different.begin() >= 0 && *different.rbegin() <= kLargestArrayLabel;
  return labels && 2 * different.size() <= numbers.size() ? Task::classification : task_of(numbers);
}

Partition shared_out(const FoundArrays& arrays, const std::vector<std::int32_t>& labels, double test_share) {
  if (arrays.test) return {all_samples(arrays.train.count()), {}};
  Partition parts = stratified(labels, test_share, kTestSeed);
  require(!parts.part.empty(), "[data] ", arrays.train.y.name, ": each class comes once; testing needs another one");
  return parts;
}

bool has_arrays(const fs::path& folder) { return fs::exists(folder / "x.npy") || fs::exists(folder / "x_train.npy"); }

Split find_arrays(const fs::path& path, const DataOptions& options) {
  const FoundArrays arrays = found_arrays(path);
  return arrays.train.x.shape.size() == 2 ? feature_split(arrays, options) : image_split(arrays, options);
}

}  // namespace backflow::data
