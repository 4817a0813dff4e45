#include <backflow/runtime/files/safetensors.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/files/safetensors_checksums.h>
#include <backflow/runtime/files/safetensors_header.h>

namespace backflow::files {
namespace {

using safetensors::Checksums;
using safetensors::Entry;
using safetensors::Header;

Tensor read_tensor(InputFile& in, const Entry& e, const Checksums& checksums) {
  Tensor t({e.shape, e.format->type});
  if (e.format->decode == nullptr) {
    in.read({t.data(), t.bytes()});
    checksums.check(e.name, {t.data(), t.bytes()});
    return t;
  }
  std::vector<std::byte> bytes(e.end - e.begin);
  in.read(bytes);
  checksums.check(e.name, bytes);
  try {
    e.format->decode(bytes, t.data());
  } catch (const Error& error) {
    fail("[safetensors] ", in.name(), ": tensor ", safetensors::quoted(e.name), " ", error.what());
  }
  return t;
}

/// Calls `take` with the elements in row-major order.
template <class Take>
void with_plain(const Tensor& t, Take take) {
  if (!t.layout().is_plain()) return with_plain(reordered(t, Layout()), take);
  take(std::span(t.data(), t.bytes()));
}

Header header_of(const TensorFile& file) {
  Header header{{}, file.metadata};
  Checksums checksums(file.metadata);
  for (const auto& [name, tensor] : file.tensors) {
    const safetensors::Format& format = safetensors::format_of(tensor.spec().type);
    const auto bytes = static_cast<std::size_t>(elements(tensor.shape())) * format.bytes;
    header.entries.push_back({name, &format, tensor.shape(), 0, bytes});
    with_plain(tensor, [&, &name = name](std::span<const std::byte> data) { checksums.add(name, data); });
  }
  if (!file.tensors.empty()) header.metadata[safetensors::kChecksums] = checksums.text();
  std::stable_sort(header.entries.begin(), header.entries.end(),
                   [](const Entry& a, const Entry& b) { return a.format->bytes > b.format->bytes; });
  std::size_t offset = 0;
  for (Entry& e : header.entries) {
    e.begin = offset;
    offset = e.end += offset;
  }
  return header;
}

}  // namespace

TensorFile read_safetensors(const std::filesystem::path& path) {
  InputFile in(path);
  Header header = safetensors::read_header(in);
  const Checksums checksums(header, "[safetensors] " + in.name());
  TensorFile file{{}, std::move(header.metadata)};
  for (const Entry& e : header.entries) {
    if (e.format->passed_over) {
      in.skip(e.end - e.begin);
      file.passed_over[e.name] = e.format->name;
    } else {
      file.tensors.emplace(e.name, read_tensor(in, e, checksums));
    }
  }
  return file;
}

std::map<std::string, std::string> read_safetensors_metadata(const std::filesystem::path& path) {
  InputFile in(path);
  Header header = safetensors::read_header(in);
  const Checksums checksums(header, "[safetensors] " + in.name());
  return header.metadata;
}

void write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  const Header header = header_of(file);
  const std::string first = safetensors::header_bytes(header);
  AtomicFile out(path);
  out.write(first);
  for (const Entry& e : header.entries)
    with_plain(file.tensors.at(e.name), [&](std::span<const std::byte> data) {
      out.write({reinterpret_cast<const char*>(data.data()), data.size()});
    });
  out.commit();
}

}  // namespace backflow::files
