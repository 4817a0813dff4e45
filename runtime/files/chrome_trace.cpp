#include <backflow/runtime/files/chrome_trace.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include <backflow/runtime/files/atomic_file.h>

namespace backflow::files {
namespace {

constexpr std::array kRoles{"forward", "backward", "update", "other"};

/// Nanoseconds as microseconds with three decimals.
std::string microseconds(std::int64_t nanoseconds) {
  std::array<char, 40> digits;
  const auto end =
      std::to_chars(digits.begin(), digits.end(), static_cast<double>(nanoseconds) / 1000, std::chars_format::fixed, 3);
  return {digits.data(), end.ptr};
}

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Text about one row of one track: a worker, or the steps.
class RowWriter {
 public:
  RowWriter(AtomicFile& out, std::size_t row, std::uint32_t track, const std::string& name)
      : out_(out), row_(",\"pid\":" + std::to_string(track + 1) + ",\"tid\":" + std::to_string(row)) {
    out_.write("{\"ph\":\"M\"" + row_ + R"(,"name":"thread_name","args":{"name":")" + name + "\"}}");
  }

  void write(const TraceEvent& e) {
    write(e, kRoles[std::min<std::size_t>(e.role, 3)], "tile", e.primitive ? R"(,"kernel":"oneDNN")" : "");
  }
  void write_step(const TraceEvent& e) { write(e, "step", "step", ""); }

 private:
  void write(const TraceEvent& e, const char* category, const char* number, const char* more) {
    auto name = names_.find(e.name);
    if (name == names_.end()) name = names_.emplace(e.name, quoted(*e.name)).first;
    text_ = ",\n{\"ph\":\"X\"" + row_;
    text_ += ",\"ts\":" + microseconds(e.begin) + ",\"dur\":" + microseconds(e.end - e.begin);
    text_ += ",\"name\":" + name->second + ",\"cat\":\"" + category;
    text_ += std::string("\",\"args\":{\"") + number + "\":" + std::to_string(e.tile) + more + "}}";
    out_.write(text_);
  }

  AtomicFile& out_;
  std::string row_, text_;
  std::map<const std::string*, std::string> names_;
};

/// The rows of one worker, or of the steps, by track.
class Rows {
 public:
  Rows(AtomicFile& out, std::size_t row, std::string name, const char*& separator)
      : out_(out), row_(row), name_(std::move(name)), separator_(separator) {}

  RowWriter& of(std::uint32_t track) {
    auto row = rows_.find(track);
    if (row != rows_.end()) return row->second;
    out_.write(std::exchange(separator_, ",\n"));
    return rows_.try_emplace(track, out_, row_, track, name_).first->second;
  }

 private:
  AtomicFile& out_;
  std::size_t row_;
  std::string name_;
  const char*& separator_;
  std::map<std::uint32_t, RowWriter> rows_;
};

}  // namespace

void write_chrome_trace(const Trace& trace, const std::filesystem::path& file) {
  AtomicFile out(file);
  out.write("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
  const char* separator = "";
  for (std::size_t track = 1; track < trace.tracks().size(); ++track) {
    out.write(std::exchange(separator, ",\n"));
    out.write("{\"ph\":\"M\",\"pid\":" + std::to_string(track + 1) +
              ",\"name\":\"process_name\",\"args\":{\"name\":" + quoted(*trace.tracks()[track]) + "}}");
  }
  for (std::size_t w = 0; w < trace.events().size(); ++w) {
    Rows rows(out, w, "worker " + std::to_string(w), separator);
    for (const TraceEvent& e : trace.events()[w]) rows.of(e.track).write(e);
  }
  Rows steps(out, trace.events().size(), "steps", separator);
  for (const TraceEvent& e : trace.marks()) steps.of(e.track).write_step(e);
  out.write("\n]}\n");
  out.commit();
}

}  // namespace backflow::files
