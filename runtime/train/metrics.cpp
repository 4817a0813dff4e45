#include <backflow/runtime/train/metrics.h>

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/file_bytes.h>
#include <backflow/runtime/files/json.h>

namespace backflow::train {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kLongLine = 1024;

/// Whether a resumed run will write this line, or a later one.
bool is_ahead(const Json& line, const MetricsFile::Resume& from) {
  const auto number = [&](const char* name) { return line.contains(name) && line[name].is_number(); };
  if (number("step")) return line["step"].get<std::int64_t>() >= from.step;
  return number("epoch") && line["epoch"].get<std::int64_t>() >= from.epoch;
}

std::uintmax_t bytes_to_keep(const fs::path& file, const MetricsFile::Resume& from) {
  const auto content = files::file_bytes(file);
  std::istringstream in({reinterpret_cast<const char*>(content.data()), content.size()});
  std::string text;
  std::uintmax_t bytes = 0;
  for (std::size_t number = 1; std::getline(in, text) && !in.eof(); ++number) {
    const Json line = files::parse_json(text, str_cat("[metrics] ", file.string(), ": "));
    require(line.is_object(), "[metrics] ", file.string(), ": line ", number, " is not a JSON object");
    if (is_ahead(line, from)) break;
    bytes += text.size() + 1;
  }
  return bytes;
}

fs::path cut(const fs::path& file, const MetricsFile::Resume& from) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return file;
  fs::resize_file(file, bytes_to_keep(file, from), error);
  require(!error, "[metrics] cannot write ", file.string(), ": ", error.message());
  return file;
}

void append(std::string& text, const Metric& metric) {
  const auto number = [&text](auto v) {
    std::array<char, 32> digits;
    if (!std::isfinite(static_cast<double>(v)))
      text += "null";
    else
      text.append(digits.data(), std::to_chars(digits.begin(), digits.end(), v).ptr);
  };
  text += text.empty() ? "{\"" : ",\"";
  text += metric.name;
  text += "\":";
  std::visit(number, metric.value);
}

}  // namespace

MetricsFile::MetricsFile(const fs::path& file) : out_(file, files::OutputFile::Open::truncate) {
  line_.reserve(kLongLine);
}

MetricsFile::MetricsFile(const fs::path& file, const Resume& from)
    : out_(cut(file, from), files::OutputFile::Open::append) {
  line_.reserve(kLongLine);
}

void MetricsFile::write(std::initializer_list<Metric> line) {
  line_.clear();
  for (const Metric& m : line) append(line_, m);
  line_ += line_.empty() ? "{}\n" : "}\n";
  out_.write(line_);
  out_.flush();
}

}  // namespace backflow::train
