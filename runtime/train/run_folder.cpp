#include <backflow/runtime/train/run_folder.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::train {
namespace {

namespace fs = std::filesystem;

template <class T>
T number_of(const Metadata& m, const std::string& key, const fs::path& file) {
  const auto found = m.find(key);
  require(found != m.end(), "'", file.string(), "' has no entry '", key, "': it is not a checkpoint of train");
  T value{};
  require(files::read_number(found->second, value), "'", file.string(), "': '", key, "' should be a number, found '",
          files::printable(found->second), "'");
  return value;
}

}  // namespace

Metadata from_checkpoint(const fs::path& folder, const std::function<Metadata(const fs::path&)>& read) {
  try {
    return read(folder / kCheckpoint);
  } catch (const Error& e) {
    const fs::path previous = folder / kPrevious;
    if (!fs::exists(previous)) throw;
    fail(e.what(), "; to go on from the one before it, rename '", previous.string(), "' to ", kCheckpoint);
  }
}

void keep_previous(const fs::path& folder, bool has_one) {
  std::error_code ignored;
  fs::remove(folder / kPrevious, ignored);
  if (has_one) fs::create_hard_link(folder / kCheckpoint, folder / kPrevious, ignored);
}

void remove_results(const fs::path& folder) {
  std::error_code ignored;
  for (const char* name : {kBest, kAverage, "report.json", "report.txt", "mistakes.png"})
    fs::remove(folder / name, ignored);
}

std::int64_t number(const Metadata& metadata, const std::string& key, const fs::path& file) {
  return number_of<std::int64_t>(metadata, key, file);
}

double exact_double(const Metadata& metadata, const std::string& key, const fs::path& file) {
  return number_of<double>(metadata, key, file);
}

}  // namespace backflow::train
