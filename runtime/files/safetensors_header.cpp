#include <backflow/runtime/files/safetensors_header.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include <backflow/graph/error.h>

namespace backflow::files::safetensors {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxHeaderBytes = 100'000'000;
constexpr int kDeepest = 16;
constexpr const char* kMetadata = "__metadata__";

/// JSON whose objects have no key twice and that is not nested deeply.
Json parse_strictly(const std::string& text, const std::string& file) {
  std::vector<std::set<std::string>> keys;  // of each object that is open
  const auto watch = [&](int depth, Json::parse_event_t event, const Json& parsed) {
    require(depth <= kDeepest, file, ": its header is nested more than ", kDeepest, " deep");
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key)
      require(keys.back().insert(parsed.get<std::string>()).second, file, ": its header has ",
              quoted(parsed.get<std::string>()), " twice");
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (const Json::parse_error& e) {
    fail(file, ": its header is not JSON at byte ", e.byte);
  } catch (const Json::exception&) {
    fail(file, ": its header has a number that is out of range");
  }
}

/// Checks one tensor's description.
class EntryReader {
 public:
  EntryReader(const std::string& file, const std::string& name, const Json& info)
      : where_(str_cat(file, ": tensor ", quoted(name))), info_(info) {
    require(info.is_object(), where_, " is not described by an object");
    entry_.name = name;
    read_format();
    const Json& shape = list("shape");
    require(shape.size() <= kMaxAxes, where_, " has ", shape.size(), " axes, at most ", kMaxAxes, " are supported");
    for (const Json& d : shape) entry_.shape.push_back(number(d, "shape"));
    const Json& offsets = list("data_offsets");
    require(offsets.size() == 2, where_, " has ", offsets.size(), " data_offsets, expected 2");
    entry_.begin = static_cast<std::size_t>(number(offsets[0], "data_offsets"));
    entry_.end = static_cast<std::size_t>(number(offsets[1], "data_offsets"));
    check_length();
  }

  const Entry& entry() const { return entry_; }

 private:
  const Json& field(const char* name) const {
    const auto found = info_.find(name);
    require(found != info_.end(), where_, " has no ", name);
    return *found;
  }

  const Json& list(const char* name) const {
    const Json& value = field(name);
    require(value.is_array(), where_, " has a ", name, " that is not a list");
    return value;
  }

  std::int64_t number(const Json& value, const char* name) const {
    require(value.is_number_unsigned() && value.get<std::uint64_t>() <= std::uint64_t{INT64_MAX}, where_,
            " has an element of ", name, " that is not a number from 0 to 2^63 − 1");
    return value.get<std::int64_t>();
  }

  void read_format() {
    const Json& dtype = field("dtype");
    require(dtype.is_string(), where_, " has a dtype that is not a text");
    entry_.format = find_format(dtype.get_ref<const std::string&>());
    require(entry_.format != nullptr, where_, " has dtype ", quoted(dtype), ", expected ", known_formats());
  }

  void check_length() const {
    auto bytes = static_cast<std::int64_t>(entry_.format->bytes);
    for (std::int64_t d : entry_.shape)
      require(!__builtin_mul_overflow(bytes, d, &bytes), where_, " has a shape of more than 2^63 bytes");
    require(entry_.begin <= entry_.end, where_, " ends at byte ", entry_.end, ", before it begins at ", entry_.begin);
    require(entry_.end - entry_.begin == static_cast<std::size_t>(bytes), where_, " has ", entry_.end - entry_.begin,
            " bytes of data, ", entry_.format->name, " ", to_string(entry_.shape), " needs ", bytes);
  }

  std::string where_;
  const Json& info_;
  Entry entry_;
};

std::map<std::string, std::string> read_metadata(const Json& json, const std::string& file) {
  require(json.is_object(), file, ": its ", kMetadata, " is not an object");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : json.items()) {
    require(value.is_string(), file, ": its metadata ", quoted(key), " is not a text");
    metadata[key] = value;
  }
  return metadata;
}

/// The JSON text; data begin where the file is read on.
std::string read_text(InputFile& in, const std::string& file) {
  std::uint64_t length = 0;
  require(in.bytes() >= sizeof length, file, " is truncated: ", in.bytes(), " bytes, it begins with 8 of length");
  in.read(std::as_writable_bytes(std::span(&length, 1)));
  require(length <= kMaxHeaderBytes, file, ": its header has ", length, " bytes, more than ", kMaxHeaderBytes);
  require(length <= in.bytes() - sizeof length, file, " is truncated: its header has ", length,
          " bytes, the file goes on for ", in.bytes() - sizeof length);
  std::string text(length, '\0');
  in.read(std::as_writable_bytes(std::span(text)));
  require(text.starts_with('{'), file, ": its header does not begin with {");
  return text;
}

/// Every byte of the data belongs to one tensor.
void check_cover(const std::vector<Entry>& entries, std::size_t bytes, const std::string& file) {
  std::size_t end = 0;
  for (const Entry& e : entries) {
    require(e.begin >= end, file, ": tensor ", quoted(e.name), " begins at byte ", e.begin,
            " and overlaps another one, which ends at ", end);
    require(e.begin == end, file, ": tensor ", quoted(e.name), " begins at byte ", e.begin,
            " and leaves a hole after byte ", end);
    end = e.end;
  }
  require(bytes >= end, file, " is truncated: its tensors need ", end, " bytes of data, it has ", bytes);
  require(bytes == end, file, " is too long: its tensors need ", end, " bytes of data, it has ", bytes);
}

}  // namespace

std::string quoted(const std::string& text) {
  constexpr std::size_t kLongest = 80;
  const std::string part = text.size() > kLongest ? text.substr(0, kLongest) + "…" : text;
  return Json(part).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Header read_header(InputFile& in) {
  const std::string file = "[safetensors] " + in.name();
  const std::string text = read_text(in, file);
  const Json json = parse_strictly(text, file);
  Header header;
  for (const auto& [name, value] : json.items())
    if (name == kMetadata)
      header.metadata = read_metadata(value, file);
    else
      header.entries.push_back(EntryReader(file, name, value).entry());
  std::sort(header.entries.begin(), header.entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  check_cover(header.entries, in.bytes() - sizeof(std::uint64_t) - text.size(), file);
  return header;
}

std::string header_bytes(const Header& header) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  if (!header.metadata.empty()) json[kMetadata] = header.metadata;
  for (const Entry& e : header.entries) {
    require(e.name != kMetadata, "[safetensors] no tensor can be called ", kMetadata);
    json[e.name] = {{"dtype", e.format->name}, {"shape", e.shape}, {"data_offsets", {e.begin, e.end}}};
  }
  std::string text;
  try {
    text = json.dump();
  } catch (const Json::exception&) {
    fail("[safetensors] a name or an entry of the metadata is not UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + text;
}

}  // namespace backflow::files::safetensors
