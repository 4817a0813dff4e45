#include <backflow/runtime/models/onnx/onnx_tensor.h>

#include <backflow/graph/error.h>

#ifdef BACKFLOW_ONNX
#include <algorithm>
#include <cmath>
#include <cstring>

#include <backflow/runtime/files/file_bytes.h>
#include <backflow/runtime/files/input_file.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/onnx/onnx_proto.h>
#endif

namespace backflow::models {

bool is_real(OnnxType type) {
  return type == OnnxType::float32 || type == OnnxType::float16 || type == OnnxType::float64 ||
         type == OnnxType::bfloat16;
}

bool is_integer(OnnxType type) {
  const auto code = static_cast<std::int32_t>(type);
  return (code >= 2 && code <= 7) || type == OnnxType::uint32 || type == OnnxType::uint64;
}

std::string to_string(OnnxType type) {
  switch (type) {
    case OnnxType::float32:
      return "float32";
    case OnnxType::uint8:
      return "uint8";
    case OnnxType::int8:
      return "int8";
    case OnnxType::uint16:
      return "uint16";
    case OnnxType::int16:
      return "int16";
    case OnnxType::int32:
      return "int32";
    case OnnxType::int64:
      return "int64";
    case OnnxType::boolean:
      return "bool";
    case OnnxType::float16:
      return "float16";
    case OnnxType::float64:
      return "float64";
    case OnnxType::uint32:
      return "uint32";
    case OnnxType::uint64:
      return "uint64";
    case OnnxType::bfloat16:
      return "bfloat16";
    case OnnxType::undefined:
      return "undefined";
  }
  return str_cat("type ", static_cast<std::int32_t>(type));
}

OnnxType OnnxTensor::element_type() const {
  if (type != OnnxType::undefined) return type;
  return is_integer() ? OnnxType::int64 : OnnxType::float32;
}

OnnxTensor onnx_integers(std::vector<std::int64_t> values) {
  return {{static_cast<std::int64_t>(values.size())}, nullptr, std::move(values)};
}

OnnxTensor onnx_floats(Shape shape, std::vector<float> values) {
  return {std::move(shape), std::make_shared<const std::vector<float>>(std::move(values)), {}};
}

#ifdef BACKFLOW_ONNX

namespace {

using onnx::TensorProto;

/// IEEE half precision.
float float_of_half(std::uint16_t bits) {
  const float sign = bits & 0x8000 ? -1 : 1;
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  if (exponent == 31) return fraction ? NAN : sign * INFINITY;
  return sign * (exponent ? std::ldexp(1024.0F + static_cast<float>(fraction), exponent - 25)
                          : std::ldexp(static_cast<float>(fraction), -24));
}

float float_of_bfloat16(std::uint16_t bits) {
  const std::uint32_t wide = std::uint32_t{bits} << 16;
  float value = 0;
  std::memcpy(&value, &wide, 4);
  return value;
}

/// Little-endian elements of type Raw, as those of T.
template <class Raw, class T, class Convert>
std::vector<T> from_raw(const std::string& raw, const Convert& convert) {
  std::vector<T> values(raw.size() / sizeof(Raw));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Raw element;
    std::memcpy(&element, raw.data() + i * sizeof(Raw), sizeof(Raw));
    values[i] = convert(element);
  }
  return values;
}

/// The elements of a tensor, wherever the file keeps them.
class Elements {
 public:
  Elements(const TensorProto& t, const std::string& raw)
      : t_(t), raw_(raw), is_raw_(t.has_raw_data() || !raw.empty()) {}

  template <class T, class Raw, class Field>
  std::vector<T> of(const Field& field) const {
    const auto convert = [](auto v) { return static_cast<T>(v); };
    if (is_raw_) return from_raw<Raw, T>(bytes(), convert);
    std::vector<T> values;
    for (auto v : field) values.push_back(convert(v));
    return values;
  }

  template <class Convert>
  std::vector<float> halves(const Convert& convert) const {
    if (is_raw_) return from_raw<std::uint16_t, float>(bytes(), convert);
    std::vector<float> values;
    for (auto v : t_.int32_data()) values.push_back(convert(static_cast<std::uint16_t>(v)));
    return values;
  }

 private:
  const std::string& bytes() const { return t_.has_raw_data() ? t_.raw_data() : raw_; }

  const TensorProto& t_;
  const std::string& raw_;
  bool is_raw_;
};

std::uint64_t bytes_of(std::int32_t type) {
  switch (type) {
    case TensorProto::DOUBLE:
    case TensorProto::INT64:
    case TensorProto::UINT64:
      return 8;
    case TensorProto::FLOAT:
    case TensorProto::INT32:
    case TensorProto::UINT32:
      return 4;
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
    case TensorProto::INT16:
    case TensorProto::UINT16:
      return 2;
    default:
      return 1;
  }
}

void read_values(const TensorProto& t, const Elements& values, const std::string& what, OnnxTensor& result) {
  auto floats = [&](std::vector<float> v) { result.floats = std::make_shared<const std::vector<float>>(std::move(v)); };
  const auto integers = [&]<class Raw>(Raw, const auto& field) {
    result.integers = values.of<std::int64_t, Raw>(field);
  };
  switch (t.data_type()) {
    case TensorProto::FLOAT:
      return floats(values.of<float, float>(t.float_data()));
    case TensorProto::DOUBLE:
      return floats(values.of<float, double>(t.double_data()));
    case TensorProto::FLOAT16:
      return floats(values.halves(float_of_half));
    case TensorProto::BFLOAT16:
      return floats(values.halves(float_of_bfloat16));
    case TensorProto::INT64:
      return integers(std::int64_t{}, t.int64_data());
    case TensorProto::INT32:
      return integers(std::int32_t{}, t.int32_data());
    case TensorProto::INT16:
      return integers(std::int16_t{}, t.int32_data());
    case TensorProto::INT8:
      return integers(std::int8_t{}, t.int32_data());
    case TensorProto::UINT64:
      return integers(std::uint64_t{}, t.uint64_data());
    case TensorProto::UINT32:
      return integers(std::uint32_t{}, t.uint64_data());
    case TensorProto::UINT16:
      return integers(std::uint16_t{}, t.int32_data());
    case TensorProto::UINT8:
    case TensorProto::BOOL:
      return integers(std::uint8_t{}, t.int32_data());
    default:
      fail("[onnx] ", what, " has elements of type ", TensorProto::DataType_Name(t.data_type()),
           "; floats and integers are supported");
  }
}

}  // namespace

namespace onnx_proto {

std::string ExternalData::read(const TensorProto& t, std::uint64_t bytes, const std::string& what) {
  std::map<std::string, std::string> entries;
  for (const auto& e : t.external_data()) entries[e.key()] = e.value();
  const auto number = [&](const char* key, std::uint64_t fallback) {
    const auto found = entries.find(key);
    if (found == entries.end()) return fallback;
    std::uint64_t value = 0;
    require(files::read_number(found->second, value), "[onnx] ", what, " has the ", key, " '",
            files::printable(found->second), "', expected a number of bytes");
    return value;
  };
  const std::filesystem::path location = entries["location"];
  const bool inside = !location.empty() && location.is_relative() &&
                      std::find(location.begin(), location.end(), "..") == location.end();
  require(inside, "[onnx] ", what, " is kept in '", files::printable(location.string()),
          "', which needs to be a file in the model's folder");
  const auto folder = model_.parent_path(), path = folder / location;
  files::InputFile file(path);
  const auto real =
      std::filesystem::canonical(path).lexically_relative(std::filesystem::canonical(folder.empty() ? "." : folder));
  require(!real.empty() && *real.begin() != "..", "[onnx] ", what, " is kept in '", files::printable(location.string()),
          "', which leads out of the model's folder");
  const std::uint64_t offset = number("offset", 0);
  require(offset <= file.bytes() && bytes <= file.bytes() - offset, "[onnx] ", what, " is kept in ", path.string(),
          " from byte ", offset, " on and needs ", bytes, " bytes, the file has ", file.bytes());
  require(number("length", bytes) == bytes, "[onnx] ", what, " needs ", bytes, " bytes, the model says ",
          number("length", bytes));
  std::uint64_t& left = left_.try_emplace(path, 4 * file.bytes()).first->second;  // some tensors may share bytes
  require(bytes <= left, "[onnx] ", path.string(), " is read more than four times over");
  left -= bytes;
  std::string result(bytes, '\0');
  file.skip(offset);
  file.read(std::as_writable_bytes(std::span(result)));
  return result;
}

OnnxTensor tensor_of(const TensorProto& t, const std::string& what, ExternalData& external) {
  OnnxTensor result{{t.dims().begin(), t.dims().end()}, nullptr, {}, static_cast<OnnxType>(t.data_type())};
  require(result.shape.size() <= kMaxAxes, "[onnx] ", what, " has ", result.shape.size(), " axes, at most ", kMaxAxes,
          " are supported");
  const bool sensible = std::none_of(result.shape.begin(), result.shape.end(), [](auto d) { return d < 0; });
  const std::int64_t count = elements(result.shape);
  require(sensible && count <= kMaxElements, "[onnx] ", what, " has the impossible shape ", to_string(result.shape));
  std::string raw;
  if (t.data_location() == TensorProto::EXTERNAL)
    raw = external.read(t, static_cast<std::uint64_t>(count) * bytes_of(t.data_type()), what);
  read_values(t, Elements(t, raw), what, result);
  const std::size_t found = result.is_integer() ? result.integers.size() : result.floats->size();
  require(found == static_cast<std::size_t>(count), "[onnx] ", what, " has shape ", to_string(result.shape), " but ",
          found, " values");
  return result;
}

}  // namespace onnx_proto

OnnxTensor read_onnx_tensor(const std::filesystem::path& path) {
  const auto bytes = files::file_bytes(path, kMaxElements - 1);
  TensorProto t;
  require(t.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())), "[onnx] ", path.string(), " holds no tensor");
  onnx_proto::ExternalData external(path);
  return onnx_proto::tensor_of(t, path.string(), external);
}

#else

OnnxTensor read_onnx_tensor(const std::filesystem::path& path) {
  fail("[onnx] cannot read ", path.string(), ": this library was built without ONNX (BACKFLOW_ONNX=OFF)");
}

#endif

}  // namespace backflow::models
