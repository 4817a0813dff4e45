#include <backflow/runtime/data/npy.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <regex>
#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/npy_source.h>
#include <backflow/runtime/data/unpacked_file.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::data {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are read as they lie in the file");

constexpr std::string_view kNpyMagic = "\x93NUMPY", kZipMagic = "PK\x03\x04";
constexpr std::size_t kMaxNpyHeader = 4096, kMaxNpyAxes = 8, kNpyBytesAtOnce = std::size_t{4} << 20;

struct ElementType {
  const char* code;  // NumPy's
  ArrayType type;
  std::size_t bytes;
};
constexpr std::array<ElementType, 5> kElementTypes{{{"|u1", ArrayType::u8, 1},
                                                    {"<i4", ArrayType::i32, 4},
                                                    {"<i8", ArrayType::i64, 8},
                                                    {"<f4", ArrayType::f32, 4},
                                                    {"<f8", ArrayType::f64, 8}}};

const ElementType& element_type(ArrayType type) { return kElementTypes.at(static_cast<std::size_t>(type)); }

void read_exactly(const NpySource& source, std::span<std::uint8_t> out, const char* what) {
  require(source.read(out) == out.size(), "[data] ", source.name, " is truncated: it ends in ", what);
}

std::size_t little_endian(std::span<const std::uint8_t> bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

/// The text of the header: a Python dictionary.
std::string read_npy_header(const NpySource& source) {
  std::array<std::uint8_t, 8> start{};
  const std::size_t got = source.read(start);
  require(got > 0, "[data] ", source.name, " is empty, expected an array of NumPy");
  require(got == start.size() && std::equal(kNpyMagic.begin(), kNpyMagic.end(), start.begin(),
                                            [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }),
          "[data] ", source.name, " is no array of NumPy: it does not begin with \\x93NUMPY and a version");
  require(start[6] >= 1 && start[6] <= 3, "[data] ", source.name, " has version ", int{start[6]},
          " of the format of NumPy, expected 1, 2 or 3");
  std::array<std::uint8_t, 4> length{};
  const auto used = std::span(length).first(start[6] == 1 ? 2 : 4);
  read_exactly(source, used, "its header");
  const std::size_t bytes = little_endian(used);
  require(bytes <= kMaxNpyHeader, "[data] ", source.name, " says its header has ", bytes, " bytes, the most are ",
          kMaxNpyHeader);
  std::string header(bytes, '\0');
  read_exactly(source, {reinterpret_cast<std::uint8_t*>(header.data()), bytes}, "its header");
  return header;
}

/// What stands behind 'key': in the header.
std::string header_entry(const std::string& header, const char* key, const char* value, const std::string& name) {
  std::smatch found;
  require(std::regex_search(header, found, std::regex(str_cat("['\"]", key, "['\"]\\s*:\\s*", value))), "[data] ", name,
          ": the header has no usable '", key, "': ", files::printable(header));
  return found[1];
}

const ElementType& type_in(const std::string& header, const std::string& name) {
  const std::string code = header_entry(header, "descr", "['\"]?([^'\",}]*)", name);
  for (const ElementType& known : kElementTypes)
    if (code == known.code) return known;
  fail("[data] ", name, " has elements of type '", files::printable(code), "'",
       code.find('O') != std::string::npos ? " (Python objects, which are not read)" : "",
       ", expected u8, i32, i64, f32 or f64, little-endian: x.astype('float32') makes them");
}

Shape shape_in(const std::string& header, const std::string& name) {
  std::string text = header_entry(header, "shape", "\\(([0-9, L]*)\\)", name);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == ',' || c == 'L'; }, ' ');
  Shape shape;
  std::istringstream in(text);
  for (std::string word; in >> word;) {
    require(files::read_number(word, shape.emplace_back()) && shape.size() <= kMaxNpyAxes, "[data] ", name,
            ": the shape (", files::printable(text), ") is not one of at most ", kMaxNpyAxes, " sizes");
  }
  return shape;
}

/// Elements of a shape, or the most there are where the product does not fit.
std::size_t bytes_of_shape(const Shape& shape, std::size_t element) {
  std::size_t bytes = element;
  for (const std::int64_t n : shape) {
    const auto size = static_cast<std::size_t>(n);
    if (size != 0 && bytes > SIZE_MAX / size) return SIZE_MAX;
    bytes *= size;
  }
  return bytes;
}

void read_elements(const NpySource& source, std::size_t bytes, Array& array) {
  require(bytes <= source.most_bytes, "[data] ", array.name, " says its shape is ", to_string(array.shape),
          ", which needs more than the ", source.most_bytes, " bytes that there can be");
  while (array.data.size() < bytes) {
    const std::size_t begin = array.data.size();
    array.data.resize(std::min(bytes, begin + kNpyBytesAtOnce));
    const std::size_t got = begin + source.read(std::span(array.data).subspan(begin));
    require(got == array.data.size(), "[data] ", array.name, " is truncated: its shape ", to_string(array.shape),
            " needs ", bytes, " bytes of data, it has ", got);
  }
  std::array<std::uint8_t, 1> more{};  // reading on also compares checksums
  require(source.read(more) == 0, "[data] ", array.name, " is too long: its shape ", to_string(array.shape), " needs ",
          bytes, " bytes of data, it has more");
}

/// Of elements whose first axis varies fastest.
std::vector<std::uint8_t> row_major(const Array& array, std::size_t element) {
  std::vector<std::uint8_t> result(array.data.size());
  std::vector<std::size_t> strides, index(array.shape.size());
  std::size_t stride = element;
  for (const std::int64_t n : array.shape) {
    strides.push_back(stride);
    stride *= static_cast<std::size_t>(n);
  }
  std::size_t from = 0;
  for (std::size_t to = 0; to < result.size(); to += element) {
    std::memcpy(result.data() + to, array.data.data() + from, element);
    for (std::size_t a = index.size(); a-- > 0;) {
      from += strides[a];
      if (++index[a] < static_cast<std::size_t>(array.shape[a])) break;
      from -= strides[a] * index[a];
      index[a] = 0;
    }
  }
  return result;
}

bool begins_with(const std::filesystem::path& file, std::string_view magic) {
  std::string start(magic.size(), '\0');
  UnpackedFile in(file);
  return in.read({reinterpret_cast<std::uint8_t*>(start.data()), start.size()}) == start.size() && start == magic;
}

template <class T>
double element(const Array& array, std::size_t place) {
  T value{};
  std::memcpy(&value, array.data.data() + place * sizeof(T), sizeof(T));
  return static_cast<double>(value);
}

}  // namespace

double Array::number(std::size_t place) const {
  switch (type) {
    case ArrayType::u8:
      return data[place];
    case ArrayType::i32:
      return element<std::int32_t>(*this, place);
    case ArrayType::i64:
      return element<std::int64_t>(*this, place);
    case ArrayType::f32:
      return element<float>(*this, place);
    case ArrayType::f64:
      break;
  }
  return element<double>(*this, place);
}

Array read_array(const NpySource& source) {
  const std::string header = read_npy_header(source);
  const ElementType& type = type_in(header, source.name);
  const bool fortran = header_entry(header, "fortran_order", "(True|False)", source.name) == "True";
  Array array{source.name, shape_in(header, source.name), type.type, {}};
  read_elements(source, bytes_of_shape(array.shape, type.bytes), array);
  if (fortran && array.shape.size() > 1) array.data = row_major(array, element_type(type.type).bytes);
  return array;
}

Array read_npy(const std::filesystem::path& file) {
  UnpackedFile in(file);
  return read_array({in.name(), in.most_bytes(), [&in](std::span<std::uint8_t> out) { return in.read(out); }});
}

bool is_npy(const std::filesystem::path& file) { return begins_with(file, kNpyMagic); }
bool is_npz(const std::filesystem::path& file) { return begins_with(file, kZipMagic); }

}  // namespace backflow::data
