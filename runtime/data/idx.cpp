#include <backflow/runtime/data/idx.h>

#include <algorithm>
#include <array>
#include <span>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/unpacked_file.h>

namespace backflow::data {
namespace {

constexpr std::size_t kPiece = std::size_t{4} << 20;
constexpr std::uint8_t kBytes = 0x08, kInts = 0x0c;                 // codes of the elements
constexpr std::int64_t kQmnistColumns = 8, kLargestLabel = 65'535;  // class, writer, …

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text = "0x";
  for (std::uint8_t b : bytes)
    for (int digit : {b >> 4, b & 15}) text += "0123456789abcdef"[digit];
  return text;
}

using Word = std::array<std::uint8_t, 4>;

std::uint32_t big_endian(const std::uint8_t* b) {
  return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
}

Word read_magic(UnpackedFile& input) {
  Word word{};
  const std::size_t got = input.read(word);
  require(got == word.size(), "[data] ", input.name(), " is truncated: ", got,
          " bytes, an IDX file begins with 4 of magic number");
  return word;
}

Shape read_shape(UnpackedFile& input, std::size_t axes) {
  Word word{};
  Shape shape;
  for (std::size_t a = 0; a < axes; ++a) {
    require(input.read(word) == word.size(), "[data] ", input.name(), " is truncated: it ends in the sizes of its ",
            axes, " axes");
    shape.push_back(big_endian(word.data()));
  }
  return shape;
}

/// A small file could unpack to any size.
std::size_t bytes_of(const Shape& shape, std::size_t element, const UnpackedFile& input) {
  const auto count = static_cast<std::size_t>(elements(shape));
  const std::size_t bytes = count > SIZE_MAX / element ? SIZE_MAX : count * element;
  require(bytes <= input.most_bytes(), "[data] ", input.name(), " says its sizes are ", to_string(shape),
          ", more than ", UnpackedFile::kMaxRatio, " times its ", input.file_bytes(), " bytes");
  return bytes;
}

/// The rest of the file: elements of so many bytes.
Idx read_elements(UnpackedFile& input, std::size_t axes, std::size_t element) {
  Idx idx{read_shape(input, axes), {}};
  const std::size_t bytes = bytes_of(idx.shape, element, input);
  while (idx.data.size() < bytes) {
    const std::size_t begin = idx.data.size();
    idx.data.resize(std::min(bytes, begin + kPiece));
    const std::size_t got = begin + input.read(std::span(idx.data).subspan(begin));
    require(got == idx.data.size(), "[data] ", input.name(), " is truncated: sizes ", to_string(idx.shape), " need ",
            bytes, " bytes of data, it has ", got);
  }
  // Reading on also makes zlib compare the checksum at the end.
  std::array<std::uint8_t, 1> more{};
  require(input.read(more) == 0, "[data] ", input.name(), " is too long: sizes ", to_string(idx.shape), " need ", bytes,
          " bytes of data, it has more");
  return idx;
}

/// The first of each row, as numbers.
std::vector<std::int32_t> labels_of(const Idx& idx, const std::string& name) {
  const std::size_t row = 4 * static_cast<std::size_t>(idx.shape.size() == 2 ? idx.shape[1] : 1);
  std::vector<std::int32_t> labels;
  labels.reserve(static_cast<std::size_t>(idx.shape[0]));
  for (std::size_t at = 0; at < idx.data.size(); at += row) {
    const auto label = static_cast<std::int32_t>(big_endian(idx.data.data() + at));
    require(label >= 0 && label <= kLargestLabel, "[data] ", name, ": label ", labels.size(), " is ", label,
            ", expected 0 … ", kLargestLabel);
    labels.push_back(label);
  }
  return labels;
}

}  // namespace

bool is_idx(const std::filesystem::path& file) {
  UnpackedFile input(file);
  Word word{};
  return input.read(word) == word.size() && word[0] == 0 && word[1] == 0 && word[2] >= kBytes && word[3] >= 1;
}

Idx read_idx(const std::filesystem::path& file, std::size_t axes) {
  UnpackedFile input(file);
  const Word word = read_magic(input), magic{0, 0, kBytes, static_cast<std::uint8_t>(axes)};
  require(word == magic, "[data] ", input.name(), " has magic number ", hex(word), ", expected ", hex(magic),
          ": an IDX file of ", axes, axes == 1 ? " axis" : " axes", " of bytes");
  return read_elements(input, axes, 1);
}

std::vector<std::int32_t> read_idx_labels(const std::filesystem::path& file) {
  UnpackedFile input(file);
  const Word word = read_magic(input), bytes{0, 0, kBytes, 1}, ints{0, 0, kInts, 1}, rows{0, 0, kInts, 2};
  if (word == bytes) {
    const Idx idx = read_elements(input, 1, 1);
    return {idx.data.begin(), idx.data.end()};
  }
  require(word == ints || word == rows, "[data] ", input.name(), " has magic number ", hex(word), ", expected ",
          hex(bytes), ", ", hex(ints), " or ", hex(rows), ": labels as bytes or 32-bit numbers, or as QMNIST has them");
  const Idx idx = read_elements(input, word == rows ? 2 : 1, 4);
  require(word == ints || idx.shape[1] == kQmnistColumns, "[data] ", input.name(), " has sizes ", to_string(idx.shape),
          ", expected rows of ", kQmnistColumns, " numbers, as QMNIST has");
  return labels_of(idx, input.name());
}

}  // namespace backflow::data
