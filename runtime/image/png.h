// PNG: pixels through libpng, and the text chunks in which an image keeps the settings that made it.
#pragma once

#include <map>

#include <backflow/runtime/image/image.h>

namespace backflow::image {

/// Keyword (1 … 79 printable Latin letters) → text in UTF-8.
using PngText = std::map<std::string, std::string>;

bool is_png(std::span<const std::byte> bytes);
/// `what` is the image's name in errors. Transparency is blended over white.
Image decode_png(std::span<const std::byte> bytes, const std::string& what);
/// The uncompressed text chunks (tEXt, iTXt); of a keyword that comes twice, the first. Throws an Error if the file is
/// not a whole PNG or a chunk's checksum is wrong.
PngText decode_png_text(std::span<const std::byte> bytes, const std::string& what);

/// The same image and text give the same bytes. Text that is plain ASCII becomes tEXt, any other iTXt.
std::vector<std::byte> encode_png(const Image& image, const PngText& text = {});

/// decode_png_text of a file.
PngText read_png_text(const std::filesystem::path& file);
/// The file appears whole or not at all.
void write_png(const std::filesystem::path& file, const Image& image, const PngText& text = {});

}  // namespace backflow::image
