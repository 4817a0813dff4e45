#include <backflow/runtime/train/tensorboard.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <limits>
#include <vector>

#include <backflow/graph/error.h>

namespace backflow::train {
namespace {

namespace fs = std::filesystem;

// Protocol buffers: a field is its number and wire type, and the value.
constexpr unsigned kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

void put_varint(std::string& to, std::uint64_t value) {
  for (; value >= 128; value >>= 7) to += static_cast<char>((value & 127) | 128);
  to += static_cast<char>(value);
}

template <class T>
void put_fixed(std::string& to, T value) {
  static_assert(std::endian::native == std::endian::little);
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_key(std::string& to, unsigned field, unsigned type) { put_varint(to, (field << 3) | type); }

void put_integer(std::string& to, unsigned field, std::int64_t value) {
  put_key(to, field, kVarint);
  put_varint(to, static_cast<std::uint64_t>(value));
}

void put_double(std::string& to, unsigned field, double value) {
  put_key(to, field, kFixed64);
  put_fixed(to, value);
}

void put_text(std::string& to, unsigned field, std::string_view text) {
  put_key(to, field, kBytes);
  put_varint(to, text.size());
  to += text;
}

void put_doubles(std::string& to, unsigned field, const std::vector<double>& values) {
  put_text(to, field, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)});
}

/// CRC-32C (Castagnoli), bit-reflected.
constexpr auto kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0x82F63B78U : crc >> 1;
    table[i] = crc;
  }
  return table;
}();

/// Of a record: rotated, so that a CRC of bytes that hold CRCs stays good.
std::uint32_t masked_crc(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 255];
  return std::rotr(~crc, 15) + 0xA282EAD8U;
}

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// A file that is not there yet.
fs::path new_file(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  require(!error, "[tensorboard] cannot make the folder '", folder.string(), "': ", error.message());
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  const std::string name = str_cat("events.out.tfevents.", static_cast<std::int64_t>(now()), ".",
                                   host[0] == '\0' ? "localhost" : host.data(), ".", getpid());
  fs::path file = folder / name;
  for (int i = 1; fs::exists(file); ++i) file = folder / str_cat(name, ".", i);
  return file;
}

/// ±1e-12 · 1.1^k, 0 and the largest number, as TensorFlow's histograms have them.
const std::vector<double>& bucket_limits() {
  static const std::vector<double> limits = [] {
    std::vector<double> result{0};
    for (double v = 1e-12; v < 1e20; v *= 1.1) {
      result.push_back(v);
      result.push_back(-v);
    }
    result.push_back(std::numeric_limits<double>::max());
    std::sort(result.begin(), result.end());
    return result;
  }();
  return limits;
}

}  // namespace

TensorBoardFile::TensorBoardFile(const fs::path& folder, std::optional<std::int64_t> first_step)
    : out_(new_file(folder), files::OutputFile::Open::create) {
  put_text(event_, 3, "brain.Event:2");  // file_version
  write_event(0);
  if (!first_step) return;
  value_.clear();
  put_integer(value_, 1, 1);  // SessionLog.status = START: what other files have from this step on is void
  put_text(event_, 7, value_);
  write_event(*first_step);
}

/// With what `event_` has; empties it.
void TensorBoardFile::write_event(std::int64_t step) {
  put_double(event_, 1, now());
  put_integer(event_, 2, step);
  record_.clear();
  put_fixed(record_, static_cast<std::uint64_t>(event_.size()));
  put_fixed(record_, masked_crc(record_));
  record_ += event_;
  put_fixed(record_, masked_crc(event_));
  out_.write(record_);
  out_.flush();
  event_.clear();
}

/// Of the value in `value_`, a Summary.Value but for its tag.
void TensorBoardFile::write_summary(std::string_view tag, std::int64_t step) {
  put_text(value_, 1, tag);
  summary_.clear();
  put_text(summary_, 1, value_);
  put_text(event_, 5, summary_);
  write_event(step);
}

void TensorBoardFile::add_scalar(std::string_view tag, std::int64_t step, double value) {
  value_.clear();
  put_key(value_, 2, kFixed32);
  put_fixed(value_, static_cast<float>(value));
  write_summary(tag, step);
}

void TensorBoardFile::add_image(std::string_view tag, std::int64_t step, std::span<const std::byte> png, int width,
                                int height) {
  constexpr int rgb = 3;
  summary_.clear();
  put_integer(summary_, 1, height);
  put_integer(summary_, 2, width);
  put_integer(summary_, 3, rgb);
  put_text(summary_, 4, {reinterpret_cast<const char*>(png.data()), png.size()});
  value_.clear();
  put_text(value_, 4, summary_);
  write_summary(tag, step);
}

void TensorBoardFile::add_histogram(std::string_view tag, std::int64_t step, std::span<const float> values) {
  const std::vector<double>& limits = bucket_limits();
  std::vector<double> count(limits.size());
  double least = 0, most = 0, n = 0, sum = 0, squares = 0;
  for (const float f : values) {
    if (!std::isfinite(f)) continue;
    const double v = f;
    least = n == 0 ? v : std::min(least, v);
    most = n == 0 ? v : std::max(most, v);
    n += 1;
    sum += v;
    squares += v * v;
    ++count[static_cast<std::size_t>(std::upper_bound(limits.begin(), limits.end(), v) - limits.begin())];
  }
  std::vector<double> used_limits, used;  // a run of empty buckets is one
  for (std::size_t i = 0; i < count.size(); ++i) {
    if (count[i] == 0 && !used.empty() && used.back() == 0)
      used_limits.back() = limits[i];
    else if (count[i] > 0 || i + 1 < count.size())
      used_limits.push_back(limits[i]), used.push_back(count[i]);
  }
  summary_.clear();
  for (const auto& [field, v] : {std::pair{1U, least}, {2U, most}, {3U, n}, {4U, sum}, {5U, squares}})
    put_double(summary_, field, v);
  put_doubles(summary_, 6, used_limits);
  put_doubles(summary_, 7, used);
  value_.clear();
  put_text(value_, 5, summary_);
  write_summary(tag, step);
}

}  // namespace backflow::train
