#include "runtime/trace.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/files/atomic_file.h"

namespace backflow {
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

/// Text about one worker.
class WorkerWriter {
 public:
  WorkerWriter(AtomicFile& out, std::size_t worker)
      : out_(out), thread_(",\"pid\":1,\"tid\":" + std::to_string(worker)) {
    out_.write("{\"ph\":\"M\"" + thread_ + R"(,"name":"thread_name","args":{"name":"worker )" + std::to_string(worker) +
               "\"}}");
  }

  void write(const TraceEvent& e) {
    auto name = names_.find(e.name);
    if (name == names_.end()) name = names_.emplace(e.name, quoted(*e.name)).first;
    text_ = ",\n{\"ph\":\"X\"" + thread_;
    text_ += ",\"ts\":" + microseconds(e.begin) + ",\"dur\":" + microseconds(e.end - e.begin);
    text_ += ",\"name\":" + name->second + ",\"cat\":\"" + kRoles[std::min<std::size_t>(e.role, 3)];
    text_ += "\",\"args\":{\"tile\":" + std::to_string(e.tile) + "}}";
    out_.write(text_);
  }

 private:
  AtomicFile& out_;
  std::string thread_, text_;
  std::map<const std::string*, std::string> names_;
};

}  // namespace

void Trace::write(const std::filesystem::path& file) const {
  AtomicFile out(file);
  out.write("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
  const char* separator = "";
  for (std::size_t w = 0; w < events_.size(); ++w) {
    if (events_[w].empty()) continue;
    out.write(std::exchange(separator, ",\n"));
    WorkerWriter writer(out, w);
    for (const TraceEvent& e : events_[w]) writer.write(e);
  }
  out.write("\n]}\n");
  out.commit();
}

}  // namespace backflow
