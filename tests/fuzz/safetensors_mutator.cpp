// Mutates safetensors files with a length in front that fits their header.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  std::uint64_t length = 0;
  if (size >= sizeof length) std::memcpy(&length, data, sizeof length);
  if (size < sizeof length || length > size - sizeof length || seed % 8 == 0) return LLVMFuzzerMutate(data, size, most);
  const std::uint8_t *header = data + sizeof length, *end = data + size;
  const std::string tensors(header + length, end);
  std::string text(header, header + length);
  text.resize(std::max<std::size_t>(length + 1, most - sizeof length - tensors.size()));
  length = LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), length, text.size());
  text.resize(length);
  text += tensors;
  text.resize(std::min(text.size(), most - sizeof length));
  std::memcpy(data, &length, sizeof length);
  std::copy(text.begin(), text.end(), data + sizeof length);
  return sizeof length + text.size();
}
