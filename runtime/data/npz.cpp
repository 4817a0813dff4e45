#include <unistd.h>
#include <zip.h>

#include <memory>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/npy_source.h>
#include <backflow/runtime/data/unpacked_file.h>
#include <backflow/runtime/files/input_file.h>

namespace backflow::data {
namespace {

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};

struct Archive {
  std::string name;
  std::size_t bytes = 0;
  std::unique_ptr<zip_t, CloseArchive> handle;

  explicit Archive(const std::filesystem::path& file) : name(file.string()) {
    const files::OpenFile open = files::open_input(file);
    bytes = open.bytes;
    int code = ZIP_ER_OK;
    handle.reset(zip_fdopen(open.descriptor, ZIP_CHECKCONS, &code));
    if (handle) return;
    ::close(open.descriptor);
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    fail("[data] cannot read the archive ", name, ": ", why);
  }
};

Array read_entry(const Archive& archive, const std::string& entry, zip_int64_t index) {
  zip_stat_t about{};
  const std::string name = str_cat(archive.name, " (", entry, ")");
  const bool known = zip_stat_index(archive.handle.get(), static_cast<zip_uint64_t>(index), 0, &about) == 0 &&
                     (about.valid & ZIP_STAT_SIZE) != 0;
  const std::unique_ptr<zip_file_t, CloseEntry> file(
      zip_fopen_index(archive.handle.get(), static_cast<zip_uint64_t>(index), 0));
  require(known && file, "[data] cannot read ", name, ": ", zip_strerror(archive.handle.get()));
  const std::size_t most = UnpackedFile::most_bytes_of(archive.bytes);
  const auto read = [&](std::span<std::uint8_t> out) {
    std::size_t done = 0;
    while (done < out.size()) {
      const zip_int64_t got = zip_fread(file.get(), out.data() + done, out.size() - done);
      require(got >= 0, "[data] cannot read ", name, ": ", zip_file_strerror(file.get()));
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  };
  return read_array({name, std::min<std::size_t>(most, about.size), read});
}

}  // namespace

std::map<std::string, Array> read_npz(const std::filesystem::path& file, const std::vector<std::string>& wanted) {
  const Archive archive(file);
  std::map<std::string, Array> result;
  for (const std::string& name : wanted) {
    const std::string entry = name + ".npy";
    const zip_int64_t index = zip_name_locate(archive.handle.get(), entry.c_str(), 0);
    if (index >= 0) result.emplace(name, read_entry(archive, entry, index));
  }
  return result;
}

}  // namespace backflow::data
