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

/// Text about one worker on one track.
class RowWriter {
 public:
  RowWriter(AtomicFile& out, std::size_t worker, std::uint32_t track)
      : out_(out), row_(",\"pid\":" + std::to_string(track + 1) + ",\"tid\":" + std::to_string(worker)) {
    out_.write("{\"ph\":\"M\"" + row_ + R"(,"name":"thread_name","args":{"name":"worker )" + std::to_string(worker) +
               "\"}}");
  }

  void write(const TraceEvent& e) {
    auto name = names_.find(e.name);
    if (name == names_.end()) name = names_.emplace(e.name, quoted(*e.name)).first;
    text_ = ",\n{\"ph\":\"X\"" + row_;
    text_ += ",\"ts\":" + microseconds(e.begin) + ",\"dur\":" + microseconds(e.end - e.begin);
    text_ += ",\"name\":" + name->second + ",\"cat\":\"" + kRoles[std::min<std::size_t>(e.role, 3)];
    text_ += "\",\"args\":{\"tile\":" + std::to_string(e.tile) + (e.primitive ? R"(,"kernel":"oneDNN"}})" : "}}");
    out_.write(text_);
  }

 private:
  AtomicFile& out_;
  std::string row_, text_;
  std::map<const std::string*, std::string> names_;
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
    std::map<std::uint32_t, RowWriter> rows;
    for (const TraceEvent& e : trace.events()[w]) {
      auto row = rows.find(e.track);
      if (row == rows.end()) {
        out.write(std::exchange(separator, ",\n"));
        row = rows.emplace(std::piecewise_construct, std::tuple(e.track), std::forward_as_tuple(out, w, e.track)).first;
      }
      row->second.write(e);
    }
  }
  out.write("\n]}\n");
  out.commit();
}

}  // namespace backflow::files
