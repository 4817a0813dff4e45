#include <backflow/runtime/image/png.h>

#include <png.h>

#include <algorithm>
#include <cstring>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/files/crc32.h>
#include <backflow/runtime/files/file_bytes.h>

namespace backflow::image {
namespace {

constexpr std::array<std::uint8_t, 8> kSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr std::size_t kHeaderEnd = 8 + 12 + 13;  // signature and IHDR
constexpr std::size_t kLongestKeyword = 79;

/// libpng's simplified reader; it owns memory until png_image_free.
class Picture {
 public:
  Picture() { image.version = PNG_IMAGE_VERSION; }
  ~Picture() { png_image_free(&image); }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
  png_image image{};
};

/// One chunk of a file: type and data.
struct Chunk {
  std::string type;
  std::string data;
};

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t i) {
  std::uint32_t n = 0;
  for (std::size_t k = 0; k < 4; ++k) n = n << 8 | std::to_integer<std::uint32_t>(bytes[i + k]);
  return n;
}

std::vector<Chunk> text_chunks(std::span<const std::byte> bytes, const std::string& what) {
  require(is_png(bytes), "[", what, "] is not a PNG file");
  std::vector<Chunk> chunks;
  for (std::size_t at = kSignature.size();;) {
    require(bytes.size() - at >= 12, "[", what, "] the PNG file is truncated");
    const std::size_t length = number_at(bytes, at);
    require(length <= bytes.size() - at - 12, "[", what, "] the PNG file is truncated");
    const std::string type(reinterpret_cast<const char*>(bytes.data() + at + 4), 4);
    if (type == "IEND") return chunks;
    if (type == "tEXt" || type == "iTXt") {
      require(files::crc32_of(bytes.subspan(at + 4, length + 4)) == number_at(bytes, at + 8 + length), "[", what,
              "] a text of the PNG file is damaged");
      chunks.push_back({type, std::string(reinterpret_cast<const char*>(bytes.data() + at + 8), length)});
    }
    at += 12 + length;
  }
}

bool is_ancillary(std::byte first_letter) { return (first_letter & std::byte{0x20}) != std::byte{0}; }

/// What makes the pixels as they are stored: no texts, which libpng makes room for before it reads them, and no colour
/// spaces, so that pixels are the same as in other programs.
std::vector<std::byte> pixel_chunks(std::span<const std::byte> bytes, const std::string& what) {
  std::vector<std::byte> kept(bytes.begin(), bytes.begin() + kSignature.size());
  kept.reserve(bytes.size());
  for (auto rest = bytes.subspan(kSignature.size()); rest.size() >= 12;) {
    const std::size_t length = number_at(rest, 0);
    require(length <= rest.size() - 12, "[", what, "] the PNG file is truncated");
    const auto chunk = rest.first(12 + length);
    const std::string_view type(reinterpret_cast<const char*>(chunk.data() + 4), 4);
    if (!is_ancillary(chunk[4]) || type == "tRNS") kept.insert(kept.end(), chunk.begin(), chunk.end());
    if (type == "IEND") break;
    rest = rest.subspan(chunk.size());
  }
  return kept;
}

std::string utf8_of_latin1(const std::string& text) {
  std::string out;
  for (unsigned char c : text) {
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else {
      out += static_cast<char>(0xc0 | c >> 6);
      out += static_cast<char>(0x80 | (c & 0x3f));
    }
  }
  return out;
}

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0 && c < 0x80; });
}

/// iTXt: keyword 0 compressed? method language 0 translated keyword 0 text
void add_international(PngText& texts, const std::string& data, std::size_t keyword_end) {
  if (data.size() < keyword_end + 3 || data[keyword_end + 1] != 0) return;
  const std::size_t language_end = data.find('\0', keyword_end + 3);
  if (language_end == std::string::npos) return;
  const std::size_t translated_end = data.find('\0', language_end + 1);
  if (translated_end == std::string::npos) return;
  texts.emplace(data.substr(0, keyword_end), data.substr(translated_end + 1));
}

void append_number(std::string& out, std::uint32_t n) {
  for (int shift : {24, 16, 8, 0}) out += static_cast<char>(n >> shift & 0xff);
}

std::string text_chunk(const std::string& keyword, const std::string& text) {
  const bool printable = std::all_of(keyword.begin(), keyword.end(), [](unsigned char c) { return c > 31 && c < 127; });
  require(!keyword.empty() && keyword.size() <= kLongestKeyword && printable, "[png] a keyword has 1 … ",
          kLongestKeyword, " printable ASCII letters, got '", keyword, "'");
  require(text.find('\0') == std::string::npos, "[png] the text of '", keyword, "' has a zero in it");
  const std::string body =
      is_ascii(text) ? "tEXt" + keyword + '\0' + text : "iTXt" + keyword + std::string(5, '\0') + text;
  std::string chunk;
  append_number(chunk, static_cast<std::uint32_t>(body.size() - 4));
  chunk += body;
  append_number(chunk, files::crc32_of(std::as_bytes(std::span(body))));
  return chunk;
}

}  // namespace

bool is_png(std::span<const std::byte> bytes) {
  return bytes.size() >= kSignature.size() && std::memcmp(bytes.data(), kSignature.data(), kSignature.size()) == 0;
}

Image decode_png(std::span<const std::byte> bytes, const std::string& what) {
  require(is_png(bytes), "[", what, "] is not a PNG file");
  const std::vector<std::byte> pixels = pixel_chunks(bytes, what);
  Picture p;
  auto check = [&](int ok) { require(ok != 0, "[", what, "] the PNG file is broken: ", p.image.message); };
  check(png_image_begin_read_from_memory(&p.image, pixels.data(), pixels.size()));
  check_image_size(p.image.width, p.image.height, what);
  p.image.format = PNG_FORMAT_RGBA;
  p.image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // sixteen bits without a gamma are sRGB, as eight are
  std::vector<std::uint8_t> rgba(PNG_IMAGE_SIZE(p.image));
  check(png_image_finish_read(&p.image, nullptr, rgba.data(), 0, nullptr));
  Image image{static_cast<int>(p.image.width), static_cast<int>(p.image.height), {}};
  image.rgb.resize(rgba.size() / 4 * 3);
  for (std::size_t i = 0; i < rgba.size() / 4; ++i)
    for (std::size_t c = 0; c < 3; ++c) image.rgb[3 * i + c] = over_white(rgba[4 * i + c], rgba[4 * i + 3]);
  return image;
}

PngText decode_png_text(std::span<const std::byte> bytes, const std::string& what) {
  PngText texts;
  for (const Chunk& chunk : text_chunks(bytes, what)) {
    const std::size_t end = chunk.data.find('\0');
    if (end == std::string::npos) continue;
    if (chunk.type == "iTXt") add_international(texts, chunk.data, end);
    if (chunk.type == "tEXt") texts.emplace(chunk.data.substr(0, end), utf8_of_latin1(chunk.data.substr(end + 1)));
  }
  return texts;
}

std::vector<std::byte> encode_png(const Image& image, const PngText& text) {
  check_image_size(image.width, image.height, "png");
  Picture p;
  p.image.width = static_cast<png_uint_32>(image.width);
  p.image.height = static_cast<png_uint_32>(image.height);
  p.image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(p.image);
  std::vector<std::byte> bytes(size);
  const int ok = png_image_write_to_memory(&p.image, bytes.data(), &size, 0, image.rgb.data(), 0, nullptr);
  require(ok != 0, "[png] ", p.image.message);
  bytes.resize(size);
  std::string chunks;
  for (const auto& [keyword, value] : text) chunks += text_chunk(keyword, value);
  const auto raw = std::as_bytes(std::span(chunks));
  bytes.insert(bytes.begin() + kHeaderEnd, raw.begin(), raw.end());
  return bytes;
}

PngText read_png_text(const std::filesystem::path& file) {
  return decode_png_text(files::file_bytes(file), file.string());
}

void write_png(const std::filesystem::path& file, const Image& image, const PngText& text) {
  const auto bytes = encode_png(image, text);
  files::write_file(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace backflow::image
