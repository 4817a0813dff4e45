#include <backflow/runtime/data/picture_files.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/unpacked_file.h>
#include <backflow/runtime/files/file_bytes.h>
#include <backflow/runtime/files/input_file.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/log/message.h>

namespace backflow::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kPictureEndings{".png", ".jpg", ".jpeg", ".webp", ".gif"};

bool has_picture_ending(const fs::path& path) {
  const std::string ending = files::lower_case(path.extension().string());
  return std::find(kPictureEndings.begin(), kPictureEndings.end(), ending) != kPictureEndings.end();
}

struct Entry {
  fs::path path;
  bool is_directory;
};

/// What the folder has, by name; nothing that begins with a dot.
std::vector<Entry> sorted_entries(const fs::path& folder) {
  std::vector<Entry> entries;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::error_code ignored;
    if (!entry.path().filename().string().starts_with('.'))
      entries.push_back({entry.path(), entry.is_directory(ignored)});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.path.filename().native() < b.path.filename().native(); });
  return entries;
}

/// Pictures at any depth, each folder once.
class Search {
 public:
  explicit Search(const fs::path& folder) { visit(folder); }
  std::vector<fs::path> found;

 private:
  void visit(const fs::path& folder) {
    if (!visited_.insert(fs::canonical(folder)).second) return;
    for (const Entry& entry : sorted_entries(folder)) {
      if (entry.is_directory)
        visit(entry.path);
      else if (has_picture_ending(entry.path))
        found.push_back(entry.path);
    }
  }
  std::set<fs::path> visited_;
};

std::map<std::string, std::vector<fs::path>> by_class(const fs::path& folder) {
  std::map<std::string, std::vector<fs::path>> classes;
  std::size_t beside = 0;
  for (const Entry& entry : sorted_entries(folder)) {
    if (!entry.is_directory) {
      beside += has_picture_ending(entry.path) ? 1 : 0;
      continue;
    }
    auto& pictures = classes[entry.path.filename().string()] = Search(entry.path).found;
    require(!pictures.empty(), "[data] ", entry.path.string(), " has no pictures (",
            "png, jpg, webp, gif): each folder is a class");
  }
  if (beside > 0)
    log::message(log::Level::warning, "[data] ", folder.string(), ": ", beside,
                 " pictures beside the folders of the classes are left out");
  return classes;
}

std::vector<PictureFile> labelled(const std::map<std::string, std::vector<fs::path>>& pictures,
                                  const std::vector<std::string>& classes, const fs::path& folder) {
  std::vector<PictureFile> result;
  for (const auto& [name, paths] : pictures) {
    const auto place = std::lower_bound(classes.begin(), classes.end(), name);
    require(place != classes.end() && *place == name, "[data] ", folder.string(), " has the class '",
            files::printable(name), "', which the training pictures have not");
    for (const fs::path& path : paths) result.push_back({path, static_cast<std::int32_t>(place - classes.begin())});
  }
  return result;
}

void check_classes(const PictureFiles& found, const fs::path& where) {
  require(found.classes.size() >= 2, "[data] ", where.string(), " has pictures of ", found.classes.size(),
          " class; a classifier needs 2 or more");
  for (const std::string& name : found.classes)
    require(files::is_utf8(name) && name.find('\n') == std::string::npos, "[data] the name of the class '",
            files::printable(name), "' should be one line of UTF-8, which models can keep");
}

/// A picture of a list.
struct ListLine {
  fs::path path;
  std::string label;
  std::size_t line = 0;
  std::optional<double> number = {};  // that the label is
};

std::vector<ListLine> list_lines(const fs::path& file) {
  const std::vector<std::byte> bytes = files::file_bytes(file);
  std::istringstream in(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  std::vector<ListLine> lines;
  std::size_t count = 0;
  for (std::string line; std::getline(in, line);) {
    ++count;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    const std::size_t tab = line.rfind('\t');
    require(tab != std::string::npos && tab > 0 && tab + 1 < line.size(), "[data] ", file.string(), ":", count,
            ": expected a path, a tab and a label, found '", files::printable(line), "'");
    lines.push_back({file.parent_path() / line.substr(0, tab), line.substr(tab + 1), count});
    double value = 0;
    if (files::read_number(lines.back().label, value) && std::isfinite(value)) lines.back().number = value;
  }
  return lines;
}

/// Throws an Error about a label that is no number, where numbers are asked for.
bool predicts_numbers(const std::vector<ListLine>& lines, const fs::path& file, Task task) {
  if (task == Task::classification) return false;
  bool whole = true;
  for (const ListLine& line : lines) {
    if (!line.number && task == Task::automatic) return false;
    require(line.number.has_value(), "[data] ", file.string(), ":", line.line, ": a regression needs a number, found '",
            files::printable(line.label), "'");
    whole = whole && *line.number == std::floor(*line.number);
  }
  return task == Task::regression || (!whole && !lines.empty());
}

}  // namespace

bool has_picture_folders(const fs::path& folder) {
  for (const Entry& entry : sorted_entries(folder))
    if (entry.is_directory && !Search(entry.path).found.empty()) return true;
  return false;
}

PictureFiles find_pictures(const fs::path& folder) {
  const bool parted = files::is_folder(folder / "train");
  const fs::path training = parted ? folder / "train" : folder;
  const auto pictures = by_class(training);
  PictureFiles result;
  for (const auto& [name, paths] : pictures) result.classes.push_back(name);
  check_classes(result, training);
  result.train = labelled(pictures, result.classes, training);
  for (const char* name : {"test", "val"})
    if (parted && files::is_folder(folder / name))
      (result.test.empty() ? result.test : result.validation) = find_pictures(folder / name, result.classes);
  return result;
}

std::vector<PictureFile> find_pictures(const fs::path& folder, const std::vector<std::string>& classes) {
  require(files::is_folder(folder), "[data] there is no folder '", folder.string(), "'");
  std::vector<PictureFile> pictures = labelled(by_class(folder), classes, folder);
  require(!pictures.empty(), "[data] ", folder.string(), " has no pictures in folders of classes");
  return pictures;
}

bool is_picture_list(const fs::path& file) {
  constexpr std::size_t kLongestPath = 4096;
  std::string text(kLongestPath, '\0');
  text.resize(UnpackedFile(file).read({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}));
  std::istringstream lines(text);
  std::string line;
  while (line.empty() && std::getline(lines, line))
    if (line.ends_with('\r')) line.pop_back();
  const auto begins_with_picture = [&](const char* ends) {
    return has_picture_ending(line.substr(0, line.find_last_of(ends))) ||
           has_picture_ending(line.substr(0, line.find_first_of(ends)));
  };
  return begins_with_picture("\t") || begins_with_picture(" ,;\t");
}

PictureFiles read_picture_list(const fs::path& file, Task task) {
  const std::vector<ListLine> lines = list_lines(file);
  PictureFiles result;
  if (predicts_numbers(lines, file, task)) {
    for (const ListLine& line : lines) {
      result.train.push_back({line.path, static_cast<std::int32_t>(result.numbers.size())});
      result.numbers.push_back(*line.number);
    }
    return result;
  }
  std::map<std::string, std::vector<fs::path>> pictures;
  for (const ListLine& line : lines) pictures[line.label].push_back(line.path);
  for (const auto& [name, paths] : pictures) result.classes.push_back(name);
  check_classes(result, file);
  result.train = labelled(pictures, result.classes, file);
  return result;
}

}  // namespace backflow::data
