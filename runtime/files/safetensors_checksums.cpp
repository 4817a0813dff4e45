#include <backflow/runtime/files/safetensors_checksums.h>

#include <nlohmann/json.hpp>
#include <utility>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/json.h>

namespace backflow::files::safetensors {
namespace {

constexpr const char* kTexts = "__metadata__";  // which no tensor can be called

std::uint32_t crc32_of_texts(const std::map<std::string, std::string>& metadata) {
  const std::string text = nlohmann::json(metadata).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return crc32_of(std::as_bytes(std::span(text)));
}

}  // namespace

Checksums::Checksums(const std::map<std::string, std::string>& metadata) : sums_{{kTexts, crc32_of_texts(metadata)}} {}

Checksums::Checksums(Header& header, std::string file) : file_(std::move(file)) {
  const auto found = header.metadata.find(kChecksums);
  if (found == header.metadata.end()) return;
  const auto json = parse_json(found->second, file_ + ": ");
  require(json.is_object(), file_, ": its checksums are not a JSON object");
  for (const auto& [name, sum] : json.items()) {
    require(sum.is_number_unsigned() && sum.get<std::uint64_t>() <= UINT32_MAX, file_, ": the checksum of ",
            quoted(name), " is not a number of 32 bits");
    sums_[name] = sum.get<std::uint32_t>();
  }
  header.metadata.erase(found);
  check(kTexts, "its metadata", crc32_of_texts(header.metadata));
}

std::string Checksums::text() const { return nlohmann::json(sums_).dump(); }

void Checksums::check(const std::string& tensor, std::span<const std::byte> bytes) const {
  if (!sums_.empty()) check(tensor, "tensor " + quoted(tensor), crc32_of(bytes));
}

void Checksums::check(const std::string& name, const std::string& what, std::uint32_t sum) const {
  const auto found = sums_.find(name);
  require(found != sums_.end(), file_, ": ", what, " has no checksum, though others have one");
  require(found->second == sum, file_, " is damaged: the CRC-32 of ", what, " is ", sum, ", expected ", found->second);
}

}  // namespace backflow::files::safetensors
