// Mutates ONNX files field by field, with lengths that fit, where bytes alone would rarely stay a message of protobuf.
// https://protobuf.dev/programming-guides/encoding
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

struct Field {
  std::uint64_t key = 0;     // number · 8 + wire type
  std::uint64_t number = 0;  // of wire type 0
  std::string bytes = {};    // of the others
};
using Message = std::vector<Field>;
using Engine = std::minstd_rand;

enum Wire : std::uint8_t { varint, fixed64, by_length, fixed32 = 5 };

std::optional<std::uint64_t> read_varint(const std::string& text, std::size_t& at) {
  std::uint64_t n = 0;
  for (unsigned shift = 0; at < text.size() && shift < 64; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(text[at++]);
    n |= std::uint64_t{byte & 127U} << shift;
    if (byte < 128) return n;
  }
  return {};
}

std::string written(std::uint64_t n) {
  std::string out;
  for (; n > 127; n >>= 7) out += static_cast<char>((n & 127) | 128);
  return out + static_cast<char>(n);
}

std::optional<Message> read_message(const std::string& text) {
  Message message;
  for (std::size_t at = 0; at < text.size();) {
    const auto key = read_varint(text, at);
    if (!key || *key >> 3 == 0 || *key >> 3 > 60) return {};
    Field field{*key};
    std::uint64_t length = 0;
    if (const auto wire = *key & 7; wire == varint || wire == by_length) {
      const auto n = read_varint(text, at);
      if (!n) return {};
      (wire == varint ? field.number : length) = *n;
    } else if (wire == fixed64 || wire == fixed32) {
      length = wire == fixed64 ? 8 : 4;
    } else {
      return {};
    }
    if (length > text.size() - at) return {};
    field.bytes = text.substr(at, length);
    at += length;
    message.push_back(std::move(field));
  }
  return message;
}

std::string written(const Message& message) {
  std::string out;
  for (const Field& f : message) {
    out += written(f.key);
    if ((f.key & 7) == varint) out += written(f.number);
    if ((f.key & 7) == by_length) out += written(f.bytes.size());
    out += f.bytes;
  }
  return out;
}

std::string mutated_bytes(std::string bytes, std::size_t most) {
  const std::size_t size = bytes.size();
  bytes.resize(std::max(most, size + 1));
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, bytes.size()));
  return bytes;
}

std::uint64_t mutated_number(std::uint64_t n, Engine& engine) {
  constexpr std::uint64_t edges[] = {0,          1,          2,          3,          7,          8,
                                     13,         255,        1 << 16,    1 << 24,    1ULL << 31, 1ULL << 32,
                                     1ULL << 40, 1ULL << 62, ~0ULL >> 1, 1ULL << 63, ~0ULL};
  switch (engine() % 4) {
    case 0:
      return n + 1;
    case 1:
      return n - 1;
    case 2:
      return n ^ std::uint64_t{1} << engine() % 64;
    default:
      return edges[engine() % std::size(edges)];
  }
}

std::string mutated(const std::string& text, Engine& engine, std::size_t most);

/// One field is changed, doubled, removed, or exchanged with another.
void mutate(Message& message, Engine& engine, std::size_t most) {
  const std::size_t i = engine() % message.size(), j = engine() % message.size();
  Field& field = message[i];
  switch (engine() % 8) {
    case 0:
      message.insert(message.begin() + static_cast<std::ptrdiff_t>(j), Field(field));
      break;
    case 1:
      message.erase(message.begin() + static_cast<std::ptrdiff_t>(i));
      break;
    case 2:
      std::swap(field, message[j]);
      break;
    case 3:
      if ((field.key & 7) == (message[j].key & 7)) field.bytes = message[j].bytes, field.number = message[j].number;
      break;
    default:
      if ((field.key & 7) == varint)
        field.number = mutated_number(field.number, engine);
      else if ((field.key & 7) == by_length)
        field.bytes = mutated(field.bytes, engine, most);
      else
        field.bytes = mutated_bytes(field.bytes, field.bytes.size()).substr(0, field.bytes.size());
  }
}

/// As a message if it is one, else as bytes.
std::string mutated(const std::string& text, Engine& engine, std::size_t most) {
  auto message = read_message(text);
  if (!message || message->empty() || engine() % 16 == 0) return mutated_bytes(text, most);
  mutate(*message, engine, most);
  return written(*message);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  Engine engine(seed);
  std::string text(reinterpret_cast<const char*>(data), size);
  for (unsigned times = 1 + engine() % 3; times > 0; --times) text = mutated(text, engine, most - std::min(most, size));
  if (text.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::copy(text.begin(), text.end(), data);
  return text.size();
}
