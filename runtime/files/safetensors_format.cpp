#include <backflow/runtime/files/safetensors_format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include <backflow/graph/error.h>

namespace backflow::files::safetensors {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

float from_bf16(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

/// IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of mantissa.
float from_f16(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  float value = std::ldexp(static_cast<float>(mantissa), -24);
  if (exponent > 0) value = std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
  if (exponent == 31) value = mantissa == 0 ? std::numeric_limits<float>::infinity() : std::nanf("");
  return (bits & 0x8000) != 0 ? -value : value;
}

float from_f64(double value) { return static_cast<float>(value); }

std::int32_t from_i64(std::int64_t value) {
  require(value >= INT32_MIN && value <= INT32_MAX, "has the element ", value, ", which does not fit s32");
  return static_cast<std::int32_t>(value);
}

/// Applies `one` to each element; the bytes of a file need not be aligned.
template <auto one, class From, class To>
void decode(std::span<const std::byte> in, std::byte* out) {
  for (; !in.empty(); in = in.subspan(sizeof(From)), out += sizeof(To)) {
    From from;
    std::memcpy(&from, in.data(), sizeof from);
    const To to = one(from);
    std::memcpy(out, &to, sizeof to);
  }
}

constexpr Format kF32{"F32", 4, Type::f32, nullptr};
constexpr Format kBF16{"BF16", 2, Type::f32, decode<from_bf16, std::uint16_t, float>};
constexpr Format kI32{"I32", 4, Type::s32, nullptr};
constexpr Format kU8{"U8", 1, Type::u8, nullptr};
constexpr std::array kFormats{kF32,
                              kBF16,
                              Format{"F16", 2, Type::f32, decode<from_f16, std::uint16_t, float>},
                              Format{"F64", 8, Type::f32, decode<from_f64, double, float>},
                              kI32,
                              Format{"I64", 8, Type::s32, decode<from_i64, std::int64_t, std::int32_t>},
                              kU8,
                              Format{"BOOL", 1, Type::u8, nullptr, true},
                              Format{"I8", 1, Type::u8, nullptr, true},
                              Format{"F8_E4M3", 1, Type::u8, nullptr, true},
                              Format{"F8_E5M2", 1, Type::u8, nullptr, true},
                              Format{"I16", 2, Type::u8, nullptr, true},
                              Format{"U16", 2, Type::u8, nullptr, true},
                              Format{"U32", 4, Type::u8, nullptr, true},
                              Format{"U64", 8, Type::u8, nullptr, true}};

}  // namespace

const Format* find_format(std::string_view name) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& f) { return f.name == name; });
  return found == kFormats.end() ? nullptr : &*found;
}

std::string_view known_formats() { return "F32, BF16, F16, F64, I32, I64 or U8"; }

const Format& format_of(Type type) {
  switch (type) {
    case Type::f32:
      return kF32;
    case Type::bf16:
      return kBF16;
    case Type::s32:
      return kI32;
    case Type::u8:
      return kU8;
  }
  fail("unknown element type");
}

}  // namespace backflow::files::safetensors
