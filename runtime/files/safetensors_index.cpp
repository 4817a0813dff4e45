#include <backflow/runtime/files/safetensors_index.h>

#include <array>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/file_bytes.h>
#include <backflow/runtime/files/input_file.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::files {
namespace {

constexpr std::uintmax_t kMaxIndexBytes = 1 << 26;

/// Which file has which tensors.
std::map<std::string, std::set<std::string>> parts_of(const std::filesystem::path& path, const std::string& where) {
  const auto bytes = file_bytes(path, kMaxIndexBytes);
  const auto json = parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, where + ": ");
  const bool is_index = json.is_object() && json.contains("weight_map") && json["weight_map"].is_object();
  require(is_index, where, " is no index of safetensors files: it needs an object 'weight_map'");
  std::map<std::string, std::set<std::string>> parts;
  for (const auto& [name, file] : json["weight_map"].items()) {
    require(file.is_string(), where, ": tensor '", printable(name), "' has no file name");
    const std::string& text = file.get_ref<const std::string&>();
    const std::filesystem::path part = text;
    require(!text.empty() && part.filename() == part && text != "." && text != "..", where, ": tensor '",
            printable(name), "' lies in '", printable(text), "', which needs to be a file in the index's folder");
    parts[text].insert(name);
  }
  return parts;
}

}  // namespace

bool is_safetensors_index(const std::filesystem::path& path) {
  InputFile in(path);
  std::array<std::byte, 1> first{};
  if (in.bytes() < first.size()) return false;
  in.read(first);
  return first[0] == std::byte{'{'};
}

TensorFile read_safetensors_index(const std::filesystem::path& path) {
  const std::string where = "[safetensors] " + path.string();
  TensorFile all;
  for (const auto& [part, names] : parts_of(path, where)) {
    TensorFile file = read_safetensors(path.parent_path() / part);
    for (const std::string& name : names) {
      const auto found = file.tensors.find(name);
      const auto other = file.passed_over.find(name);
      require(found != file.tensors.end() || other != file.passed_over.end(), where, ": ", printable(part),
              " has no tensor '", printable(name), "'");
      if (found != file.tensors.end())
        all.tensors.emplace(name, std::move(found->second));
      else
        all.passed_over.insert(*other);
    }
    all.metadata.merge(file.metadata);
  }
  return all;
}

}  // namespace backflow::files
